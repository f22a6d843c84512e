"""Linking a later talk to a check-in that was missed."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from listening.models import CheckIn, Conversation, MakeUp
from privacy import actions as privacy


@transaction.atomic
def make_up(*, by: User, check_in: CheckIn, talk: Conversation, at: datetime) -> MakeUp:
    """Say that this talk made up for this missed check-in, which stays missed. Said again it changes nothing."""
    linked, new = MakeUp.objects.get_or_create(
        school=check_in.school,
        period=check_in.period,
        rule=check_in.rule,
        student=check_in.student,
        conversation=talk,
        defaults={"by": by, "at": at},
    )
    if new:
        privacy.record(
            by_id=by.pk, verb="check_in.make_up", at=at, school_id=talk.school_id, kind="conversation", uid=talk.uid
        )
    return linked
