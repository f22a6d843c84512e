"""One child added and put right by hand, away and back again."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from schools.models import SchoolClass
from students.models import Enrolment, Guardian, Pause, RosterChange, Student
from tests.cast import NOW, TERM, TODAY, person, student

NEW = reverse("students:new")
NATIONAL = "L33010620130905001X"


@pytest.fixture
def registrar(cast, as_person):
    return as_person(cast.registrar)


def words(cast, school_class=None, guardians=(("", "", "", ""),), known=0, **more):
    said = {
        "do": "save",
        "name": "丁一",
        "gender": "f",
        "school_class": str((school_class or cast.class_1).uid),
        "since": "2025-11-18",
        "number": "",
        "national_number": "",
        "guardian-TOTAL_FORMS": str(len(guardians)),
        "guardian-INITIAL_FORMS": str(known),
    }
    for place, (uid, name, relation, phone) in enumerate(guardians):
        said |= {
            f"guardian-{place}-uid": uid,
            f"guardian-{place}-name": name,
            f"guardian-{place}-relation": relation,
            f"guardian-{place}-phone": phone,
        }
    return said | more


def edit_of(one):
    return reverse("students:edit", args=[one.uid])


def test_added_child_is_in_the_class_from_the_day(cast, registrar):
    answer = registrar.post(NEW, words(cast, guardians=[("", "丁父", "父亲", "138 0013 8000")], number="20250901"))

    child = Student.objects.get(name="丁一")
    assert answer["Location"] == reverse("student", args=[child.uid])
    assert list(child.enrolments.values_list("school_class", "valid_from")) == [(cast.class_1.pk, TODAY)]
    assert list(child.guardians.values_list("name", "relation", "phone")) == [("丁父", "父亲", "13800138000")]
    assert (child.pinyin, child.number) == ("dingyi", "20250901")
    assert RosterChange.objects.filter(student=child, kind="class", effective_on=TODAY).count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "？？"),
        ("school_class", ""),
        ("since", ""),
        ("since", "2019-01-01"),
        ("number", "1.1E+17"),
        ("national_number", "G123"),
    ],
)
def test_refused_form_names_the_field_and_keeps_what_was_typed(cast, registrar, field, value):
    answer = registrar.post(NEW, words(cast, number="20250901") | {field: value})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert 'value="丁一"' in answer.content.decode() or field == "name"
    assert not Student.objects.filter(name="丁一").exists()


def test_guardian_without_a_name_is_refused(cast, registrar):
    answer = registrar.post(NEW, words(cast, guardians=[("", "", "父亲", "13800138000")]))

    assert (answer.status_code, Student.objects.filter(name="丁一").exists()) == (422, False)


def test_number_of_another_child_is_refused(cast, registrar):
    Student.objects.filter(pk=cast.chen.pk).update(national_number=NATIONAL)
    Student.objects.filter(pk=cast.ma.pk).update(number="7")

    answer = registrar.post(NEW, words(cast, national_number=NATIONAL))
    seat = registrar.post(NEW, words(cast, number="7"))

    assert "这个学籍号已经是陈一诺的。" in answer.content.decode()
    assert "这个学号在七年级(1)班已经是马依依的。" in seat.content.decode()
    assert (answer.status_code, seat.status_code) == (422, 422)


def test_namesake_in_the_class_is_asked_about(cast, registrar):
    first = registrar.post(NEW, words(cast, name="林知夏"))
    second = registrar.post(NEW, words(cast, name="林知夏", namesake="on"))

    assert (first.status_code, "已经有一位林知夏" in first.content.decode()) == (422, True)
    assert (second.status_code, Student.objects.filter(name="林知夏").count()) == (302, 2)


def test_class_of_last_year_or_another_school_cannot_be_chosen(cast, registrar):
    old = SchoolClass.objects.create(school=cast.school, grade=cast.class_1.grade, number=1, year="2024-2025")

    answers = [registrar.post(NEW, words(cast, one)).status_code for one in (old, cast.other_class)]

    assert answers == [422, 422]


def test_correction_keeps_class_and_history(cast, registrar):
    before = list(cast.ma.enrolments.values())

    answer = registrar.post(edit_of(cast.ma), words(cast, name="马亦依"))

    cast.ma.refresh_from_db()
    assert (answer.status_code, cast.ma.name, cast.ma.pinyin) == (302, "马亦依", "mayiyi")
    assert list(cast.ma.enrolments.values()) == before


def test_other_class_holds_from_the_day_and_is_noted(cast, registrar):
    registrar.post(edit_of(cast.ma), words(cast, cast.class_2, name="马依依", since="2025-11-20"))

    spans = cast.ma.enrolments.order_by("valid_from").values_list("school_class", "valid_from", "valid_to")
    assert list(spans) == [
        (cast.class_1.pk, TERM[0], date(2025, 11, 19)),
        (cast.class_2.pk, date(2025, 11, 20), None),
    ]
    assert RosterChange.objects.filter(student=cast.ma, look_on=date(2025, 11, 20)).count() == 1


def test_page_starts_with_what_is_known(cast, registrar):
    form = registrar.get(edit_of(cast.lin)).context["form"]

    assert [form[name].value() for name in ("name", "gender", "school_class")] == [
        "林知夏",
        "f",
        str(cast.class_1.uid),
    ]


def test_guardian_is_changed_added_and_taken_away(cast, registrar):
    known = Guardian.objects.create(school=cast.school, student=cast.ma, name="马父", phone="13800138000")
    lines = [(str(known.uid), "马建国", "父亲", "13900139000"), ("", "王琴", "母亲", "")]
    registrar.post(edit_of(cast.ma), words(cast, name="马依依", guardians=lines, known=1))
    assert list(cast.ma.guardians.order_by("pk").values_list("name", "phone")) == [
        ("马建国", "13900139000"),
        ("王琴", ""),
    ]

    lines = [(str(known.uid), "", "", ""), ("", "", "", "")]
    registrar.post(edit_of(cast.ma), words(cast, name="马依依", guardians=lines, known=1))
    assert list(cast.ma.guardians.values_list("name", flat=True)) == ["王琴"]


def test_guardian_with_an_account_is_not_taken_away_by_an_empty_line(cast, registrar):
    uid = str(cast.lin.guardians.get().uid)

    registrar.post(edit_of(cast.lin), words(cast, name="林知夏", guardians=[(uid, "", "", "")], known=1))

    assert cast.lin.guardians.get().user == cast.parent


def test_guardian_of_another_child_is_not_touched(cast, registrar):
    uid = str(cast.lin.guardians.get().uid)

    registrar.post(edit_of(cast.ma), words(cast, name="马依依", guardians=[(uid, "别人", "", "")], known=1))

    assert cast.lin.guardians.get().name == "林建平"


def test_leave_and_return_are_noted(cast, registrar):
    leave = {"do": "away", "kind": "leave", "first": "2025-11-18", "last": ""}
    assert registrar.post(edit_of(cast.ma), leave).status_code == 302
    away = Pause.objects.get(student=cast.ma)
    assert (away.kind, away.valid_from, away.valid_to) == ("leave", TODAY, None)

    page = registrar.get(edit_of(cast.ma)).content.decode()
    assert ("登记返校" in page, "登记离校" in page) == (True, False)

    assert registrar.post(edit_of(cast.ma), {"do": "back", "day": "2025-11-25"}).status_code == 302
    away.refresh_from_db()
    assert away.valid_to == date(2025, 11, 24)
    days = RosterChange.objects.filter(student=cast.ma, kind="pause").order_by("look_on")
    assert list(days.values_list("look_on", flat=True)) == [TODAY, date(2025, 11, 25)]


def test_leave_recorded_by_mistake_is_taken_back(cast, registrar):
    registrar.post(edit_of(cast.ma), {"do": "away", "kind": "left", "first": "2025-11-10", "last": ""})

    registrar.post(edit_of(cast.ma), {"do": "back", "day": "2025-11-10"})

    assert not Pause.objects.filter(student=cast.ma).exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"first": ""}, "first"),
        ({"first": "2015-11-18"}, "first"),
        ({"last": "2025-11-01"}, "last"),
    ],
)
def test_leave_that_cannot_be_is_refused(cast, registrar, changed, field):
    said = {"do": "away", "kind": "leave", "first": "2025-11-18", "last": ""} | changed

    answer = registrar.post(edit_of(cast.ma), said)

    assert (answer.status_code, list(answer.context["leave"].errors)) == (422, [field])


def test_leave_twice_is_refused(cast, registrar):
    said = {"do": "away", "kind": "leave", "first": "2025-11-10", "last": "2025-11-12"}

    answers = [registrar.post(edit_of(cast.ma), said).status_code for _ in range(2)]

    assert (answers, Pause.objects.filter(student=cast.ma).count()) == ([302, 422], 1)


def test_return_of_who_is_here_is_refused(cast, registrar):
    assert registrar.post(edit_of(cast.ma), {"do": "back", "day": "2025-11-18"}).status_code == 422


def test_own_child_is_put_right_by_a_colleague(cast, registrar):
    Guardian.objects.create(school=cast.school, student=cast.ma, name="吴教务", user=cast.registrar)

    assert registrar.get(edit_of(cast.ma)).status_code == 404


def test_only_the_registrar_finds_the_ways_there(cast, as_person):
    child = reverse("student", args=[cast.lin.uid])

    found = {
        name: [edit_of(cast.lin) in as_person(getattr(cast, name)).get(page).content.decode() for page in pages]
        for name, pages in (("registrar", (child, "/students/")), ("head_teacher", (child, "/students/")))
    }

    assert found == {"registrar": [True, True], "head_teacher": [False, False]}


def test_school_without_classes_is_shown_the_way(cast, as_person):
    Enrolment.objects.filter(school=cast.other_school).delete()
    SchoolClass.objects.filter(school=cast.other_school).delete()
    clerk = person("clerk", "教务", "registrar", cast.other_school)

    page = as_person(clerk).get(NEW).content.decode()

    assert reverse("schools:class-new") in page


def test_child_that_was_away_in_the_past_may_go_again(cast, registrar):
    Pause.objects.create(
        school=cast.school,
        student=cast.ma,
        kind="leave",
        valid_from=TERM[0],
        valid_to=TODAY - timedelta(days=30),
    )

    registrar.post(edit_of(cast.ma), {"do": "away", "kind": "left", "first": "2025-11-18", "last": ""})

    assert Pause.objects.filter(student=cast.ma).count() == 2


def test_child_who_was_moved_back_the_same_day_has_one_class(cast, registrar):
    child = student("丁一", cast.class_1, since=NOW.date())

    registrar.post(edit_of(child), words(cast, cast.class_2))

    assert list(child.enrolments.values_list("school_class", "valid_to")) == [(cast.class_2.pk, None)]
