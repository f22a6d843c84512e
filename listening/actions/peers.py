"""Writing down what a class did together (同伴)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from listening.actions.conversations import log_conversation
from listening.models import Conversation
from listening.quotas import Hat
from referrals import actions as referrals
from referrals.models import Source
from students.models import Student


@transaction.atomic
def log_activity(
    *,
    by: User,
    listener: User,
    students: Sequence[Student],
    day: date,
    minutes: int,
    channel: str,
    at: datetime,
    request_key: UUID,
    note: str = "",
    worried_about: Sequence[Student] = (),
    worry: str = "",
) -> Conversation:
    """Write one activity under the hat of the peer supporter `listener`, its note sealed, in one transaction.

    The counselor is asked to look at each of `worried_about`, who need not have taken part. The same `request_key`
    of the same person again makes nothing twice. Raises NotYours when the students are not of one school.
    """
    talk = log_conversation(
        by=by,
        listener=listener,
        students=students,
        day=day,
        at=at,
        minutes=minutes,
        hat=Hat.PEER,
        channel=channel,
        note=note,
        request_key=request_key,
    )
    for student in worried_about:
        referrals.raise_concern(
            by=by,
            student=student,
            at=at,
            source=Source.PEERS,
            words=worry,
            conversation_uid=talk.uid,
            request_key=request_key,
        )
    return talk
