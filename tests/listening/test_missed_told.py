"""What was told of misses stays true, also of whole classes; the limit of late entries keeps its history."""

from datetime import timedelta

import pytest
from django.urls import reverse

from listening import actions, morning
from listening.boards import board
from listening.consistency import differences
from listening.models import CheckIn, ClassCheckIn, QuotaRule
from listening.my_list import my_lists
from listening.quotas import Status
from notifications.models import InboxItem
from schools import actions as schools
from schools.roles import Role
from students import actions as students
from students.models import CareTier, Guardian
from tests.cast import DUE, FORTNIGHT, TERM, TODAY, at, student, talk

PERIODS = [FORTNIGHT + timedelta(weeks=2 * n) for n in range(5)]  # their first days
SATURDAY = DUE + timedelta(days=1)
ONE_LEFT = "第 11–12 周的“双周倾听”结束了，还有 1 位同学没有谈到。"
TWO_LEFT = "第 11–12 周的“双周倾听”结束了，还有 2 位同学没有谈到。"


def night(cast, day):
    actions.run_day(cast.school, on=day, at=at(day, 0, 10))


def told(cast, prefix):
    rows = InboxItem.objects.filter(school=cast.school, key__startswith=prefix)
    return {row.to.username: row.text for row in rows}


def test_late_entry_corrects_the_number_and_the_last_one_takes_the_row_away(cast):
    night(cast, SATURDAY)
    InboxItem.objects.filter(to=cast.head_teacher).update(read_at=at(SATURDAY, 9))
    texts = [told(cast, "missed:")["headteacher"]]

    talk(cast.head_teacher, cast.lin, day=TODAY, at=at(SATURDAY, 10))
    texts.append(told(cast, "missed:")["headteacher"])
    read = InboxItem.objects.get(to=cast.head_teacher).read_at
    talk(cast.head_teacher, cast.xu, day=TODAY, at=at(SATURDAY, 10))

    assert (texts, read) == ([TWO_LEFT, ONE_LEFT], at(SATURDAY, 9))
    assert "headteacher" not in told(cast, "missed:")
    assert set(told(cast, "missed:")) == {"headteacher2", "headteacher8", "teacher"}


def test_excuse_corrects_the_number(cast):
    night(cast, SATURDAY)
    period = CheckIn.objects.get(student=cast.lin).period

    actions.excuse(by=None, rule=cast.rule, period=period, student=cast.lin, why="外出比赛", at=at(SATURDAY))

    assert told(cast, "missed:")["headteacher"] == ONE_LEFT


def test_talk_that_is_deleted_again_tells_the_owner_anew(cast):
    night(cast, SATURDAY)
    made = talk(cast.head_teacher, cast.lin, day=TODAY, at=at(SATURDAY, 10))
    InboxItem.objects.filter(to=cast.head_teacher).update(read_at=at(SATURDAY, 11))

    actions.delete_conversation(by=cast.head_teacher, talk=made, at=at(SATURDAY, 12))

    row = InboxItem.objects.get(to=cast.head_teacher)
    assert (row.text, row.read_at) == (TWO_LEFT, None)


def test_late_entry_shortens_a_row_of_misses_that_was_told(cast):
    night(cast, PERIODS[1])
    night(cast, PERIODS[2])
    before = told(cast, "again:")

    for teacher, child in (
        ("head_teacher", "lin"),
        ("head_teacher", "xu"),
        ("teacher", "ma"),
        ("head_teacher8", "zhao"),
    ):
        talk(getattr(cast, teacher), getattr(cast, child), day=PERIODS[1], at=at(PERIODS[2]))
    after = told(cast, "again:")
    talk(cast.head_teacher2, cast.chen, day=PERIODS[1], at=at(PERIODS[2]))

    assert before == {
        "counselor": "有 5 位同学需要您帮忙安排一次倾听。",
        "gradehead": "有 4 位同学需要您帮忙安排一次倾听。",
    }
    assert after == dict.fromkeys(before, "有 1 位同学需要您帮忙安排一次倾听。")
    assert told(cast, "again:") == {}


