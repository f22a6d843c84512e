"""Logging a talk."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from listening.actions import locking
from listening.actions.settling import settle_held
from listening.models import Conversation, Topic
from listening.quotas import Hat, Kind, Outcome
from privacy import actions as privacy
from privacy.keyring import keyring
from referrals import actions as referrals
from referrals.models import Source
from schools.models import School
from schools.statements import write_each
from students.models import Guardian, Student

USUAL_MINUTES = 15  # 倾听一刻钟
NAME_STUDENT = """
INSERT INTO listening_conversationstudent (conversation_id, student_id, school_id, day) VALUES (%s, %s, %s, %s)"""


class NotYours(Exception):
    """These students do not belong to one school."""


def log_conversation(
    *,
    by: User,
    students: Sequence[Student],
    day: date,
    at: datetime,
    minutes: int | None = None,
    outcome: Outcome = Outcome.MADE,
    kind: Kind = Kind.TALK,
    note: str = "",
    clock: time | None = None,
    channel: str = "face",
    place: str = "",
    topics: Collection[Topic] = (),
    by_counselor: bool = False,
    hat: Hat | None = Hat.STAFF,
    listener: User | None = None,
    guardian: Guardian | None = None,
    guardian_name: str = "",
    worry: str | None = None,
    worried_about: Collection[Student] = (),
    request_key: UUID | None = None,
) -> Conversation:
    """Write one talk, its note sealed, and settle the check-ins it touches: one transaction.

    `minutes` is the length of the talk; when it is not said, a talk that was made has 15 and an attempt none. A student
    named twice is in it once. `guardian_name` says with whom at home, `guardian` is the row where there is one. With a
    `worry`, be it empty, the counselor is asked to look at those it is about, or else at each of the students. Without
    a `hat` all the roles of the listener are looked at. The same `request_key` of the same person again answers with
    the talk that already stands. Raises NotYours when the students are not of one school.
    """
    students = list(dict.fromkeys(students))
    if len({student.school_id for student in students}) != 1:
        raise NotYours
    if minutes is None:
        minutes = USUAL_MINUTES if outcome == Outcome.MADE else 0
    school = students[0].school
    try:
        with transaction.atomic():
            return _log(
                school, by=by, students=students, day=day, at=at, minutes=minutes, outcome=outcome, kind=kind,
                note=note, clock=clock, channel=channel, place=place, topics=topics, by_counselor=by_counselor,
                hat=hat, listener=listener or by, guardian=guardian, guardian_name=guardian_name, worry=worry,
                worried_about=worried_about, request_key=request_key,
            )  # fmt: skip
    except IntegrityError:
        # Sent twice: the first one stands. The constraint tells, so that nobody has to look before.
        if request_key and (standing := _already(by, request_key)):
            return standing
        raise


def _already(by: User, request_key: UUID) -> Conversation | None:
    return Conversation.objects.filter(recorded_by=by, request_key=request_key).first()


def _log(
    school: School,
    *,
    by: User,
    students: Sequence[Student],
    day: date,
    at: datetime,
    minutes: int,
    outcome: Outcome,
    kind: Kind,
    note: str,
    clock: time | None,
    channel: str,
    place: str,
    topics: Collection[Topic],
    by_counselor: bool,
    hat: Hat | None,
    listener: User,
    guardian: Guardian | None,
    guardian_name: str,
    worry: str | None,
    worried_about: Collection[Student],
    request_key: UUID | None,
) -> Conversation:
    locking.share(school)
    locking.students([student.pk for student in students])
    today = timezone.localdate(at)
    talk = Conversation(
        school=school,
        listener=listener,
        kind=kind,
        by_counselor=by_counselor,
        day=day,
        clock=clock,
        minutes=minutes,
        outcome=outcome,
        hat=hat or "",
        channel=channel,
        place=place,
        guardian=guardian,
        guardian_name=guardian_name or (guardian.name if guardian else ""),
        recorded_by=by,
        recorded_at=at,
        recorded_on=today,
        entered_on=today,
    )
    if request_key:
        talk.request_key = request_key
    if note.strip():
        talk.note = keyring().seal(note.strip(), talk.note_place)
    talk.save(force_insert=True)
    write_each(NAME_STUDENT, [(talk.pk, student.pk, school.pk, day) for student in students])
    if topics:
        talk.topics.set(topics)
    privacy.record(by_id=by.pk, verb="conversation.log", at=at, school_id=school.pk, kind="conversation", uid=talk.uid)
    if worry is not None:
        for student in worried_about or students:
            referrals.raise_concern(
                by=by, student=student, at=at, source=Source.TALK, words=worry, conversation_uid=talk.uid,
                request_key=talk.request_key,
            )  # fmt: skip
    settle_held(
        school,
        students=[student.pk for student in students],
        stretches=[(day, day)],
        on=today,
        at=at,
        under=lambda asked: asked.can_bear(kind=kind, outcome=outcome, hat=hat),
    )
    return talk
