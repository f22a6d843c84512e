"""Who hears of misses in a row and of two refusals, in the inbox and on the counselor's 今日."""

from datetime import date, timedelta

import pytest

from listening import actions, morning
from listening.declined import declined, for_counselor
from listening.models import CheckIn, Excuse, QuotaRule
from listening.quotas import Status
from notifications.models import InboxItem
from schools.models import School
from students import actions as students
from students.models import CareTier
from tests.cast import FORTNIGHT, TERM, TODAY, at, talk

PERIODS = [FORTNIGHT + timedelta(weeks=2 * n) for n in range(5)]  # their first days
LEADS = {"顾文静"}
GRADE = {"周立新"}
LEADERS = {"何建国", "程远山"}


def night(cast, day):
    actions.run_day(cast.school, on=day, at=at(day, 0, 10))


def after(n):
    """The Monday after the n-th fortnight."""
    return PERIODS[n]


def told(cast, prefix="again:"):
    rows = InboxItem.objects.filter(school=cast.school, key__startswith=prefix)
    return set(rows.values_list("to__name", flat=True))


def listen_to_all_but(cast, *left, day):
    for name, teacher in (("lin", "head_teacher"), ("ma", "head_teacher"), ("xu", "head_teacher"),
                          ("chen", "head_teacher2"), ("zhao", "head_teacher8")):  # fmt: skip
        if name not in left:
            talk(getattr(cast, teacher), getattr(cast, name), day=day, at=at(day))


def through(cast, *heard):
    """Fortnights one after the other; each says who was left out of it."""
    for n, left in enumerate(heard):
        listen_to_all_but(cast, *left, day=PERIODS[n] + timedelta(days=2))
        night(cast, after(n + 1))


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([["lin"]], set()),
        ([["lin"], ["lin"]], LEADS | GRADE),
        ([["lin"], ["lin"], ["lin"]], LEADS | GRADE | LEADERS),
        ([["lin"], [], ["lin"]], set()),
        ([["lin"], ["ma"]], set()),
    ],
    ids=["once", "twice", "three times", "met between", "two children"],
)
def test_misses_in_a_row_reach_who_can_help(cast, heard, expected):
    through(cast, *heard)

    assert told(cast) == expected


def test_an_excused_one_between_is_skipped(cast):
    through(cast, ["lin"])
    period = CheckIn.objects.filter(student=cast.lin, status=Status.DUE).get().period
    actions.excuse(by=cast.counselor, rule=cast.rule, period=period, student=cast.lin, why="外出", at=at(after(1)))
    listen_to_all_but(cast, "lin", day=PERIODS[1] + timedelta(days=2))
    night(cast, after(2))
    listen_to_all_but(cast, "lin", day=PERIODS[2] + timedelta(days=2))
    night(cast, after(3))

    assert told(cast) == LEADS | GRADE


@pytest.mark.parametrize(
    ("heard", "expected"), [([["lin"]], LEADS | GRADE), ([["lin"], ["lin"]], LEADS | GRADE | LEADERS)]
)
def test_most_care_is_told_one_step_earlier(cast, heard, expected):
    first = CareTier.objects.get(school=cast.school, order=0)
    students.set_tier(by=None, student=cast.lin, tier=first, on=TODAY, at=at(TODAY))

    through(cast, *heard)

    assert told(cast) == expected


def test_tier_that_begins_after_the_due_day_does_not_count(cast):
    first = CareTier.objects.get(school=cast.school, order=0)
    students.set_tier(by=None, student=cast.lin, tier=first, on=date(2025, 11, 24), at=at(TODAY))

    through(cast, ["lin"])

    assert told(cast) == set()


def test_counselors_rule_is_not_for_the_grade_head_and_leads_leaders_home(cast):
    QuotaRule.objects.filter(pk=cast.rule.pk).update(for_counselors=True, roles=["counselor"], name="心理教师每周倾听")

    for n in range(3):
        night(cast, after(n + 1))

    assert told(cast) == LEADS | LEADERS
    texts = set(InboxItem.objects.filter(school=cast.school).values_list("text", flat=True))
    assert [one for one in texts if "心理" in one] == []
    assert set(InboxItem.objects.filter(to=cast.principal).values_list("path", flat=True)) == {"/"}


def test_one_row_a_person_and_period_however_often_the_night_runs(cast):
    through(cast, ["lin", "ma"], ["lin", "ma"])
    once = list(InboxItem.objects.filter(key__startswith="again:").order_by("pk").values_list("to", "key", "text"))
    night(cast, after(2))
    night(cast, after(1))

    again = list(InboxItem.objects.filter(key__startswith="again:").order_by("pk").values_list("to", "key", "text"))
    assert (again, [text for *_, text in once]) == (once, ["有 2 位同学需要您帮忙安排一次倾听。"] * 2)


