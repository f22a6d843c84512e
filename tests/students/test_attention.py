"""需关注 and 支持要点 on teachers' lists: for whom, and one mark whatever the tier or the label."""

from datetime import timedelta

import pytest
from django.urls import reverse

from schools.models import Membership
from schools.roles import Role
from students import actions, attention, notes
from students.care import current_card
from students.models import CareLabel, CareTier, Guardian
from tests.cast import NOW, TODAY, person
from tests.pages import read_page

Axis = CareTier.Axis


@pytest.fixture
def marked_class(cast):
    """林知夏 and 马依依 have more care than is usual, 陈一诺 of the other class too; 许若楠 has not."""
    for one in (cast.lin, cast.ma, cast.chen):
        set_tier(one, Axis.S1)
    cast.people["subject_teacher"] = person(
        "subject", "孙莉", Role.SUBJECT_TEACHER, cast.school, school_class=cast.class_1
    )
    return cast


def set_tier(student, axis, *, on=TODAY):
    tier = CareTier.objects.in_use().get(school=student.school, axis=axis)
    actions.set_tier(by=None, student=student, tier=tier, on=on, at=NOW)


def names_marked_for(cast, who):
    everybody = {one.pk: one.name for one in cast.students.values()}
    return {everybody[pk] for pk in attention.marked(getattr(cast, who), list(everybody), at=NOW)}


def test_mark_is_for_the_head_teacher_and_the_mentor_alone(marked_class):
    seen = {name: names for name in marked_class.people if (names := names_marked_for(marked_class, name))}

    assert seen == {"head_teacher": {"林知夏", "马依依"}, "teacher": {"马依依"}, "head_teacher2": {"陈一诺"}}


@pytest.mark.parametrize("axis", [Axis.S1, Axis.S2, Axis.S3])
def test_mark_is_the_same_whatever_the_tier(cast, axis):
    set_tier(cast.lin, axis)

    assert names_marked_for(cast, "head_teacher") == {"林知夏"}


def test_ordinary_tier_has_no_mark(cast):
    set_tier(cast.lin, Axis.S2, on=TODAY - timedelta(days=3))
    set_tier(cast.lin, Axis.S0)

    assert names_marked_for(cast, "head_teacher") == set()


def test_tier_that_begins_tomorrow_has_no_mark_today(cast):
    set_tier(cast.lin, Axis.S3, on=TODAY + timedelta(days=1))

    assert names_marked_for(cast, "head_teacher") == set()


def test_label_gives_the_same_mark_until_it_ends(cast):
    label = CareLabel.objects.filter(school=cast.school).first()
    given = actions.give_label(by=cast.counselor, student=cast.lin, label=label, reason="一", at=NOW)
    before = names_marked_for(cast, "head_teacher")
    actions.end_label(by=cast.counselor, given=given, reason="二", at=NOW)
    after = attention.marked(cast.head_teacher, [cast.lin.pk], at=NOW + timedelta(days=1))

    assert (before, after) == ({"林知夏"}, set())


def test_head_teacher_whose_own_child_it_is_sees_no_mark(marked_class):
    cast = marked_class
    actions.link_guardian(
        by=None, student=cast.lin, name="刘敏", relation="母亲", user=cast.head_teacher, since=TODAY, at=NOW
    )

    assert names_marked_for(cast, "head_teacher") == {"马依依"}
    assert Guardian.objects.filter(user=cast.head_teacher).exists()


def test_head_teacher_of_yesterday_sees_no_mark(marked_class):
    Membership.objects.filter(user=marked_class.head_teacher).update(valid_to=TODAY - timedelta(days=1))

    assert names_marked_for(marked_class, "head_teacher") == set()


@pytest.mark.parametrize(
    ("who", "route", "count"),
    [
        ("head_teacher", "listening:board", 2),
        ("grade_head", "listening:board", 0),
        ("counselor", "listening:board", 0),
        ("head_teacher", "listening:list", 1),  # 马依依 is owed by her mentor
        ("teacher", "listening:list", 1),
        ("subject_teacher", "listening:list", 0),
        ("head_teacher", "student", 1),
        ("registrar", "student", 0),
        ("head_teacher", "home", 0),
    ],
)
def test_mark_on_the_page(marked_class, as_person, who, route, count):
    of = {"listening:board": [marked_class.class_1.uid], "student": [marked_class.lin.uid]}

    page = read_page(as_person(getattr(marked_class, who)).get(reverse(route, args=of.get(route, []))))

    assert [one.text for one in page.all("span", **{"class": "q-tag"}) if one.text == "需关注"] == ["需关注"] * count


def write(cast, student, *addressed, text="多听她说"):
    newest = current_card(student)
    actions.write_card(
        by=cast.counselor, student=student, text=text, addressed=addressed, read=newest.edition if newest else 0, at=NOW
    )


def test_card_is_listed_for_exactly_the_teachers_who_may_read_it(marked_class):
    cast = marked_class
    write(cast, cast.lin, cast.teacher)
    write(cast, cast.ma)
    write(cast, cast.xu, cast.subject_teacher)
    write(cast, cast.xu, cast.teacher)
    write(cast, cast.chen)
    counselors = {"counselor", "counselor2"}  # they have the list of care

    listed = {name: {one.student.name for one in attention.cards_for(who, at=NOW)} for name, who in cast.people.items()}

    assert {name: names for name, names in listed.items() if names} == {
        "head_teacher": {"林知夏", "马依依", "许若楠"},
        "teacher": {"林知夏", "许若楠"},
        "head_teacher2": {"陈一诺"},
    }
    assert listed | {name: set() for name in counselors} == {
        name: set() if name in counselors else {one.name for one in cast.students.values() if reads(who, one)}
        for name, who in cast.people.items()
    }


def reads(who, student):
    card = current_card(student)
    return card is not None and notes.may_read(
        who,
        notes.Text.CARE_CARD,
        author=card.by,
        school=card.school,
        students=[student],
        at=NOW,
        addressed=list(card.addressed.all()),
    )


def test_card_that_was_taken_back_is_listed_for_nobody(cast):
    write(cast, cast.lin, cast.teacher)
    actions.write_card(by=cast.counselor, student=cast.lin, text="", addressed=[], read=1, at=NOW)

    assert (attention.cards_for(cast.head_teacher, at=NOW), attention.cards_for(cast.teacher, at=NOW)) == ([], [])


def test_subject_teacher_comes_to_the_card_from_the_own_list(cast, as_person):
    write(cast, cast.xu, cast.teacher)
    client = as_person(cast.teacher)
    address = reverse("students:card", args=[cast.xu.uid])

    links = [one.attrs["href"] for one in read_page(client.get(reverse("listening:list"))).all("a")]

    assert links.count(address) == 1
    assert client.get(address).status_code == 200


def test_teacher_who_is_not_addressed_is_told_of_no_card(cast, as_person):
    client = as_person(cast.teacher)
    before = client.get(reverse("listening:list")).content.decode()
    write(cast, cast.xu)
    after = client.get(reverse("listening:list")).content.decode()

    assert ("支持要点" in before, "支持要点" in after) == (False, False)
