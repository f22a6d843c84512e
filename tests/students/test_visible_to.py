"""Whom each person sees, in one table; and what a date, a link or a second role changes."""

from datetime import date, timedelta

import pytest

from schools.models import Membership
from schools.permissions import Permission
from schools.roles import Role
from students import actions
from students.models import Guardian, Student
from tests.cast import NOW, TERM, TODAY, at, person

EVERYBODY = ["chen", "lin", "ma", "xu", "zhao"]


def seen(cast, user, under=Permission.STUDENT_LIST, moment=NOW):
    """Who is seen, by the part they play."""
    parts = {one.pk: part for part, one in cast.students.items()}
    return sorted(
        parts[pk] for pk in Student.objects.visible_to(user, at=moment, under=under).values_list("pk", flat=True)
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("counselor", EVERYBODY),
        ("counselor2", EVERYBODY),
        ("head_teacher", ["lin", "ma", "xu"]),
        ("head_teacher2", ["chen"]),
        ("head_teacher8", ["zhao"]),
        ("teacher", ["lin", "ma", "xu"]),
        ("grade_head", ["chen", "lin", "ma", "xu"]),
        ("leader", EVERYBODY),
        ("principal", EVERYBODY),
        ("registrar", EVERYBODY),
        ("parent", []),
        ("student", []),
        ("peer", []),
        ("bureau", []),
        ("stranger", []),
        ("admin", []),
        ("other_counselor", ["other"]),
        ("other_head_teacher", ["other"]),
    ],
)
def test_names_by_role(cast, name, expected):
    assert seen(cast, getattr(cast, name)) == expected


@pytest.mark.parametrize(
    ("name", "permission", "expected"),
    [
        ("head_teacher", Permission.STUDENT_VIEW, ["lin", "ma", "xu"]),
        ("teacher", Permission.STUDENT_VIEW, ["ma"]),
        ("grade_head", Permission.STUDENT_VIEW, []),
        ("principal", Permission.STUDENT_VIEW, []),
        ("registrar", Permission.STUDENT_EDIT, EVERYBODY),
        ("head_teacher", Permission.STUDENT_EDIT, []),
        ("counselor", Permission.STUDENT_EDIT, []),
        ("counselor", Permission.GUARDIAN_PHONE_VIEW, ["chen", "lin", "ma", "xu"]),
        ("counselor2", Permission.GUARDIAN_PHONE_VIEW, ["zhao"]),
        ("teacher", Permission.GUARDIAN_PHONE_VIEW, []),
        ("registrar", Permission.MY_LIST_VIEW, []),
        ("registrar", Permission.CONVERSATION_VIEW, []),
    ],
)
def test_reach_is_that_of_the_permission(cast, name, permission, expected):
    assert seen(cast, getattr(cast, name), under=permission) == expected


def test_roles_add_up_but_open_no_more_than_each(cast):
    Membership.objects.create(
        user=cast.teacher, role=Role.HEAD_TEACHER, school=cast.school, school_class=cast.class_8, valid_from=TERM[0]
    )

    assert seen(cast, cast.teacher) == ["lin", "ma", "xu", "zhao"]
    assert seen(cast, cast.teacher, under=Permission.STUDENT_VIEW) == ["ma", "zhao"]
    assert seen(cast, cast.teacher, under=Permission.BOARD_VIEW) == ["zhao"]


def test_roles_in_two_schools_add_up(cast):
    Membership.objects.create(
        user=cast.head_teacher2, role=Role.COUNSELOR, school=cast.other_school, valid_from=TERM[0]
    )

    assert seen(cast, cast.head_teacher2) == ["chen", "other"]


@pytest.mark.parametrize("name", ["head_teacher", "counselor", "registrar", "principal"])
def test_own_child_is_shut_out_of_every_role_of_staff(cast, name):
    user = getattr(cast, name)
    before = seen(cast, user)
    Guardian.objects.create(school=cast.school, student=cast.lin, name=user.name, user=user)

    assert seen(cast, user) == [one for one in before if one != "lin"]


def test_own_child_stays_shut_out_when_the_link_is_barred_or_over(cast):
    Guardian.objects.create(
        school=cast.school,
        student=cast.lin,
        name="刘敏",
        user=cast.head_teacher,
        barred_from=TERM[0],
        valid_to=TODAY - timedelta(days=9),
    )

    assert seen(cast, cast.head_teacher) == ["ma", "xu"]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({"valid_to": TODAY}, ["lin", "ma", "xu"]),
        ({"valid_to": TODAY - timedelta(days=1)}, []),
        ({"valid_from": TODAY}, ["lin", "ma", "xu"]),
        ({"valid_from": TODAY + timedelta(days=1)}, []),
    ],
)
def test_membership_holds_both_its_days(cast, span, expected):
    Membership.objects.filter(user=cast.head_teacher).update(**span)

    assert seen(cast, cast.head_teacher) == expected


def test_disabled_account_sees_nobody(cast):
    cast.head_teacher.is_active = False

    assert seen(cast, cast.head_teacher) == []


def test_pairing_that_is_over_opens_nothing(cast):
    cast.teacher.mentees.update(valid_to=TODAY - timedelta(days=1))

    assert seen(cast, cast.teacher, under=Permission.STUDENT_VIEW) == []


def test_moved_child_goes_with_the_class_of_the_day(cast):
    actions.move_class(by=None, student=cast.ma, to=cast.class_2, on=TODAY, at=NOW)
    day_before = at(TODAY - timedelta(days=1))

    assert (seen(cast, cast.head_teacher), seen(cast, cast.head_teacher2)) == (["lin", "xu"], ["chen", "ma"])
    assert seen(cast, cast.head_teacher, moment=day_before) == ["lin", "ma", "xu"]


def test_grade_goes_with_the_class_of_the_day(cast):
    actions.move_class(by=None, student=cast.ma, to=cast.class_8, on=date(2025, 11, 24), at=NOW)

    assert seen(cast, cast.grade_head) == ["chen", "lin", "ma", "xu"]
    assert seen(cast, cast.grade_head, moment=at(date(2025, 11, 24))) == ["chen", "lin", "xu"]


def test_teacher_of_the_whole_school_reaches_it(cast):
    head = person("wholeschool", "全校", Role.GRADE_HEAD, cast.school)

    assert seen(cast, head) == EVERYBODY
