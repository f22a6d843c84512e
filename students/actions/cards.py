"""支持要点: written by a counselor in charge. Each edition stays; the newest holds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import IntegrityError, transaction

from accounts.models import User
from privacy import actions as privacy
from privacy.keyring import Place, keyring
from students.actions.tiers import NotInCharge, is_in_charge
from students.models import CareCard, Student
from students.notes import card_teachers


class CardChanged(Exception):
    """The card is no longer the one that was read: somebody else, or another window, was first."""


def write_card(
    *, by: User, student: Student, text: str, addressed: Sequence[User], read: int, at: datetime
) -> CareCard:
    """A new edition over the one that was `read` (0: there was none). An empty text takes the card back.

    Of `addressed` only those count who teach the student now. Raises NotInCharge, CardChanged.
    """
    if not is_in_charge(by, student, at=at):
        raise NotInCharge
    school, uid, edition = student.school, uuid4(), read + 1
    _, others = card_teachers(school, [student], at=at)
    words = text.strip()
    try:
        with transaction.atomic():
            newest = CareCard.objects.filter(student=student).order_by("-edition").first()
            if (newest.edition if newest else 0) != read:
                raise CardChanged
            card = CareCard.objects.create(
                uid=uid,
                school=school,
                student=student,
                edition=edition,
                text=keyring().seal(words, Place("care_card", "text", uid, school.uid, edition)) if words else None,
                by=by,
                at=at,
            )
            card.addressed.set([one for one in others if one in addressed])
            privacy.record(by_id=by.pk, verb="care.card", at=at, school_id=school.pk, kind="care_card", uid=card.uid)
    except IntegrityError as reason:
        # Two at once: the other one was first.
        if CareCard.objects.filter(student=student, edition=edition).exists():
            raise CardChanged from reason
        raise
    return card