@pytest.mark.parametrize("lineage", ["same", "changed"])
def test_counting_by_sets_is_what_one_by_one_says(cast, lineage):
    """Excused, met, most care, a mentor, a relative, a newcomer: together in one class."""
    scheme = list(CareTier.objects.filter(school=cast.school))
    more = {n: student(f"同学{n}", cast.class_1) for n in range(6)}
    new = student("新来的", cast.class_1, since=PERIODS[2])
    actions.settle_changes(cast.school, on=TODAY, at=at(TODAY))
    students.set_tier(by=None, student=more[0], tier=scheme[0], on=TODAY, at=at(TODAY))
    students.set_tier(by=None, student=more[1], tier=scheme[0], on=TODAY, at=at(TODAY))
    students.set_tier(by=None, student=more[1], tier=scheme[-1], on=PERIODS[1], at=at(TODAY))
    Guardian.objects.create(
        school=cast.school, student=more[2], user=cast.head_teacher, name="刘敏", relation="mother", valid_from=TERM[0]
    )
    night(cast, PERIODS[1])
    if lineage == "changed":
        actions.change_rule(by=cast.registrar, rule=cast.rule, at=at(PERIODS[1]), minutes=10)
    period = CheckIn.objects.filter(student=more[3], status=Status.DUE).get().period
    actions.excuse(by=None, rule=cast.rule, period=period, student=more[3], why="外出", at=at(PERIODS[1]))
    talk(cast.head_teacher, more[4], day=PERIODS[1], at=at(PERIODS[1]))
    night(cast, PERIODS[2])
    night(cast, PERIODS[3])

    # lin, ma, xu, chen, more 0 1 2 5: three in a row; more 3: two, skipping; more 4 and the newcomer: one.
    everybody = 9 + 1  # with zhao of the eighth grade
    assert told(cast, f"again:{cast.rule.lineage}:{PERIODS[2]}") == {
        "counselor": f"有 {everybody} 位同学需要您帮忙安排一次倾听。",
        "gradehead": f"有 {everybody - 1} 位同学需要您帮忙安排一次倾听。",
        "moral": f"有 {everybody - 1} 位同学需要您帮忙安排一次倾听。",
        "principal": f"有 {everybody - 1} 位同学需要您帮忙安排一次倾听。",
    }
    assert CheckIn.objects.filter(student=new, status=Status.MISSED).count() == 1
    rows = InboxItem.objects.filter(key__startswith="missed:", key__endswith=str(PERIODS[2]))
    assert {row.to.username: row.text.partition("还有 ")[2][:2].strip() for row in rows} == {
        "headteacher": "8", "headteacher2": "1", "headteacher8": "1", "gradehead": "1", "teacher": "1",
    }  # fmt: skip


@pytest.fixture
def by_class(cast):
    return QuotaRule.objects.create(
        school=cast.school, name="同伴倾听", roles=[Role.PEER], per="class", period="fortnight", minutes=15, together=50
    )


def test_missed_class_is_told_to_its_head_teacher_once(cast, by_class):
    night(cast, TODAY)
    talk(cast.peer, cast.lin, cast.ma, hat="peer")
    for _ in range(2):
        night(cast, SATURDAY)

    key = f"missed:{by_class.uid}:{FORTNIGHT}"
    text = "第 11–12 周的“同伴倾听”结束了，还有 1 个班没有开展。"
    assert told(cast, key) == {"headteacher2": text, "headteacher8": text}
    assert InboxItem.objects.get(to=cast.head_teacher2, key=key).path == reverse(
        "listening:check-in", args=[cast.class_2.uid, by_class.uid, FORTNIGHT]
    )


def test_class_that_is_met_late_is_taken_back(cast, by_class):
    night(cast, SATURDAY)
    key = f"missed:{by_class.uid}"
    before = set(told(cast, key))

    talk(cast.peer, cast.lin, hat="peer", day=TODAY, at=at(SATURDAY))

    assert (before, set(told(cast, key))) == (
        {"headteacher", "headteacher2", "headteacher8"}, {"headteacher2", "headteacher8"},
    )  # fmt: skip


def test_class_missed_again_reaches_who_can_help(cast, by_class):
    key = f"again:{by_class.lineage}:"
    night(cast, PERIODS[1])
    once = told(cast, key)
    night(cast, PERIODS[2])
    twice = told(cast, key)
    night(cast, PERIODS[3])

    assert (once, twice) == ({}, {"counselor": "有 3 个班需要您帮忙安排一次同伴倾听。",
                                  "gradehead": "有 2 个班需要您帮忙安排一次同伴倾听。"})  # fmt: skip
    assert set(told(cast, key)) == {"counselor", "gradehead", "moral", "principal"}


