"""Changing what is asked: the action on the calendar, and the pages with their step before saving."""

from datetime import date

import pytest
from django.urls import reverse

from listening import actions, rule_words
from listening.actions.rules import NeedsOne, Superseded
from listening.models import CheckIn, PeriodOpening, QuotaRule
from privacy.models import AuditEntry
from schools.calendar import PeriodKind
from students.models import CareLabel, CareTier
from tests.cast import NOW, TODAY, at, student

NEXT = date(2025, 11, 24)  # the first school day of weeks 13–14
LAST = date(2025, 11, 23)
LIST = reverse("listening:rules")
NEW = reverse("listening:rule-new")


def form(**changes):
    """双周倾听 as it stands, with changes."""
    return {
        "name": "双周倾听",
        "roles": ["head_teacher", "subject_teacher", "mentor"],
        "kind": "talk",
        "per": "student",
        "period": "fortnight",
        "weeks": "1",
        "minimum": "1",
        "maximum": "",
        "minutes": "15",
        "together": "1",
    } | changes


def edit(rule):
    return reverse("listening:rule-edit", args=[rule.uid])


def versions(rule):
    rows = QuotaRule.objects.filter(lineage=rule.lineage).order_by("pk")
    return [(row.valid_from, row.valid_to, row.minutes) for row in rows]


def test_change_is_a_new_row_from_the_next_period_on(cast):
    new = actions.change_rule(by=cast.registrar, rule=cast.rule, at=NOW, minutes=20)

    assert versions(cast.rule) == [(None, LAST, 15), (NEXT, None, 20)]
    assert (new.lineage, new.uid == cast.rule.uid) == (cast.rule.lineage, False)


def test_change_leaves_the_running_period_alone(cast):
    before = list(CheckIn.objects.order_by("pk").values_list("rule", "period", "student", "status"))
    new = actions.change_rule(by=cast.registrar, rule=cast.rule, at=NOW, minutes=20)
    actions.run_day(cast.school, on=TODAY, at=at(TODAY, 23))
    after = list(CheckIn.objects.order_by("pk").values_list("rule", "period", "student", "status"))
    actions.run_day(cast.school, on=NEXT, at=at(NEXT, 0, 10))

    opened = PeriodOpening.objects.filter(school=cast.school).order_by("period__start").values_list("rule", flat=True)
    assert (after, list(opened)) == (before, [cast.rule.pk, new.pk])


def test_change_is_written_to_the_trail_without_content(cast):
    new = actions.change_rule(by=cast.leader, rule=cast.rule, at=NOW, minutes=20, minimum=2)

    entry = AuditEntry.objects.get(verb="rule.change")
    assert (entry.by_id, entry.uid, entry.detail) == (cast.leader.pk, new.uid, "minimum,minutes")


def test_change_that_waits_is_put_right_where_it_stands(cast):
    first = actions.change_rule(by=cast.registrar, rule=cast.rule, at=NOW, minutes=20)
    second = actions.change_rule(by=cast.registrar, rule=first, at=NOW, minutes=25)

    assert (second.pk, versions(cast.rule)) == (first.pk, [(None, LAST, 15), (NEXT, None, 25)])


def test_change_of_an_older_version_is_refused(cast):
    actions.change_rule(by=cast.registrar, rule=cast.rule, at=NOW, minutes=20)

    with pytest.raises(Superseded):
        actions.change_rule(by=cast.registrar, rule=cast.rule, at=NOW, minutes=25)


def test_change_after_the_night_of_tomorrow_waits_for_the_period_after(cast):
    actions.run_day(cast.school, on=NEXT, at=at(NEXT, 0, 10))

    actions.change_rule(by=cast.registrar, rule=cast.rule, at=NOW, minutes=20)

    assert versions(cast.rule)[1][0] == date(2025, 12, 8)


def test_minimum_of_none_is_for_guardians_alone(cast):
    with pytest.raises(NeedsOne):
        actions.change_rule(by=cast.registrar, rule=cast.rule, at=NOW, minimum=0)

    assert versions(cast.rule) == [(None, None, 15)]


def test_school_that_has_not_begun_changes_at_once(cast):
    type(cast.school).objects.filter(pk=cast.school.pk).update(listening_since=None)
    PeriodOpening.objects.filter(school=cast.school).delete()
    rule = QuotaRule.objects.get(pk=cast.rule.pk)

    actions.change_rule(by=cast.registrar, rule=rule, at=NOW, minutes=20)

    assert versions(rule) == [(None, None, 20)]


