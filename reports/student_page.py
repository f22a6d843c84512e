"""One student, as far as this person may know: who they are, what is owed now, when somebody listened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from listening.boards import STATES
from listening.last_talks import LastTalk, last_talks
from listening.models import CheckIn, Conversation
from listening.quotas import Status
from listening.words import day_words, rest_words
from schools.models import SchoolClass
from schools.permissions import Permission, holds
from students import attention, notes
from students.care import current_card
from students.glass import contacts, may_open, standing_of
from students.models import BreakGlass, Enrolment, Guardian, Mentor, Student

RECENT = timedelta(days=200)  # a term, roughly
MOST_TALKS = 30


@dataclass(frozen=True, slots=True)
class Owed:
    """One check-in of a running period."""

    check_in: CheckIn
    kind: str
    small: str


@dataclass(frozen=True, slots=True)
class TalkLine:
    """One talk of the last months; `uid` is empty where it may not be opened."""

    day: str
    who: str
    what: str
    uid: str


@dataclass(frozen=True, slots=True)
class StudentPage:
    """What the page shows."""

    student: Student
    school_class: SchoolClass | None
    mentors: list[str]
    guardians: list[Guardian]
    shows_guardians: bool
    owed: list[Owed]
    last: LastTalk | None
    days: int | None
    talks: list[TalkLine]
    shows_listening: bool
    can_log: bool
    can_report: bool
    can_edit: bool
    can_care: bool
    can_see_readers: bool
    needs_care: bool  # 需关注, where this person is shown it
    has_card: bool  # one that this person may read
    glass: BreakGlass | None  # 紧急查看 of this person that stands
    may_open_glass: bool


def student_page(student: Student, person: User, *, at: datetime) -> StudentPage:
    """Each part by its own permission, asked for this very student."""
    on = timezone.localdate(at)

    def reached(under: Permission) -> bool:
        return Student.objects.visible_to(person, at=at, under=under).filter(pk=student.pk).exists()

    enrolled = Enrolment.objects.on(on).filter(student=student).values("school_class")
    shows_guardians = reached(Permission.GUARDIAN_PHONE_VIEW)
    glass = _glass(student, person, at=at)
    shows_listening = reached(Permission.CHECK_IN_VIEW)
    last = None
    if shows_listening:
        seen = Student.objects.visible_to(person, at=at, under=Permission.COUNSELING_VIEW)
        last = last_talks(student.school, [student.pk], sees_counselors=seen).get(student.pk)
    mentors = Mentor.objects.on(on).filter(student=student).select_related("teacher").order_by("pk")
    return StudentPage(
        student=student,
        school_class=SchoolClass.objects.filter(pk__in=enrolled).select_related("grade").first(),
        mentors=[one.teacher.name for one in mentors],
        guardians=_guardians(student, person, glass, at=at) if shows_guardians or glass else [],
        shows_guardians=shows_guardians or glass is not None,
        owed=_owed(student, person, at=at) if shows_listening else [],
        last=last,
        days=last.days_ago(on) if last else None,
        talks=_talks(student, person, at=at) if reached(Permission.CONVERSATION_OWN) else [],
        shows_listening=shows_listening,
        can_log=reached(Permission.CONVERSATION_CREATE),
        can_report=reached(Permission.CONCERN_OWN),
        can_edit=reached(Permission.STUDENT_EDIT),
        can_care=reached(Permission.CARE_VIEW),
        can_see_readers=reached(Permission.TRAIL_STUDENT),
        needs_care=student.pk in attention.marked(person, [student.pk], at=at),
        has_card=reached(Permission.CARE_CARD_VIEW) and _reads_card(student, person, at=at),
        glass=glass,
        may_open_glass=glass is None and may_open(person, student, at=at),
    )


def _glass(student: Student, person: User, *, at: datetime) -> BreakGlass | None:
    """The person's 紧急查看 of this student."""
    standing = standing_of(person, at=at) if holds(person, Permission.GLASS_OPEN, at=at) else None
    return standing if standing and standing.student_id == student.pk else None


def _guardians(student: Student, person: User, glass: BreakGlass | None, *, at: datetime) -> list[Guardian]:
    """By the person's own right, or by a 紧急查看: then with a row in the trail."""
    if glass is not None:
        return contacts(glass, by=person, at=at)
    return list(Guardian.objects.filter(student=student).order_by("pk"))


def _reads_card(student: Student, person: User, *, at: datetime) -> bool:
    """Whether there is a card for this person: by the rule that guards the reading."""
    card = current_card(student)
    return card is not None and notes.may_read(
        person,
        notes.Text.CARE_CARD,
        author=card.by,
        school=card.school,
        students=[student],
        at=at,
        addressed=list(card.addressed.all()),
    )


def _owed(student: Student, person: User, *, at: datetime) -> list[Owed]:
    on = timezone.localdate(at)
    rows = CheckIn.objects.visible_to(person, at=at).filter(
        school=student.school_id, student=student, period__start__lte=on, period__end__gte=on
    )
    rows = rows.under_rules_seen_by(person, at=at)
    calendar = student.school.calendar()
    found = []
    for row in rows.select_related("rule", "period", "student").order_by("rule__order", "pk"):
        left = calendar.school_days_left(row.period.due, on=on)
        small = rest_words(left) if row.status == Status.DUE and left else f"{day_words(row.period.due)}到期"
        found.append(Owed(row, "late" if row.late else STATES[Status(row.status)], small))
    return found


def _talks(student: Student, person: User, *, at: datetime) -> list[TalkLine]:
    on = timezone.localdate(at)
    seen = Conversation.objects.visible_to(person, at=at).standing()
    rows = (
        seen.filter(school=student.school_id, about=student, day__gte=on - RECENT).select_related("listener").newest()
    )
    return [
        TalkLine(
            day=day_words(talk.day),
            who=talk.listener.name,
            what=f"{talk.get_channel_display()} {talk.minutes} 分钟" if talk.minutes else talk.get_outcome_display(),
            uid=str(talk.uid),
        )
        for talk in rows[:MOST_TALKS]
    ]
