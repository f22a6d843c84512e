"""The demo county on a small scale: who signs in, what is shown, and that what is stored is what the rule says."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from demo import county
from demo.cast import PASSWORD, PERSONAS
from demo.scale import FULL, SMALL
from listening import actions
from listening.facts import Asked, SchoolFacts
from listening.models import (
    CheckIn,
    ClassFigure,
    Conversation,
    ConversationStudent,
    Excuse,
    Ledger,
    Period,
    PeriodOpening,
    QuotaRule,
)
from listening.quotas import Outcome, Status
from notifications.models import InboxItem
from privacy.keyring import keyring
from schools.models import CalendarYear, Membership, School, SchoolChange, SchoolClass, Term
from schools.roles import Role
from students.models import Guardian, Mentor, Pause, RosterChange, Student, StudentLabel, TierAssignment

TODAY = date(2026, 11, 25)  # a Wednesday
SIGNS = {Status.DUE: "d", Status.MET: "m", Status.MISSED: "x", Status.EXCUSED: "e"}


def evening_of(day: date) -> datetime:
    return datetime.combine(day, time(20, 0), timezone.get_current_timezone())


@pytest.fixture(scope="module")
def county_of_today(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The small county of TODAY, made once for this module and taken back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        county.seed(TODAY, scale=SMALL)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(county_of_today: None, db: None) -> School:
    """Its first school."""
    return School.objects.get(name="清江中学")


def by_part(school: School) -> Iterator[tuple[str, list[str]]]:
    """Number of the student in 七年级(1)班 and the row of states, oldest first; a late one in capitals."""
    for student in Student.objects.filter(school=school, number__startswith="701").order_by("number"):
        rows = CheckIn.objects.filter(school=school, student=student).order_by("period__start")
        signs = [(SIGNS[Status(row.status)], row.late) for row in rows]
        yield student.number, [sign.upper() if late else sign for sign, late in signs]


# Accounts


def test_every_persona_signs_in(seeded: School, client: Client) -> None:
    signed_in = {persona.username for persona in PERSONAS if client.login(username=persona.username, password=PASSWORD)}

    assert signed_in == {persona.username for persona in PERSONAS}
    assert len(PERSONAS) == 17


def test_nobody_else_can_sign_in_and_nobody_has_to_change_a_password(seeded: School) -> None:
    cast = {persona.username for persona in PERSONAS}

    assert {user.username for user in User.objects.all() if user.has_usable_password()} == cast
    assert not User.objects.filter(must_change_password=True).exists()


def test_roles_are_as_promised(seeded: School) -> None:
    rows = Membership.objects.valid_on(TODAY).filter(user__username__in=[persona.username for persona in PERSONAS])
    held: dict[str, list[tuple[str, str]]] = {}
    for row in rows.select_related("user", "grade", "school_class__grade").order_by("pk"):
        held.setdefault(row.user.username, []).append((row.role, row.scope_name))

    assert held == {
        "headteacher": [(Role.HEAD_TEACHER, "七年级(1)班")],
        "headteacher2": [(Role.HEAD_TEACHER, "八年级(2)班")],
        "counselor": [(Role.COUNSELOR, "七年级"), (Role.COUNSELOR, "八年级")],
        "teacher": [(Role.SUBJECT_TEACHER, "七年级(1)班"), (Role.SUBJECT_TEACHER, "七年级(2)班"), (Role.MENTOR, "")],
        "gradehead": [(Role.GRADE_HEAD, "七年级")],
        "moral": [(Role.LEADER, "")],
        "viceprincipal": [(Role.LEADER, "")],
        "principal": [(Role.LEADER, "")],
        "registrar": [(Role.REGISTRAR, "")],
        "parent": [(Role.GUARDIAN, "")],
        "parent2": [(Role.GUARDIAN, "")],
        "student": [(Role.STUDENT, "七年级(1)班")],
        "peer": [(Role.STUDENT, "七年级(1)班"), (Role.PEER, "七年级(1)班")],
        "bureau": [(Role.BUREAU, "")],
        "otherschool": [(Role.COUNSELOR, "")],
        "admin": [(Role.ADMINISTRATOR, "")],
    }  # the small county has no 九年级 for counselor2


def test_family_and_mentor(seeded: School) -> None:
    children = {
        name: set(Guardian.objects.filter(user__username=name).values_list("student__name", flat=True))
        for name in ("parent", "parent2")
    }

    assert children == {"parent": {"林知夏", "林知远"}, "parent2": {"马依依"}}
    assert Student.objects.get(user__username="student").name == "林知夏"
    assert Student.objects.get(user__username="peer").name == "宋佳琪"
    assert Mentor.objects.filter(teacher__username="teacher").count() == Mentor.objects.count() == 10


def test_every_class_has_its_teachers(seeded: School) -> None:
    for school_class in SchoolClass.objects.all():
        held = Counter(Membership.objects.filter(school_class=school_class).values_list("role", flat=True))
        assert held[Role.HEAD_TEACHER] == 1
        assert held[Role.SUBJECT_TEACHER] >= 3


# The flag cases of 七年级(1)班


def test_flag_cases_are_there(seeded: School) -> None:
    rows = {number: "".join(row) for number, row in by_part(seeded)}

    closed = "m" * 10
    assert {number: row for number, row in rows.items() if int(number) <= 70121} == {
        "70101": closed + "mmmmxd",  # missed once
        "70102": closed + "mmmxxd",  # twice in a row
        "70103": closed + "mmxxxd",  # three times
        "70104": "d",  # joined last week
        "70105": "d",  # back from leave
        "70106": closed + "mmmmMd",  # late entry
        "70107": closed + "mmmeed",  # declined twice in a row
        "70108": closed + "mmmmmd",  # declined now
        "70109": closed + "mmmmmd",  # too short now
        "70110": closed + "mmmmmm",
        "70111": closed + "mmmme",  # on leave
        "70112": closed + "mmmmme",  # excused by a person
        "70113": closed + "mmmmmm",  # by the mentor
        "70114": closed + "mmmmmm",  # by a subject teacher
        "70115": closed + "mmmmmd",  # a counselor's talk only
        "70116": closed + "mmmmmm",  # came from another class
        "70117": closed + "mmmme",  # left
        "70118": closed + "mmmmmd",
        "70119": closed + "mmmmmd",  # was not there
        "70120": closed + "mmmmmd",  # with another one at once
        "70121": closed + "mmmmmd",
    }


def test_never_met_has_no_talk_at_all(seeded: School) -> None:
    for name in ("沈牧阳", "周子涵"):
        assert not ConversationStudent.objects.filter(student__name=name).exists()


def test_talks_of_the_running_fortnight_show_each_case(seeded: School) -> None:
    monday = TODAY - timedelta(days=TODAY.weekday())

    def talks(number: str) -> list[Conversation]:
        lines = ConversationStudent.objects.filter(school=seeded, student__number=number, day__gte=monday)
        return [line.conversation for line in lines.select_related("conversation__listener")]

    assert [talk.outcome for talk in talks("70108")] == [Outcome.DECLINED]
    assert [talk.minutes < 15 for talk in talks("70109")] == [True]
    assert [talk.listener.username for talk in talks("70113")] == ["teacher"]
    assert [talk.listener.name for talk in talks("70114")] == ["孙莉"]
    assert [talk.by_counselor for talk in talks("70115")] == [True]
    assert [talk.outcome for talk in talks("70119")] == [Outcome.ABSENT]
    assert [talk.lines.count() for talk in talks("70120")] == [2]
    assert Excuse.objects.get(school=seeded).student.number == "70112"  # type: ignore[union-attr]


def test_care_in_the_first_class(seeded: School) -> None:
    given = TierAssignment.objects.filter(school=seeded, student__number__startswith="701")

    assert set(given.values_list("tier__order", flat=True)) == {0, 1, 2}
    assert StudentLabel.objects.filter(student__number="70122", label__name="留守").exists()
    assert Pause.objects.get(student__number="70111").kind == Pause.Kind.LEAVE
    assert Pause.objects.get(student__number="70117").kind == Pause.Kind.LEFT


def test_most_of_today_is_left_to_the_visitor(seeded: School) -> None:
    talks = Conversation.objects.filter(listener__username="headteacher", day=TODAY)

    assert talks.count() in {1, 2}


# What is stored is what the rule says


def test_stored_rows_equal_the_verdicts(seeded: School) -> None:
    calendar = seeded.calendar()
    rule = QuotaRule.objects.prefetch_related("tiers", "labels").get(school=seeded)
    periods = list(Period.objects.filter(school=seeded))
    facts = SchoolFacts.read(seeded, first=min(p.start for p in periods), last=max(p.end for p in periods))
    expected = {}
    for period in periods:
        for student in facts.enrolments:
            verdict = facts.judge_student(Asked.of(rule), period.span(calendar), student, as_of=TODAY)
            if verdict.exists:
                key = (period.pk, rule.pk, student)
                expected[key] = (verdict.status, len(verdict.counted), verdict.declined, verdict.late)

    stored = CheckIn.objects.filter(school=seeded).values_list(
        "period", "rule", "student", "status", "counted", "declined", "late"
    )
    assert {row[:3]: row[3:] for row in stored} == expected


def test_night_and_settling_find_nothing_to_do(seeded: School) -> None:
    for school in School.objects.all():
        students = list(Student.objects.filter(school=school).values_list("pk", flat=True))
        first = Term.objects.filter(school=school).order_by("first_day").values_list("first_day", flat=True)[0]

        assert actions.settle(school, students=students, first=first, last=TODAY, on=TODAY, at=evening_of(TODAY)) == 0
        assert actions.run_day(school, on=TODAY, at=evening_of(TODAY)) == 0
        assert Ledger.objects.get(school=school).through == TODAY


def test_next_day_goes_on_from_there(seeded: School) -> None:
    actions.run_day(seeded, on=TODAY + timedelta(days=1), at=evening_of(TODAY + timedelta(days=1)))

    assert PeriodOpening.objects.filter(school=seeded).count() == 16
    assert PeriodOpening.objects.get(school=seeded, closed_at=None).period.label == "W11-12"


def test_figures_add_up(seeded: School) -> None:
    counted = Counter(CheckIn.objects.values_list("period", "school_class", "status"))
    names = {Status.DUE: "due", Status.MET: "met", Status.MISSED: "missed", Status.EXCUSED: "excused"}
    figures = Counter(
        {
            (row.period_id, row.school_class_id, int(status)): getattr(row, name)
            for row in ClassFigure.objects.all()
            for status, name in names.items()
            if getattr(row, name)
        }
    )

    assert figures == counted


def test_nothing_is_pending(seeded: School) -> None:
    assert not RosterChange.objects.filter(taken_at=None).exists()
    assert not SchoolChange.objects.filter(taken_at=None).exists()
    assert {school.listening_since for school in School.objects.all()} == {
        Term.objects.order_by("first_day").values_list("first_day", flat=True)[0]
    }
    assert set(CalendarYear.objects.filter(school=seeded).values_list("year", flat=True)) == {2026, 2027}


def test_only_the_last_fortnight_is_unread_in_the_inbox(seeded: School) -> None:
    head = InboxItem.objects.filter(to__username="headteacher")

    assert head.unread().count() == 1
    assert "第 9–10 周" in head.unread().get().text
    assert head.count() > 1


# Talks


def test_talks_lie_on_school_days_and_none_after_today(seeded: School) -> None:
    for school in School.objects.all():
        calendar = school.calendar()
        days = set(Conversation.objects.filter(school=school).values_list("day", flat=True))
        assert all(calendar.is_school_day(day) for day in days)
        assert max(days) <= TODAY
    assert not Conversation.objects.filter(recorded_on__gt=TODAY).exists()


def test_no_two_notes_are_equal_and_a_third_has_none(seeded: School) -> None:
    talks = Conversation.objects.select_related("school")
    notes = [keyring().unseal(bytes(talk.note), talk.note_place) for talk in talks if talk.note]

    assert len(notes) == len(set(notes))
    assert 0.25 < 1 - len(notes) / len(talks) < 0.42


def test_counselors_talk_only_in_counseling(seeded: School) -> None:
    rows = Conversation.objects.values_list("listener__memberships__role", "by_counselor").distinct()

    assert {by_counselor for role, by_counselor in rows if role == Role.COUNSELOR} == {True}
    assert {by_counselor for role, by_counselor in rows if role == Role.HEAD_TEACHER} == {False}


def test_full_county_is_as_large_as_promised() -> None:
    sizes = [(plan.name, plan.system, len(plan.grades) * plan.classes, plan.size) for plan in FULL.schools]

    assert sizes == [("清江中学", "6-3", 36, 45), ("柳林镇中心小学", "6-3", 12, 40), ("东湖学校", "5-4", 18, 40)]
