"""The demo county on a small scale: who signs in, what is shown, and that what is stored is what the rule says."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from django.db import transaction
from django.db.models import F
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
    ClassCheckIn,
    ClassFigure,
    Conversation,
    ConversationStudent,
    Excuse,
    Ledger,
    Period,
    PeriodOpening,
    QuotaRule,
)
from listening.models.conversations import Channel
from listening.quotas import Hat, Kind, Outcome, Status
from notifications.models import InboxItem
from privacy.keyring import keyring
from schools import appointments
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
        rows = CheckIn.objects.filter(school=school, student=student, rule__name="双周倾听").order_by("period__start")
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
        "headteacher2": [(Role.HEAD_TEACHER, "八年级(2)班"), (Role.GUARDIAN, "")],
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


def test_a_head_teacher_is_a_parent_too(seeded: School) -> None:
    child = Student.objects.get(guardians__user__username="headteacher2")

    assert child.enrolments.get(valid_to=None).school_class.grade.number == 7


def test_posts_wait_for_the_word_of_the_principal(seeded: School) -> None:
    waiting = Membership.objects.waiting()

    assert len(waiting) >= 2
    assert {(one.role, one.granted_by.username) for one in waiting} == {(Role.MENTOR, "registrar")}
    principal = User.objects.get(username="principal")
    assert appointments.waiting_for(principal, seeded, at=evening_of(TODAY)) == list(waiting.order_by("pk"))


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
        lines = ConversationStudent.objects.filter(
            school=seeded, student__number=number, day__gte=monday, conversation__kind=Kind.TALK
        )
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


Row = tuple[int, int, int]  # period, rule, student or class


def facts_of(school: School) -> tuple[list[tuple[QuotaRule, Period]], SchoolFacts]:
    """What stands open or closed in a school, and all that is known there."""
    openings = PeriodOpening.objects.filter(school=school).select_related("rule", "period")
    stand = [(one.rule, one.period) for one in openings.prefetch_related("rule__tiers", "rule__labels")]
    first, last = min(period.start for _, period in stand), max(period.end for _, period in stand)
    return stand, SchoolFacts.read(school, first=first, last=last)


def test_stored_rows_equal_the_verdicts_under_every_rule(seeded: School) -> None:
    calendar = seeded.calendar()
    stand, facts = facts_of(seeded)
    expected: dict[Row, tuple[int, int, int, bool]] = {}
    for rule, period in stand:
        if rule.per == QuotaRule.Per.STUDENT:
            for student in facts.enrolments:
                verdict = facts.judge_student(Asked.of(rule), period.span(calendar), student, as_of=TODAY)
                if verdict.exists:
                    key = (period.pk, rule.pk, student)
                    expected[key] = (verdict.status, len(verdict.counted), verdict.declined, verdict.late)

    stored = CheckIn.objects.filter(school=seeded).values_list(
        "period", "rule", "student", "status", "counted", "declined", "late"
    )
    assert {row[:3]: row[3:] for row in stored} == expected
    assert {rule.name for rule, _ in stand} == {
        "心理教师每周倾听", "心理教师每月倾听", "双周倾听", "谈心谈话", "家长沟通", "家访", "同伴倾听",
    }  # fmt: skip


def test_stored_rows_of_the_first_class_equal_the_verdicts(seeded: School) -> None:
    calendar = seeded.calendar()
    first_class = SchoolClass.objects.get(school=seeded, grade__number=7, number=1)
    stand, facts = facts_of(seeded)
    of_classes = [(rule, period) for rule, period in stand if rule.per == QuotaRule.Per.CLASS]
    expected: dict[Row, tuple[int, int, int, bool]] = {}
    for rule, period in of_classes:
        verdict = facts.judge_class(Asked.of(rule), period.span(calendar), first_class.pk, as_of=TODAY)
        key = (period.pk, rule.pk, first_class.pk)
        expected[key] = (verdict.status, len(verdict.counted), verdict.declined, verdict.late)

    stored = ClassCheckIn.objects.filter(school=seeded, school_class=first_class).values_list(
        "period", "rule", "school_class", "status", "counted", "declined", "late"
    )
    assert {row[:3]: row[3:] for row in stored} == expected
    assert len(expected) == 16
    assert ClassCheckIn.objects.get(school_class=first_class, period__due__gte=TODAY).status == Status.DUE
    assert ClassCheckIn.objects.filter(school=seeded).count() == 16 * SchoolClass.objects.filter(school=seeded).count()


def test_rules_of_one_kind_share_their_periods(seeded: School) -> None:
    rules_of = Counter(PeriodOpening.objects.filter(school=seeded).values_list("period__kind", "period__start"))
    kinds = {kind: {n for (of, _), n in rules_of.items() if of == kind} for kind, _ in rules_of}

    assert kinds == {"week": {1}, "fortnight": {2}, "month": {3}, "term": {1}}


def test_few_are_missed_under_each_rule(seeded: School) -> None:
    """In the whole small county; the narrow bounds are for the rule of everybody."""
    closed = CheckIn.objects.filter(period__due__lt=TODAY).exclude(status=Status.EXCUSED)
    rows = Counter(closed.values_list("rule__name", "status"))
    classes = Counter(ClassCheckIn.objects.filter(period__due__lt=TODAY).values_list("status", flat=True))
    missed = {
        name: rows[name, Status.MISSED] / (rows[name, Status.MISSED] + rows[name, Status.MET]) for name, _ in rows
    }

    assert 0.015 < missed.pop("双周倾听") < 0.045
    assert {name: share < 0.12 for name, share in missed.items()} == {
        "心理教师每周倾听": True, "心理教师每月倾听": True, "谈心谈话": True, "家长沟通": True, "家访": True,
    }  # fmt: skip
    assert 0.9 < classes[Status.MET] / classes.total() < 1


def test_running_fortnight_differs_from_class_to_class(seeded: School) -> None:
    running = ClassFigure.objects.filter(rule__name="双周倾听", period__due__gte=TODAY, school=seeded)
    shares = [row.met / (row.met + row.due) for row in running]

    assert len({round(share, 2) for share in shares}) > 1
    assert {0.15 < share < 0.5 for share in shares} == {True}


def test_families_are_spoken_with_by_their_head_teacher_or_mentor(seeded: School) -> None:
    for kind in (Kind.CONTACT, Kind.VISIT):
        talks = list(Conversation.objects.filter(school=seeded, kind=kind).select_related("guardian"))
        assert {talk.guardian is not None and talk.guardian.name == talk.guardian_name for talk in talks} == {True}
        assert not Conversation.objects.filter(kind=kind, day=TODAY).exists()
    contacts = Conversation.objects.filter(kind=Kind.CONTACT)
    assert {8 <= minutes <= 20 for minutes in contacts.values_list("minutes", flat=True)} == {True}
    assert set(contacts.values_list("channel", flat=True)) == {Channel.PHONE, Channel.FACE}


def test_every_class_has_one_peer_supporter_of_its_own(seeded: School) -> None:
    for school_class in SchoolClass.objects.all():
        peer = Membership.objects.get(school_class=school_class, role=Role.PEER).user
        student = Student.objects.get(user=peer)
        assert student.enrolments.get().school_class == school_class
        assert student.name == peer.name
        assert Membership.objects.filter(user=peer, role=Role.STUDENT, school_class=school_class).count() == 1


def test_what_classes_do_together_is_left_to_the_visitor(seeded: School) -> None:
    monday = TODAY - timedelta(days=TODAY.weekday())
    talks = Conversation.objects.filter(hat=Hat.PEER)

    assert not talks.filter(listener__username="peer", day__gte=monday).exists()
    assert talks.filter(listener__username="peer").exists()
    assert {5 <= talk.lines.count() <= 12 for talk in talks} == {True}
    assert not talks.filter(about__user=F("listener")).exists()


def test_night_and_settling_find_nothing_to_do(seeded: School) -> None:
    for school in School.objects.all():
        students = list(Student.objects.filter(school=school).values_list("pk", flat=True))
        first = Term.objects.filter(school=school).order_by("first_day").values_list("first_day", flat=True)[0]

        assert actions.settle(school, students=students, first=first, last=TODAY, on=TODAY, at=evening_of(TODAY)) == 0
        assert actions.run_day(school, on=TODAY, at=evening_of(TODAY)) == 0
        assert Ledger.objects.get(school=school).through == TODAY


def test_next_day_goes_on_from_there(seeded: School) -> None:
    actions.run_day(seeded, on=TODAY + timedelta(days=1), at=evening_of(TODAY + timedelta(days=1)))

    openings = PeriodOpening.objects.filter(school=seeded, rule__name="双周倾听")
    assert openings.count() == 16
    assert openings.get(closed_at=None).period.label == "W11-12"


def test_figures_add_up(seeded: School) -> None:
    counted = Counter(CheckIn.objects.values_list("period", "rule", "school_class", "status"))
    names = {Status.DUE: "due", Status.MET: "met", Status.MISSED: "missed", Status.EXCUSED: "excused"}
    figures = Counter(
        {
            (row.period_id, row.rule_id, row.school_class_id, int(status)): getattr(row, name)
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


def test_only_the_last_period_of_each_rule_is_unread_in_the_inbox(seeded: School) -> None:
    head = InboxItem.objects.filter(to__username="headteacher")
    latest = {
        str(rule): PeriodOpening.objects.filter(rule__uid=rule, closed_at__isnull=False).latest("period__start").period
        for rule in QuotaRule.objects.filter(school=seeded).owed().values_list("uid", flat=True)
    }

    told = {item.key.split(":", 2)[1:][0]: item.key.split(":", 2)[2] for item in InboxItem.objects.unread()}
    assert {rule: start for rule, start in told.items() if rule in latest} == {
        rule: latest[rule].start.isoformat() for rule in told if rule in latest
    }
    assert "第 9–10 周" in head.unread().get(text__contains="双周倾听").text
    assert head.filter(text__contains="双周倾听").count() > 1


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