def test_added_rule_begins_with_its_next_period(cast):
    rule = actions.add_rule(
        by=cast.registrar, school=cast.school, at=NOW, name="每月谈心", roles=["counselor"], period=PeriodKind.MONTH
    )

    assert (rule.valid_from, rule.for_counselors, rule.order > cast.rule.order) == (date(2025, 12, 1), True, True)


def test_ended_rule_asks_no_more_after_the_running_period(cast):
    last = actions.end_rule(by=cast.registrar, rule=cast.rule, at=NOW)
    actions.run_day(cast.school, on=NEXT, at=at(NEXT, 0, 10))

    assert (last, PeriodOpening.objects.filter(rule=cast.rule).count()) == (LAST, 1)


@pytest.mark.parametrize(
    ("old", "new", "begins", "expected"),
    [
        ("fortnight", "fortnight", NEXT, None),
        ("fortnight", "week", NEXT, None),
        ("fortnight", "month", NEXT, (date(2025, 11, 24), date(2025, 11, 28), 5)),
        ("month", "week", date(2025, 12, 1), None),
        ("month", "fortnight", date(2025, 12, 1), (date(2025, 12, 1), date(2025, 12, 5), 5)),
        ("week", "term", NEXT, None),  # the calendar knows no later term
    ],
)
def test_gap_between_old_and_new(cast, old, new, begins, expected):
    calendar = cast.school.calendar()

    found = rule_words.gap(calendar, old=(PeriodKind(old), 1), new=(PeriodKind(new), 1), begins=begins)

    assert (found and (found.first, found.last, found.days)) == expected


@pytest.mark.parametrize(
    ("rhythm", "students", "minimum", "minutes", "expected"),
    [
        ((PeriodKind.FORTNIGHT, 1), 45, 1, 15, "每两周 45 人 × 15 分钟 ≈ 11.3 小时/班"),
        ((PeriodKind.WEEK, 1), 40, 2, 15, "每周 40 人 × 2 次 × 15 分钟 ≈ 20 小时/班"),
        ((PeriodKind.WEEKS, 3), 45, 1, 0, "每 3 周 45 人 /班"),
    ],
)
def test_load_of_a_class(rhythm, students, minimum, minutes, expected):
    assert rule_words.load_of_class(rhythm, students=students, minimum=minimum, minutes=minutes) == expected


def test_few_students_of_a_tier_are_not_counted_out():
    assert rule_words.load_of_school((PeriodKind.MONTH, 1), students=3, minimum=1, minutes=15) == "每月，全校不到 5 人"


def test_list_says_who_and_how_often(cast, as_person):
    page = as_person(cast.head_teacher).get(LIST).content.decode()

    assert [word in page for word in ("双周倾听", "每两周至少 1 次", "班主任、任课教师或结对导师", "加一条要求")] == [
        True, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [("head_teacher", False), ("teacher", False), ("grade_head", False), ("counselor", True), ("leader", True)],
)
def test_list_names_tiers_to_counselors_and_to_who_keeps_the_requirements(cast, as_person, name, expected):
    rule = actions.add_rule(
        by=cast.registrar, school=cast.school, at=NOW, name="谈心谈话", roles=["head_teacher"], period="month",
        tiers=CareTier.objects.filter(school=cast.school, order=0),
        labels=CareLabel.objects.filter(school=cast.school, name="留守"),
    )  # fmt: skip
    page = as_person(getattr(cast, name)).get(LIST).content.decode()

    assert (rule.name in page, "有明显心理问题倾向" in page, "留守" in page) == (True, expected, expected)


def test_list_shows_the_change_to_come(cast, as_person):
    actions.change_rule(by=cast.registrar, rule=cast.rule, at=NOW, minutes=20)

    page = as_person(cast.registrar).get(LIST).content.decode()
    assert [word in page for word in ("到 11月23日为止，之后按新的", "11月24日起", "每次满 20 分钟")] == [True] * 3


def test_form_opens_with_what_stands(cast, as_person):
    page = as_person(cast.leader).get(edit(cast.rule)).content.decode()

    assert ('value="双周倾听"' in page, 'value="15"' in page) == (True, True)