def test_a_changed_rule_keeps_the_row(cast):
    through(cast, ["lin"])
    listen_to_all_but(cast, "lin", day=PERIODS[1] + timedelta(days=2))
    actions.change_rule(by=cast.registrar, rule=cast.rule, at=at(PERIODS[1]), minutes=20)
    night(cast, after(2))
    for one in (cast.ma, cast.xu):
        talk(cast.head_teacher, one, day=PERIODS[2], minutes=20, at=at(PERIODS[2]))
    night(cast, after(3))

    rules = CheckIn.objects.filter(student=cast.lin).order_by("period__start").values_list("rule", flat=True)
    assert (len(set(rules)), told(cast)) == (2, LEADS | GRADE | LEADERS)


def test_a_talk_deleted_later_lengthens_the_row_that_stands(cast):
    listen_to_all_but(cast, day=TODAY)
    made = cast.lin and talk(cast.head_teacher, cast.lin, day=TODAY)
    night(cast, after(1))
    listen_to_all_but(cast, "lin", day=PERIODS[1] + timedelta(days=2))
    night(cast, after(2))
    before = told(cast)

    for one in made.__class__.objects.filter(about=cast.lin):
        actions.delete_conversation(by=cast.head_teacher, talk=one, at=at(after(2), 9))

    assert (before, told(cast)) == (set(), LEADS | GRADE)


def declines(cast, *fortnights):
    for n in fortnights:
        day = PERIODS[n] + timedelta(days=1)
        talk(cast.head_teacher, cast.lin, day=day, at=at(day), outcome="declined")
        night(cast, after(n + 1))


def names(cast, person, day):
    return [row.student.name for row in for_counselor(person, at=at(day, 8))]


def test_two_refusals_put_the_child_on_the_counselors_list(cast):
    declines(cast, 0)
    once = names(cast, cast.counselor, after(1))
    declines(cast, 1)

    assert (once, names(cast, cast.counselor, after(2))) == ([], ["林知夏"])


def test_only_the_counselor_in_charge_and_the_lead_have_the_list(cast):
    declines(cast, 0, 1)

    seen = {name: names(cast, getattr(cast, name), after(2)) for name in
            ("counselor", "counselor2", "other_counselor", "head_teacher", "principal", "grade_head")}  # fmt: skip
    assert seen == {
        "counselor": ["林知夏"], "counselor2": [], "other_counselor": [], "head_teacher": [], "principal": [],
        "grade_head": [],
    }  # fmt: skip


def test_a_person_s_excuse_is_no_refusal(cast):
    declines(cast, 0, 1)
    period = CheckIn.objects.filter(student=cast.lin).order_by("-period__start")[1].period
    actions.excuse(by=None, rule=cast.rule, period=period, student=cast.lin, why="家里有事", at=at(after(2), 7))

    assert (Excuse.objects.count(), declined(School.objects.get(pk=cast.school.pk), on=after(2))) == (1, [])


def test_a_made_talk_takes_the_child_off_the_list(cast):
    declines(cast, 0, 1)
    talk(cast.head_teacher, cast.lin, day=after(2), at=at(after(2), 9))

    assert declined(cast.school, on=after(2)) == []


def test_the_counselor_is_told_in_the_morning_once(cast):
    declines(cast, 0, 1)
    asleep = told(cast, "declined:")
    for _ in range(2):
        morning.digest(cast.school, day=after(2), at=at(after(2), 7))

    rows = InboxItem.objects.filter(key__startswith="declined:")
    assert (asleep, [(row.to.name, row.text) for row in rows]) == (
        set(),
        [("顾文静", "有同学连续两次婉拒了倾听，请看看怎样陪伴更合适。")],
    )


def test_today_shows_the_list_to_the_counselor_by_name(cast, as_person, time_machine_at):
    declines(cast, 0, 1)
    with time_machine_at(at(after(2), 8)):
        pages = [as_person(one).get("/").content.decode() for one in (cast.counselor, cast.grade_head)]

    assert ["连续两次婉拒" in page for page in pages] == [True, False]
    assert "林知夏" in pages[0]


@pytest.fixture
def time_machine_at():
    import time_machine

    return lambda moment: time_machine.travel(moment, tick=False)


def test_the_term_has_room_for_these_fortnights():
    assert PERIODS[-1] < TERM[1]
