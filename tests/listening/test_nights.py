"""The night: opening, closing, catching up. It may run twice, late, and in any order."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from listening import actions
from listening.actions.periods import in_scope
from listening.consistency import differences
from listening.models import CheckIn, ClassCheckIn, ClassFigure, Ledger, PeriodOpening, QuotaRule
from listening.quotas import Status
from notifications.models import InboxItem
from schools.models import School
from schools.roles import Role
from students import actions as students
from students.models import CareLabel, CareTier, StudentLabel
from tests.cast import DUE, FORTNIGHT, NOW, TERM, TODAY, at, student, talk

SATURDAY = DUE + timedelta(days=1)
NEXT = date(2025, 11, 24)  # the first days of the two fortnights after
AFTER_NEXT = date(2025, 12, 8)


def night(cast, day):
    return actions.run_day(cast.school, on=day, at=at(day, 0, 10))


def rows(school):
    return sorted(
        CheckIn.objects.filter(school=school).values_list(
            "period__start", "rule", "student", "status", "counted", "late"
        )
    )


def test_night_closes_what_was_due_yesterday_and_not_before(cast):
    talk(cast.head_teacher, cast.lin)
    night(cast, DUE)
    on_the_due_day = CheckIn.objects.get(student=cast.ma).status
    night(cast, SATURDAY)

    statuses = [CheckIn.objects.get(student=one).status for one in (cast.lin, cast.ma)]
    assert (on_the_due_day, statuses) == (Status.DUE, [Status.MET, Status.MISSED])


def test_night_closes_a_refusal_as_excused(cast):
    talk(cast.head_teacher, cast.lin, outcome="declined")
    night(cast, SATURDAY)

    assert CheckIn.objects.get(student=cast.lin).status == Status.EXCUSED


def test_night_twice_and_for_earlier_days_changes_nothing(cast):
    night(cast, SATURDAY)
    once = (rows(cast.school), ClassFigure.objects.count(), InboxItem.objects.count())

    for day in (SATURDAY, TODAY, FORTNIGHT, SATURDAY):
        night(cast, day)

    assert (rows(cast.school), ClassFigure.objects.count(), InboxItem.objects.count()) == once
    assert Ledger.objects.get(school=cast.school).through == SATURDAY


@pytest.mark.parametrize("every", [1, 3, 100])
def test_nights_that_did_not_run_are_caught_up(cast, every):
    """Every night, every third, none at all: the last one leaves the same."""
    last = date(2025, 12, 10)
    students.move_class(by=None, student=cast.ma, to=cast.class_2, on=date(2025, 12, 3), at=NOW)
    for n in range((last - TODAY).days):
        day = TODAY + timedelta(days=n)
        if n % every == every - 1:
            night(cast, day)
        if day == date(2025, 12, 2):
            talk(cast.teacher, cast.xu, day=date(2025, 12, 1), at=at(day))
    night(cast, last)

    found = CheckIn.objects.filter(school=cast.school).values_list("period__start", "student__name", "status")
    assert sorted(found) == [
        (FORTNIGHT, "林知夏", Status.MISSED),
        (FORTNIGHT, "许若楠", Status.MISSED),
        (FORTNIGHT, "赵子涵", Status.MISSED),
        (FORTNIGHT, "陈一诺", Status.MISSED),
        (FORTNIGHT, "马依依", Status.MISSED),
        (NEXT, "林知夏", Status.MISSED),
        (NEXT, "许若楠", Status.MET),
        (NEXT, "赵子涵", Status.MISSED),
        (NEXT, "陈一诺", Status.MISSED),
        (NEXT, "马依依", Status.MISSED),
        (AFTER_NEXT, "林知夏", Status.DUE),
        (AFTER_NEXT, "许若楠", Status.DUE),
        (AFTER_NEXT, "赵子涵", Status.DUE),
        (AFTER_NEXT, "陈一诺", Status.DUE),
        (AFTER_NEXT, "马依依", Status.DUE),
    ]
    assert differences(cast.school, first=FORTNIGHT, last=last, as_of=last) == []


def test_job_of_an_earlier_day_that_comes_late_forgets_no_talk(cast):
    """The job of Wednesday waited until Friday; on Thursday somebody had a talk, and a child's leave was seen."""
    thursday = TODAY + timedelta(days=2)
    talk(cast.head_teacher, cast.lin, day=thursday, at=at(thursday))
    students.pause(by=None, student=cast.ma, kind="leave", first=thursday, last=None, at=NOW)
    actions.settle_changes(cast.school, on=thursday, at=at(thursday))
    for child in (cast.lin, cast.ma):
        students.set_tier(
            by=None, student=child, tier=CareTier.objects.filter(school=cast.school).first(), on=TODAY, at=at(thursday)
        )

    night(cast, TODAY + timedelta(days=1))

    statuses = [CheckIn.objects.get(student=one).status for one in (cast.lin, cast.ma)]
    assert statuses == [Status.MET, Status.EXCUSED]


