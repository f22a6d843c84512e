"""重点关爱, and the scheme of the lead counselor."""

from datetime import date

import pytest
from django.urls import reverse

from listening.models import QuotaRule
from reports.scheme_change import change_scheme
from schools.models import School, Term
from schools.roles import Role
from students import actions
from students.models import CareLabel, CareTier, TierAssignment
from students.schemes import BY_KEY
from tests.cast import NOW, TODAY, at, talk
from tests.pages import read_page

Axis = CareTier.Axis
SINCE = date(2025, 11, 3)
HOLIDAY = date(2026, 2, 2)
LIST = reverse("care")


def tier(cast, axis):
    return CareTier.objects.in_use().get(school=cast.school, axis=axis)


def cared_for(cast, student, axis, review=None):
    given = actions.set_tier(by=None, student=student, tier=tier(cast, axis), on=SINCE, at=at(SINCE))
    TierAssignment._base_manager.filter(pk=given.pk).update(review_on=review)


def names(client, query=""):
    page = read_page(client.get(LIST + query))
    return [row.all("a", **{"class": "q-who"})[0].text for row in page.rows]


@pytest.fixture
def everybody(cast):
    cared_for(cast, cast.lin, Axis.S1, date(2025, 11, 17))
    cared_for(cast, cast.ma, Axis.S3, date(2025, 12, 1))
    cared_for(cast, cast.zhao, Axis.S3, date(2025, 11, 25))
    cared_for(cast, cast.xu, Axis.S0)
    actions.propose(by=cast.counselor, student=cast.chen, tier=tier(cast, Axis.S2), reason="一", review_on=None, at=NOW)
    return cast


def test_list_holds_whoever_is_cared_for_more_or_waits_the_most_care_first(everybody, as_person):
    assert names(as_person(everybody.counselor)) == ["赵子涵", "马依依", "林知夏", "陈一诺"]


@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [
        ("counselor2", "?show=mine", ["赵子涵"]),
        ("counselor", "?show=waiting", ["陈一诺"]),
        ("counselor", "?show=review", ["林知夏"]),
        ("counselor", "?axis=3", ["赵子涵", "马依依"]),
        ("counselor", "?show=review&axis=3", []),
        ("counselor", "?show=nothing", ["赵子涵", "马依依", "林知夏", "陈一诺"]),
        ("counselor", "?axis=x", []),
        ("other_counselor", "", []),
    ],
)
def test_list_shows_some_of_them(everybody, as_person, name, query, expected):
    assert names(as_person(getattr(everybody, name)), query) == expected


def test_row_says_tier_labels_review_and_when_somebody_listened(everybody, as_person):
    cast = everybody
    label = CareLabel.objects.get(school=cast.school, name="留守")
    actions.give_label(by=cast.counselor, student=cast.lin, label=label, reason="一", at=NOW)
    talk(cast.counselor, cast.lin, by_counselor=True)

    rows = [row.text for row in read_page(as_person(cast.counselor2).get(LIST)).rows]

    assert rows[2] == "林知夏 七年级(1)班 重点关爱 留守 11月17日该复评了 今天 · 顾文静"
    assert rows[3] == "陈一诺 七年级(2)班 还没有 等待确认 — — 还没聊过"


def test_own_child_is_not_on_the_list(everybody, as_person):
    cast = everybody
    actions.link_guardian(by=None, student=cast.ma, name="顾", user=cast.counselor, since=SINCE, at=NOW)

    assert "马依依" not in names(as_person(cast.counselor))


def test_student_who_left_is_not_on_the_list(everybody, as_person):
    everybody.ma.enrolments.update(valid_to=date(2025, 11, 17))

    assert "马依依" not in names(as_person(everybody.counselor))


@pytest.mark.parametrize(("name", "shown"), [("counselor", True), ("counselor2", False)])
def test_scheme_is_the_lead_counselors(cast, as_person, name, shown):
    page = as_person(getattr(cast, name)).get(LIST).content.decode()

    assert (reverse("care-scheme") in page) == shown


@pytest.mark.parametrize(("name", "shown"), [("counselor", True), ("head_teacher", False), ("principal", False)])
def test_menu_leads_counselors_alone_to_the_list(cast, as_person, name, shown):
    assert (f'href="{LIST}"' in as_person(getattr(cast, name)).get("/").content.decode()) == shown


