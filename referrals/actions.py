"""A worry is received, and seen. Each step is a row, and whoever waits for it is told without content."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notifications import actions as notifications
from notifications import texts
from notifications.models import InboxItem
from privacy import actions as privacy
from privacy.keyring import keyring
from referrals.models import Concern, ConcernStep, Source, State
from schools.models import Membership
from schools.permissions import Permission, holds, is_staff
from schools.roles import Role
from students.models import Student
from students.notes import concern_counselors, counselors_in_charge, is_relative


class NotYours(Exception):
    """This person is neither in charge of the student nor the lead counselor."""


def raise_concern(
    *,
    by: User,
    student: Student,
    at: datetime,
    source: Source,
    words: str = "",
    conversation_uid: UUID | None = None,
    request_key: UUID | None = None,
) -> Concern:
    """Ask the counselor to look at one student: the words sealed, the counselors in charge told, in one transaction.

    The same `request_key` of the same person about the same student again answers with the concern that stands.
    """
    try:
        with transaction.atomic():
            if request_key and (standing := _already(by, student, request_key)):
                return standing
            concern = Concern(
                school=student.school,
                student=student,
                raised_by=by,
                raised_at=at,
                source=source,
                conversation_uid=conversation_uid,
            )
            if request_key:
                concern.request_key = request_key
            if words.strip():
                concern.words = keyring().seal(words.strip(), concern.words_place)
            concern.save(force_insert=True)
            _step(concern, State.RECEIVED, by=by, at=at)
            for counselor in _to_tell(concern, at=at):
                notifications.tell(
                    to_id=counselor.pk,
                    school=concern.school,
                    key=_key(concern),
                    text=texts.concern_raised(by_staff=is_staff(by, concern.school, at=at)),
                    path=reverse("referrals:list"),
                    at=at,
                )
            return concern
    except IntegrityError:
        # Two taps at once: the other one was first.
        if request_key and (standing := _already(by, student, request_key)):
            return standing
        raise


def mark_seen(*, by: User, concern: Concern, at: datetime) -> Concern:
    """A counselor has seen it; the raiser is told that much. Said again it changes nothing.

    Raises NotYours for whoever is neither in charge of the student nor the lead counselor.
    """
    if by not in concern_counselors(concern.school, [concern.student], at=at):
        raise NotYours
    with transaction.atomic():
        first = (
            Concern.objects.filter(pk=concern.pk).unseen().update(state=State.SEEN, seen_by=by, seen_at=at)
        )  # two counselors at once: one of them was first
        if first:
            _step(concern, State.SEEN, by=by, at=at)
            _no_longer_waits(concern, at=at)
            if concern.raised_by != by and holds(concern.raised_by, Permission.INBOX_VIEW, at=at):
                notifications.tell(
                    to_id=concern.raised_by_id,
                    school=concern.school,
                    key=f"concern-seen:{concern.uid}",
                    text=texts.concern_seen(),
                    path=reverse("referrals:mine"),
                    at=at,
                )
    concern.refresh_from_db(fields=["state", "seen_by", "seen_at"])
    return concern


def _already(by: User, student: Student, request_key: UUID) -> Concern | None:
    return Concern.objects.filter(raised_by=by, student=student, request_key=request_key).first()


def _key(concern: Concern) -> str:
    return f"concern:{concern.uid}"


def _step(concern: Concern, state: State, *, by: User, at: datetime) -> None:
    ConcernStep.objects.create(concern=concern, what=state, by=by, at=at)
    privacy.record(
        by_id=by.pk, verb=f"concern.{state}", at=at, school_id=concern.school_id, kind="concern", uid=concern.uid
    )


def _to_tell(concern: Concern, *, at: datetime) -> list[User]:
    """Who is in charge; where nobody can be, the lead; without one every counselor of the school. Not the raiser.

    A raiser who is in charge alone knows already.
    """
    about = [concern.student]
    in_charge = [one for one in counselors_in_charge(concern.school, about, at=at) if not is_relative(one, about)]
    found = in_charge or concern_counselors(concern.school, about, at=at) or _all_counselors(concern, at=at)
    return [one for one in found if one != concern.raised_by]


def _all_counselors(concern: Concern, *, at: datetime) -> list[User]:
    held = Membership.objects.valid_on(timezone.localdate(at)).filter(school=concern.school, role=Role.COUNSELOR)
    people = dict.fromkeys(one.user for one in held.select_related("user").order_by("pk"))
    return [one for one in people if not is_relative(one, [concern.student])]


def _no_longer_waits(concern: Concern, *, at: datetime) -> None:
    """What one of them has seen need not call the others."""
    asked = concern_counselors(concern.school, [concern.student], at=at)
    for item in InboxItem.objects.filter(to__in=asked, key=_key(concern)).unread():
        notifications.mark_read(item, at=at)