def test_first_night_begins_with_the_running_fortnight(cast):
    School.objects.filter(pk=cast.school.pk).update(listening_since=None)
    PeriodOpening.objects.filter(school=cast.school).delete()
    CheckIn.objects.filter(school=cast.school).delete()
    cast.school.refresh_from_db()

    night(cast, TODAY)

    cast.school.refresh_from_db()
    assert cast.school.listening_since == FORTNIGHT
    assert set(CheckIn.objects.filter(school=cast.school).values_list("period__start", flat=True)) == {FORTNIGHT}


def test_owner_hears_once_of_all_that_was_missed(cast):
    night(cast, SATURDAY)

    told = InboxItem.objects.filter(to=cast.head_teacher)
    assert [item.text for item in told] == ["第 11–12 周的“双周倾听”结束了，还有 2 位同学没有谈到。"]


def test_night_takes_as_many_queries_however_many_students(cast):
    """The same night twice, taken back in between: for five children, then for 35."""

    def queries():
        with transaction.atomic(), CaptureQueriesContext(connection) as seen:
            night(cast, NEXT)
            transaction.set_rollback(True)
        return len(seen)

    for_five = queries()
    for n in range(30):
        student(f"同学{n}", cast.class_1, since=FORTNIGHT)
    actions.settle_changes(cast.school, on=TODAY, at=NOW)

    assert queries() == for_five


@pytest.mark.parametrize("names", [([], []), ([0], []), ([3], []), ([], ["留守"]), ([0, 3], ["留守"])])
def test_opening_by_sets_is_what_the_pure_rule_says(cast, names):
    tiers, labels = names
    scheme = list(CareTier.objects.filter(school=cast.school))
    left_behind = CareLabel.objects.get(school=cast.school, name="留守")
    students.set_tier(by=None, student=cast.lin, tier=scheme[0], on=TERM[0], at=NOW)
    students.set_tier(by=None, student=cast.xu, tier=scheme[0], on=TERM[0], at=NOW)
    students.set_tier(by=None, student=cast.xu, tier=scheme[2], on=FORTNIGHT, at=NOW)
    StudentLabel.objects.create(school=cast.school, student=cast.ma, label=left_behind, valid_from=TERM[0])
    students.pause(by=None, student=cast.chen, kind="leave", first=FORTNIGHT, last=None, at=NOW)
    rule = QuotaRule.objects.create(
        school=cast.school, name="另一项", roles=[Role.COUNSELOR], period="fortnight", minimum=1, minutes=15
    )
    rule.tiers.set([scheme[at] for at in tiers])
    rule.labels.set(CareLabel.objects.filter(school=cast.school, name__in=labels))

    chosen = set(in_scope(cast.school, rule, day=FORTNIGHT).values_list("student", flat=True))
    night(cast, TODAY)

    assert chosen == set(CheckIn.objects.filter(rule=rule).values_list("student", flat=True))
    assert differences(cast.school, first=FORTNIGHT, last=DUE, as_of=TODAY) == []


def test_class_rule_opens_one_row_a_class_and_closes_it(cast):
    QuotaRule.objects.create(
        school=cast.school,
        name="同伴",
        roles=[Role.PEER],
        per="class",
        period="fortnight",
        minimum=1,
        minutes=15,
        together=50,
    )
    night(cast, TODAY)
    talk(cast.peer, cast.lin, cast.ma, hat="peer")
    night(cast, SATURDAY)

    found = dict(ClassCheckIn.objects.values_list("school_class", "status"))
    assert found == {
        cast.class_1.pk: Status.MET,
        cast.class_2.pk: Status.MISSED,
        cast.class_8.pk: Status.MISSED,
    }


def test_new_rule_governs_from_its_first_day_on(cast):
    begins = DUE + timedelta(days=3)
    QuotaRule.objects.create(
        school=cast.school, name="新要求", roles=[Role.LEADER], period="fortnight", minimum=1, valid_from=begins
    )
    night(cast, begins)

    assert set(CheckIn.objects.filter(rule__name="新要求").values_list("period__start", flat=True)) == {begins}
