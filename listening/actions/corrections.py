"""What may still be said about a talk after it was logged: other facts, that it is gone, that it may count late."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from listening.actions import locking
from listening.actions.conversations import NotYours
from listening.actions.settling import settle_stretches
from listening.models import Conversation, ConversationStudent, ConversationVersion, LateWord
from listening.quotas import Hat, Kind, Outcome
from privacy import actions as privacy
from students.models import Guardian, Student


class AlreadyDeleted(Exception):
    """The talk was deleted: nothing more can be said about it."""


class TalkChanges(TypedDict, total=False):
    """What a correction may change: the facts that quotas go by, and how and where. The note has a life of its own."""

    listener: User
    students: Sequence[Student]
    day: date
    minutes: int
    kind: Kind
    outcome: Outcome
    hat: Hat | None
    channel: str
    place: str
    guardian: Guardian | None
    guardian_name: str
    by_counselor: bool


@transaction.atomic
def edit_conversation(
    *, by: User | None, talk: Conversation, at: datetime, why: str = "", **changes: Unpack[TalkChanges]
) -> Conversation:
    """Correct the facts of a talk, keep how they stood, and settle what it touched before and touches now.

    What is not named stays. Raises NotYours when the new students are not of the talk's school, AlreadyDeleted.
    """
    students = list(dict.fromkeys(changes["students"])) if "students" in changes else None
    if students is not None and {student.school_id for student in students} != {talk.school_id}:
        raise NotYours
    stands, before = _hold(talk, also=[student.pk for student in students or ()])
    _keep_version(stands, before, by=by, why=why, at=at)
    fields: dict[str, Any] = {name: value for name, value in changes.items() if name != "students"}
    if "hat" in fields:
        fields["hat"] = fields["hat"] or ""
    day = changes.get("day", stands.day)
    today = timezone.localdate(at)
    Conversation.objects.filter(pk=stands.pk).update(**fields, entered_on=today)
    lines = ConversationStudent.objects.filter(conversation=stands)
    now = before if students is None else {student.pk for student in students}
    lines.exclude(student__in=now).delete()
    lines.update(day=day)
    ConversationStudent.objects.bulk_create(
        ConversationStudent(conversation=stands, student_id=pk, school_id=stands.school_id, day=day)
        for pk in sorted(now - before)
    )
    _settle(stands, before | now, {stands.day, day}, at=at)
    _record(by, "conversation.edit", stands, at)
    talk.refresh_from_db()
    return talk


@transaction.atomic
def delete_conversation(*, by: User | None, talk: Conversation, at: datetime, why: str = "") -> Conversation:
    """Take a talk out of everything that counts. The row stays, with how it stood; a second word changes nothing."""
    try:
        stands, about = _hold(talk)
    except AlreadyDeleted:
        return talk
    _keep_version(stands, about, by=by, why=why, at=at)
    Conversation.objects.filter(pk=stands.pk).update(deleted_at=at, entered_on=timezone.localdate(at))
    _settle(stands, about, {stands.day}, at=at)
    _record(by, "conversation.delete", stands, at)
    talk.refresh_from_db()
    return talk


@transaction.atomic
def allow_late(*, by: User | None, talk: Conversation, at: datetime) -> LateWord:
    """The lead counselor's word that a talk may count although it was entered too late. Raises AlreadyDeleted."""
    stands, about = _hold(talk)
    word = LateWord.objects.create(conversation=stands, on=timezone.localdate(at), by=by)
    _settle(stands, about, {stands.day}, at=at)
    _record(by, "conversation.allow_late", stands, at)
    return word


def _hold(talk: Conversation, also: Collection[int] = ()) -> tuple[Conversation, set[int]]:
    """The talk as it stands and whom it is about, with nobody else writing to either."""
    locking.share(talk.school)
    stands = Conversation.objects.select_for_update(of=("self",), no_key=True).select_related("school").get(pk=talk.pk)
    if stands.deleted_at is not None:
        raise AlreadyDeleted
    about = set(ConversationStudent.objects.filter(conversation=stands).values_list("student", flat=True))
    locking.students(about.union(also))
    return stands, about


def _keep_version(stands: Conversation, about: set[int], *, by: User | None, why: str, at: datetime) -> None:
    facts = {
        "day": stands.day.isoformat(),
        "minutes": stands.minutes,
        "kind": stands.kind,
        "outcome": stands.outcome,
        "hat": stands.hat,
        "listener": stands.listener_id,
        "students": sorted(about),
        "channel": stands.channel,
        "place": stands.place,
        "guardian_name": stands.guardian_name,
        "by_counselor": stands.by_counselor,
    }
    ConversationVersion.objects.create(
        conversation=stands, entered_on=stands.entered_on, facts=facts, why=why, by=by, at=at
    )


def _settle(stands: Conversation, students: set[int], days: set[date], *, at: datetime) -> None:
    stretches = [(day, day) for day in sorted(days)]
    settle_stretches(stands.school, students=students, stretches=stretches, on=timezone.localdate(at), at=at)


def _record(by: User | None, verb: str, stands: Conversation, at: datetime) -> None:
    privacy.record(
        by_id=by.pk if by else None, verb=verb, at=at, school_id=stands.school_id, kind="conversation", uid=stands.uid
    )
