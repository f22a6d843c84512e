"""The presets, and what becomes of tiers when a school changes its scheme. No past assignment is rewritten."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from schools.models import School
from students import actions
from students.care import care_of, current_tiers
from students.models import CareTier, RosterChange, TierAssignment
from students.schemes import BY_KEY, DEFAULT, PRESETS
from tests.cast import TODAY, at

Axis = CareTier.Axis
HOLIDAY = date(2026, 2, 2)
SINCE = date(2025, 11, 3)


def test_presets_are_those_of_the_rule_book():
    assert {one.name: [tier.name for tier in one.tiers] for one in PRESETS} == {
        "倾听一刻钟": ["有明显心理问题倾向", "有心理问题倾向", "重点关爱", "普通"],
        "三级": ["情绪问题明显、学习困难", "轻度情绪困扰", "心理健康状况良好"],
        "四级·程度": ["心理问题较为严重", "有心理困扰", "正常发展但需关注", "普通"],
        "四级·来源": ["已确诊", "明显心理困扰", "家庭成员有心理问题", "普通"],
        "两类": ["情绪波动明显", "其他心理支持需求", "普通"],
    }


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.key)
def test_each_preset_falls_along_the_axis_from_its_top_to_its_end(preset):
    axes = [tier.axis for tier in preset.tiers]

    assert (axes[0], axes[-1], axes) == (Axis.S3, Axis.S0, sorted(set(axes), reverse=True))
    assert [tier.review is None for tier in preset.tiers] == [tier.axis == Axis.S0 for tier in preset.tiers]
    assert all(tier.definition and tier.guidance and len(tier.name) <= 20 for tier in preset.tiers)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.key)
def test_school_begins_with_the_preset_it_chooses(db, preset):
    school = School.objects.create(name="新校")

    actions.adopt_scheme(school, preset=preset)
    actions.adopt_scheme(school)

    tiers = CareTier.objects.filter(school=school).values_list("name", "order", "axis", "scheme")
    assert list(tiers) == [(tier.name, order, tier.axis, preset.name) for order, tier in enumerate(preset.tiers)]


@pytest.mark.parametrize("old", PRESETS, ids=lambda one: one.key)
@pytest.mark.parametrize("new", PRESETS, ids=lambda one: one.key)
def test_no_change_of_scheme_lowers_anybody(old, new):
    assert [tier.name for tier in old.tiers if new.at_least(tier.axis).axis < tier.axis] == []


def given(cast, student, axis, on=SINCE):
    tier = CareTier.objects.in_use().get(school=cast.school, axis=axis)
    return actions.set_tier(by=None, student=student, tier=tier, on=on, at=at(on))


def change(cast, key="three", day=HOLIDAY):
    return actions.change_scheme(by=cast.counselor, school=cast.school, preset=BY_KEY[key], at=at(day))


def test_change_gives_as_much_care_from_the_day_on_and_leaves_the_past(cast):
    for student, axis in ((cast.lin, Axis.S3), (cast.ma, Axis.S2), (cast.xu, Axis.S1), (cast.chen, Axis.S0)):
        given(cast, student, axis)
    past = list(TierAssignment.objects.order_by("pk").values())

    change(cast)

    assert list(TierAssignment.objects.filter(pk__in=[row["id"] for row in past]).order_by("pk").values()) == past
    now = current_tiers(cast.school, on=HOLIDAY)
    assert {one.student.name: one.tier.name for one in now.values()} == {
        "林知夏": "情绪问题明显、学习困难",
        "马依依": "情绪问题明显、学习困难",
        "许若楠": "轻度情绪困扰",
        "陈一诺": "心理健康状况良好",
    }
    assert {one.tier.name for one in current_tiers(cast.school, on=TODAY).values()} == {
        tier.name for tier in DEFAULT.tiers
    }


def test_change_keeps_the_review_day_and_listening_hears_of_it(cast):
    made = given(cast, cast.lin, Axis.S2)
    TierAssignment._base_manager.filter(pk=made.pk).update(review_on=date(2026, 2, 20))

    change(cast)

    assert care_of(cast.lin, on=HOLIDAY).held.review_on == date(2026, 2, 20)
    assert RosterChange.objects.filter(student=cast.lin, kind="tier", effective_on=HOLIDAY).count() == 1


def test_who_has_no_assignment_is_in_the_last_tier_of_the_scheme_of_the_day(cast):
    change(cast)

    tiers = CareTier.objects.filter(school=cast.school)
    assert care_of(cast.lin, on=HOLIDAY).tier.name == "心理健康状况良好"
    assert [tiers.get(pk=pk).name for _, pk in tiers.last_ones()] == ["普通", "心理健康状况良好"]
    assert [one.name for one in tiers.in_use_on(TODAY)] == [tier.name for tier in DEFAULT.tiers]


def test_last_tier_is_that_of_the_last_choice_of_a_day(cast):
    change(cast, "degree")
    change(cast, "three")

    tiers = CareTier.objects.filter(school=cast.school)
    assert [tiers.get(pk=pk).name for _, pk in tiers.last_ones()] == ["普通", "心理健康状况良好"]


def test_within_a_term_no_scheme_is_changed(cast):
    with pytest.raises(actions.InTerm):
        change(cast, day=TODAY)


def test_before_a_school_has_begun_to_listen_it_may_choose_within_a_term(cast):
    School.objects.filter(pk=cast.school.pk).update(listening_since=None)
    cast.school.refresh_from_db()

    change(cast, "two", day=TODAY)

    assert care_of(cast.lin, on=TODAY).tier.scheme == "两类"


def test_same_scheme_again_is_refused(cast):
    with pytest.raises(actions.SameScheme):
        change(cast, "listening")

    assert CareTier.objects.filter(school=cast.school).count() == 4


def test_proposal_of_the_old_scheme_is_not_confirmed_any_more(cast):
    tier = CareTier.objects.get(school=cast.school, axis=Axis.S2)
    waiting = actions.propose(
        by=cast.counselor, student=cast.lin, tier=tier, reason="理由", review_on=None, at=at(date(2026, 1, 30))
    )
    change(cast)

    with pytest.raises(actions.SchemeChanged):
        actions.confirm_tier(by=cast.counselor, proposal=waiting, at=at(HOLIDAY))
    actions.withdraw(by=cast.counselor, proposal=waiting, at=at(HOLIDAY))


def test_database_keeps_one_scheme_in_use(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        CareTier.objects.create(school=cast.school, name="再一层", order=0, axis=Axis.S3)


def test_steps_say_what_a_change_would_mean(cast):
    given(cast, cast.lin, Axis.S2)
    given(cast, cast.ma, Axis.S2)

    steps = actions.scheme_steps(cast.school, BY_KEY["three"], on=TODAY)

    assert [(one.old.name, one.new.name, one.students) for one in steps] == [
        ("有明显心理问题倾向", "情绪问题明显、学习困难", 0),
        ("有心理问题倾向", "情绪问题明显、学习困难", 2),
        ("重点关爱", "轻度情绪困扰", 0),
        ("普通", "心理健康状况良好", 0),
    ]