def test_classes_stand_in_the_morning_digest(cast, by_class):
    night(cast, TODAY)
    morning.digest(cast.school, day=DUE - timedelta(days=1), at=at(DUE, 7))
    night(cast, PERIODS[1])
    morning.digest(cast.school, day=PERIODS[1], at=at(PERIODS[1], 7))

    texts = InboxItem.objects.filter(to=cast.head_teacher2, key__startswith="digest:").order_by("at", "pk")
    assert set(texts.values_list("text", flat=True)) == {
        "有 1 位同学待倾听，其中 1 位下一个上课日到期；有 1 个班待开展同伴倾听，其中 1 个班下一个上课日到期。",
        "有 1 位同学待倾听；有 1 个班待开展同伴倾听；"
        "新结束的周期里有 1 位没有谈到；新结束的周期里有 1 个班没有开展同伴倾听。",
    }
    assert ClassCheckIn.objects.filter(status=Status.MISSED).count() == 3


@pytest.mark.parametrize(
    ("first", "then", "entered", "expected"),
    [(7, 2, 5, (Status.MET, True)), (2, 7, 5, (Status.MISSED, False))],
    ids=["shorter later", "longer later"],
)
def test_changed_limit_judges_nothing_anew_that_was_over(cast, first, then, entered, expected):
    """Entered on the fifth day after the due day, under a limit of seven or of two; then the limit changes."""
    type(cast.school).objects.filter(pk=cast.school.pk).update(late_days=first)
    cast.school.refresh_from_db()
    cast.lin.refresh_from_db()
    day = DUE + timedelta(days=entered)
    night(cast, day)
    talk(cast.head_teacher, cast.lin, day=TODAY, at=at(day))
    said = CheckIn.objects.filter(student=cast.lin).order_by("period__start").first()

    cast.school = schools.change_late_days(by=cast.registrar, school=cast.school, days=then, at=at(day, 15))
    actions.settle(cast.school, students=[cast.lin.pk], first=FORTNIGHT, last=day, on=day, at=at(day, 16))

    again = CheckIn.objects.get(pk=said.pk)
    assert ((said.status, said.late), (again.status, again.late)) == (expected, expected)
    assert differences(cast.school, first=FORTNIGHT, last=day, as_of=day) == []


def test_changed_limit_holds_for_what_is_due_from_then_on(cast):
    school = schools.change_late_days(by=cast.registrar, school=cast.school, days=2, at=at(TODAY))
    school = schools.change_late_days(by=cast.registrar, school=school, days=3, at=at(TODAY, 15))

    yesterday = TODAY - timedelta(days=1)
    assert [school.late_days_of(day) for day in (TERM[0], yesterday, TODAY, DUE)] == [7, 7, 3, 3]
    assert school.late_days_before == [[yesterday.isoformat(), 7]]


@pytest.mark.parametrize("entered", [3, 4])
def test_open_period_gets_the_new_limit(cast, entered):
    cast.school = schools.change_late_days(by=cast.registrar, school=cast.school, days=3, at=at(TODAY))
    cast.rule.refresh_from_db()
    cast.lin.school = cast.school
    day = DUE + timedelta(days=entered)
    night(cast, day)
    talk(cast.head_teacher, cast.lin, day=TODAY, at=at(day))

    status = CheckIn.objects.filter(student=cast.lin).order_by("period__start").first().status
    assert status == (Status.MET if entered == 3 else Status.MISSED)


def test_miss_under_the_earlier_version_of_a_rule_counts(cast):
    actions.change_rule(by=cast.registrar, rule=cast.rule, at=at(TODAY), minutes=20)
    night(cast, PERIODS[1])

    klass = type(cast.class_1).objects.select_related("school", "grade").get(pk=cast.class_1.pk)
    rows = board(klass, cast.head_teacher, day=PERIODS[1], at=at(PERIODS[1])).rows
    groups = [group for one in my_lists(cast.head_teacher, at=at(PERIODS[1])) for group in one.groups]
    assert [cell.miss for row in rows for cell in row.cells] == ["上期漏谈"] * 3
    assert {entry.overdue_days for group in groups for entry in group.entries} == {3}