def change_page(key):
    return reverse("care-scheme-change", args=[key])


def test_preview_says_what_takes_the_place_of_each_tier(everybody, as_person):
    page = read_page(as_person(everybody.counselor).get(change_page("three"))).text

    assert "有明显心理问题倾向 → 情绪问题明显、学习困难 2 位同学" in page
    assert "学期中不换方案。" in page


def test_change_within_a_term_is_refused(everybody, as_person):
    answer = as_person(everybody.counselor).post(change_page("three"))

    assert (answer.status_code, CareTier.objects.filter(school=everybody.school).count()) == (422, 4)


def test_change_between_terms_is_made(everybody, as_person):
    Term.objects.filter(school=everybody.school).update(last_day=date(2025, 11, 14))

    answer = as_person(everybody.counselor).post(change_page("three"))

    assert answer["Location"] == reverse("care-scheme")
    assert CareTier.objects.in_use().filter(school=everybody.school).count() == 3


def test_unknown_scheme_is_as_absent(cast, as_person):
    assert as_person(cast.counselor).get("/care/scheme/twelve/").status_code == 404


def rule_for(cast, *axes):
    rule = QuotaRule.objects.create(
        school=cast.school,
        name="每周",
        order=50,
        roles=[Role.COUNSELOR],
        for_counselors=True,
        period="week",
        minutes=15,
    )
    rule.tiers.set(CareTier.objects.filter(school=cast.school, axis__in=axes))
    return rule


def test_requirement_asks_for_the_tiers_that_took_their_places_and_the_past_stands(cast):
    old = rule_for(cast, Axis.S3, Axis.S2)
    Term.objects.create(
        school=cast.school, name="二", year="2025-2026", first_day=date(2026, 2, 23), last_day=date(2026, 7, 3)
    )

    change_scheme(by=cast.counselor, school=cast.school, preset=BY_KEY["degree"], at=at(HOLIDAY))

    old.refresh_from_db()
    new = QuotaRule.objects.get(lineage=old.lineage, valid_to=None)
    assert (new != old, old.valid_to is not None) == (True, True)
    assert sorted(new.tiers.values_list("name", flat=True)) == ["心理问题较为严重", "有心理困扰"]
    assert sorted(old.tiers.values_list("name", flat=True)) == ["有心理问题倾向", "有明显心理问题倾向"]


def test_requirement_for_everybody_is_left_alone(cast):
    before = list(QuotaRule.objects.values("pk", "valid_to"))

    change_scheme(by=cast.counselor, school=cast.school, preset=BY_KEY["two"], at=at(HOLIDAY))

    assert list(QuotaRule.objects.values("pk", "valid_to")) == before


def test_school_that_has_not_begun_keeps_one_row_of_each_requirement(cast):
    School.objects.filter(pk=cast.school.pk).update(listening_since=None)
    cast.school.refresh_from_db()
    rule = rule_for(cast, Axis.S3)

    change_scheme(by=cast.counselor, school=cast.school, preset=BY_KEY["two"], at=at(TODAY))

    assert [one.name for one in QuotaRule.objects.get(lineage=rule.lineage).tiers.all()] == ["情绪波动明显"]


def test_lead_adds_a_label_and_puts_one_aside(cast, as_person):
    client = as_person(cast.counselor)

    added = client.post(reverse("care-label-new"), {"name": "随迁"})
    aside = client.post(reverse("care-label-aside", args=[CareLabel.objects.get(school=cast.school, name="贫困").uid]))

    assert (added.status_code, aside.status_code) == (302, 302)
    offered = CareLabel.objects.filter(school=cast.school, is_offered=True).values_list("name", flat=True)
    assert ("随迁" in offered, "贫困" in offered) == (True, False)


@pytest.mark.parametrize(
    ("name", "why"), [("留守", "已经有这个标签了"), ("", "写一个标签的名称"), ("长" * 21, "最多 20 字")]
)
def test_refused_label_keeps_the_page(cast, as_person, name, why):
    answer = as_person(cast.counselor).post(reverse("care-label-new"), {"name": name})

    assert (answer.status_code, why in answer.content.decode()) == (422, True)