def test_preview_says_what_it_means_and_saves_nothing(cast, as_person):
    for n in range(3):
        student(f"同学{n}", cast.class_1, since=date(2025, 9, 1))

    answer = as_person(cast.registrar).post(edit(cast.rule), form(minutes="20"))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert [
        sentence in page
        for sentence in (
            "每两周 3 人 × 20 分钟 ≈ 1 小时/班",
            "下一期 第 13–14 周（11月24日–12月7日）有 8 位同学。",
            "从 11月24日起生效，正在进行的这一期和以前的都不变。",
            "中间有空档",
        )
    ] == [True, True, True, False]
    assert versions(cast.rule) == [(None, None, 15)]


def test_preview_warns_of_a_gap(cast, as_person):
    page = as_person(cast.registrar).post(edit(cast.rule), form(period="month")).content.decode()

    assert "11月24日–28日的 5 个上课日" in page
    assert "从 12月1日起生效" in page


def test_confirmed_change_is_saved_and_answers_with_redirect(cast, as_person):
    answer = as_person(cast.registrar).post(edit(cast.rule), form(minutes="20", confirm="1"))

    assert (answer.status_code, answer["Location"], versions(cast.rule)) == (
        302, LIST, [(None, LAST, 15), (NEXT, None, 20)],
    )  # fmt: skip


def test_going_back_keeps_what_was_typed(cast, as_person):
    answer = as_person(cast.registrar).post(edit(cast.rule), form(minutes="25", back="1"))

    assert (answer.status_code, 'value="25"' in answer.content.decode()) == (200, True)


def test_nothing_changed_changes_nothing(cast, as_person):
    answer = as_person(cast.registrar).post(edit(cast.rule), form(confirm="1"))

    assert (answer.status_code, versions(cast.rule)) == (302, [(None, None, 15)])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"minimum": "0"}, "至少 1 次。"),
        ({"minimum": "3", "maximum": "2"}, "填反了"),
        ({"name": "重点关爱谈话"}, "不带层级和标签"),
        ({"name": "留守家访"}, "不带层级和标签"),
        ({"period": "weeks", "weeks": ""}, "写一下是每几周"),
        ({"roles": []}, "选至少一种人"),
    ],
)
def test_refused_form_keeps_what_was_typed(cast, as_person, changes, sentence):
    answer = as_person(cast.registrar).post(edit(cast.rule), form(minutes="37", **changes))

    page = answer.content.decode()
    assert (answer.status_code, sentence in page, 'value="37"' in page) == (422, True, True)
    assert versions(cast.rule) == [(None, None, 15)]


def test_guidance_for_guardians_may_ask_for_none(cast, as_person):
    sent = form(name="家长倾听", roles=["guardian"], period="day", minimum="0", confirm="1")

    answer = as_person(cast.registrar).post(NEW, sent)

    assert (answer.status_code, QuotaRule.objects.get(name="家长倾听").minimum) == (302, 0)


def test_class_rule_takes_no_tier(cast, as_person):
    tier = CareTier.objects.get(school=cast.school, order=0)

    answer = as_person(cast.registrar).post(NEW, form(name="同伴", per="class", tiers=[str(tier.pk)]))

    assert (answer.status_code, "按班级算的要求不分层级" in answer.content.decode()) == (422, True)


def test_registrar_is_told_no_number_of_a_tier(cast, as_person):
    tier = CareTier.objects.filter(school=cast.school).last()
    sent = form(name="谈心谈话", tiers=[str(tier.pk)])

    page = as_person(cast.registrar).post(NEW, sent).content.decode()

    assert ("人数以心理教师的名单为准" in page, "5 人" in page) == (True, False)


def test_older_version_leads_to_the_newest(cast, as_person):
    new = actions.change_rule(by=cast.registrar, rule=cast.rule, at=NOW, minutes=20)

    assert as_person(cast.leader).get(edit(cast.rule))["Location"] == edit(new)


def test_ended_requirement_is_as_absent(cast, as_person):
    client, url = as_person(cast.registrar), reverse("listening:rule-end", args=[cast.rule.uid])
    page, answer = client.get(url), client.post(url)

    assert (page.status_code, answer.status_code, client.get(edit(cast.rule)).status_code) == (200, 302, 404)
