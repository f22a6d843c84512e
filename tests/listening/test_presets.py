"""What a new school starts with."""

import pytest
from django.core.management import call_command

from listening import actions
from listening.models import CheckIn, PeriodOpening, QuotaRule
from schools.models import School
from students import actions as students
from students.models import CareLabel, CareTier
from tests.cast import TODAY, at, make_school

pytestmark = pytest.mark.django_db

NAMES = ["心理教师每周倾听", "心理教师每月倾听", "双周倾听", "谈心谈话", "家长沟通", "家访", "同伴倾听", "家长倾听"]


@pytest.fixture
def school():
    one = School.objects.create(name="新学校")
    students.adopt_scheme(one)
    actions.adopt_presets(one)
    return one


def told(rule):
    return (
        rule.name, "/".join(rule.roles), rule.kind, rule.per, rule.period, rule.minimum, rule.maximum, rule.minutes,
        rule.together, rule.for_counselors, rule.tiers.count(), rule.labels.count(),
    )  # fmt: skip


def test_presets_are_those_of_the_plan(school):
    teachers = "head_teacher/subject_teacher/mentor"

    assert [told(rule) for rule in QuotaRule.objects.filter(school=school).in_order()] == [
        ("心理教师每周倾听", "counselor", "talk", "student", "week", 1, None, 15, 1, True, 1, 0),
        ("心理教师每月倾听", "counselor", "talk", "student", "month", 1, 2, 15, 1, True, 1, 0),
        ("双周倾听", teachers, "talk", "student", "fortnight", 1, None, 15, 1, False, 0, 0),
        ("谈心谈话", teachers, "talk", "student", "month", 1, None, 15, 1, False, 3, 0),
        ("家长沟通", "head_teacher", "contact", "student", "month", 1, None, 0, 3, False, 3, 0),
        ("家访", "head_teacher/mentor", "visit", "student", "term", 1, None, 0, 3, False, 0, 8),
        ("同伴倾听", "peer", "talk", "class", "fortnight", 1, None, 15, 99, False, 0, 0),
        ("家长倾听", "guardian", "talk", "student", "day", 0, None, 15, 1, False, 0, 0),
    ]


def test_tiers_are_found_by_their_place_on_the_axis(school):
    tiers = {
        name: list(QuotaRule.objects.get(school=school, name=name).tiers.values_list("name", flat=True))
        for name in ("心理教师每周倾听", "心理教师每月倾听", "谈心谈话")
    }

    assert tiers == {
        "心理教师每周倾听": ["有明显心理问题倾向"],
        "心理教师每月倾听": ["重点关爱"],
        "谈心谈话": ["有明显心理问题倾向", "有心理问题倾向", "重点关爱"],
    }


def test_names_name_no_tier_and_no_label(school):
    care = [*CareTier.objects.values_list("name", flat=True), *CareLabel.objects.values_list("name", flat=True)]
    rules = QuotaRule.objects.filter(school=school).values_list("name", flat=True)

    assert [(rule, word) for rule in rules for word in care if word in rule] == []


def test_boards_of_teachers_begin_with_the_listening_of_every_student(school):
    assert QuotaRule.objects.filter(school=school).teachers().in_order()[0].name == "双周倾听"


def test_presets_are_adopted_once(school):
    QuotaRule.objects.filter(school=school).exclude(name="家访").delete()

    actions.adopt_presets(school)

    assert QuotaRule.objects.get(school=school).name == "家访"


def test_only_some_may_be_adopted():
    assert [rule.name for rule in make_school("另一所").quota_rules.all()] == ["双周倾听"]


def test_without_a_scheme_no_requirement_becomes_one_for_everybody():
    school = School.objects.create(name="没有方案")

    actions.adopt_presets(school)

    assert set(school.quota_rules.values_list("name", flat=True)) == {"双周倾听", "同伴倾听", "家长倾听"}


def test_create_school_gets_all_of_them(capsys):
    call_command("create_school", "山河中学")

    assert list(QuotaRule.objects.filter(school__name="山河中学").in_order().values_list("name", flat=True)) == NAMES


def test_guidance_opens_nothing(cast):
    QuotaRule.objects.filter(school=cast.school).delete()
    CheckIn.objects.filter(school=cast.school).delete()
    actions.adopt_presets(cast.school, only=("家长倾听",))

    actions.run_day(cast.school, on=TODAY, at=at(TODAY, 0, 20))

    assert PeriodOpening.objects.filter(school=cast.school, rule__name="家长倾听").count() == 0
