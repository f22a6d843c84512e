"""A member of the staff is shut out from an own child, and from a relative whom the school wrote down."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from listening.models import CheckIn, Conversation
from listening.owners import Owners
from privacy.models import AuditEntry
from referrals import actions as referrals
from referrals.models import Concern, Source
from schools.permissions import Permission
from schools.statements import ask
from students import actions
from students.models import Guardian, RosterChange, StaffRelative, Student
from students.models.links import KIN
from students.notes import is_relative
from tests.cast import NOW, TERM, TODAY, talk
from tests.test_who_sees_what import MATRIX, Addresses

LINKS = ["child", "former_child", "relative"]


def shut_out(cast, person, student, link):
    if link == "relative":
        return actions.note_relative(by=cast.registrar, student=student, person=person, relation="姑姑", at=NOW)
    return Guardian.objects.create(
        school=student.school,
        student=student,
        name=person.name,
        user=person,
        valid_from=TERM[0],
        valid_to=None if link == "child" else TERM[0] + timedelta(days=1),
    )


@pytest.mark.parametrize("name", ["counselor", "head_teacher", "registrar", "principal", "grade_head", "teacher"])
def test_nobody_reaches_a_relative_under_any_permission(cast, name):
    person = cast.people[name]
    kin = [cast.lin, cast.ma, cast.xu]
    for link, student in zip(LINKS, kin, strict=True):
        shut_out(cast, person, student, link)

    reached = {under: Student.objects.visible_to(person, at=NOW, under=under) for under in Permission}
    assert [under for under, seen in reached.items() if seen.filter(pk__in=[one.pk for one in kin]).exists()] == []


@pytest.mark.parametrize("link", LINKS)
def test_rule_by_hand_agrees_with_the_queryset(cast, link):
    shut_out(cast, cast.head_teacher, cast.lin, link)
    shut_out(cast, cast.counselor, cast.zhao, "relative")
    by_hand = {(user, student) for _, user, student in ask(KIN, {})}

    people = User.objects.all()
    assert by_hand == {(one.pk, child.pk) for one in people for child in Student.objects.kin_of(one)}
    assert all(is_relative(one, [child]) for one in people for child in Student.objects.kin_of(one))


def test_nobody_asks_for_own_children_alone():
    """Whoever shuts out asks kin_of: what knows of guardians only would let an aunt in."""
    root = Path(__file__).parents[2]
    apps = ("schools", "students", "notifications", "referrals", "listening", "reports")
    files = [file for app in apps for file in (root / app).rglob("*.py") if "migrations" not in file.parts]
    asking = {
        str(file.relative_to(root)) for file in files if re.search(r"\bwards\b|guardians__user", file.read_text())
    }

    assert asking == {"students/models/links.py", "reports/today.py"}  # the link itself, and a parent's home


def of_a_student():
    """Every route whose address names a student or something of one."""
    return sorted(
        (route, method, whose)
        for route, methods in MATRIX.items()
        for method, objects in methods.items()
        for whose in ("own", "subject_teachers")
        if whose in objects and (route.split(":")[0] in ("students", "student", "listening", "referrals"))
    )


@pytest.mark.parametrize("link", ["child", "relative"])
@pytest.mark.parametrize("name", ["counselor", "head_teacher", "registrar"])
def test_every_route_of_a_student_is_absent_for_a_relative(cast, client, name, link):
    """Walks what the matrix holds for the student's own row; what is about a class, a rule or an upload is left."""
    world = Addresses(cast)
    shut_out(cast, cast.people[name], cast.lin, link)
    client.force_login(cast.people[name])
    about = str(cast.lin.uid)
    ours = {str(one.uid) for one in Conversation.objects.filter(about=cast.lin)}
    ours |= {str(one.uid) for one in Concern.objects.filter(student=cast.lin)}

    answers = {}
    for route, method, whose in of_a_student():
        address = world.of(route, whose)
        if about in address or any(uid in address for uid in ours):
            answers[route, method] = client.generic(method, address).status_code

    assert len(answers) > 20
    assert {key: code for key, code in answers.items() if code not in (404, 405)} == {}


LISTS = [
    "/", "/students/", "/listening/", "/listening/missed/", "/listening/excuses/", "/referrals/", "/referrals/mine/",
    "/care/", "/inbox/", "/listening/new/", "/listening/classes/{0}/", "/listening/classes/{0}/sheet/",
    "/listening/classes/{0}/report/", "/listening/classes/{0}/peers/", "/listening/classes/{0}/blank/",
]  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("name", ["head_teacher", "counselor"])
def test_no_list_names_a_relative(cast, as_person, name, link):
    talk(cast.teacher, cast.lin)
    referrals.raise_concern(by=cast.head_teacher, student=cast.lin, at=NOW, source=Source.TALK, words="请看看。")
    client = as_person(cast.people[name])
    urls = [url.format(cast.class_1.uid) for url in LISTS]
    before = {url for url in urls if "林知夏" in client.get(url).content.decode()}
    shut_out(cast, cast.people[name], cast.lin, link)

    assert (len(before) >= 4, [url for url in urls if "林知夏" in client.get(url).content.decode()]) == (True, [])


def test_relative_owns_no_check_in(cast):
    shut_out(cast, cast.head_teacher, cast.lin, "relative")

    owners = Owners(cast.school, on=TODAY)
    rule = CheckIn.objects.get(student=cast.lin, rule=cast.rule).rule
    assert cast.head_teacher.pk not in owners.of(rule, cast.lin.pk, cast.class_1.pk)


def test_relative_is_not_told_of_a_concern(cast):
    shut_out(cast, cast.counselor, cast.lin, "relative")

    concern = referrals.raise_concern(
        by=cast.head_teacher, student=cast.lin, at=NOW, source=Source.TALK, words="请看看。"
    )
    assert Concern.objects.visible_to(cast.counselor, at=NOW).filter(pk=concern.pk).exists() is False


def test_own_concern_about_a_relative_is_gone(cast):
    referrals.raise_concern(by=cast.head_teacher, student=cast.lin, at=NOW, source=Source.TALK, words="请看看。")
    shut_out(cast, cast.head_teacher, cast.lin, "relative")

    assert Concern.objects.of_raiser(cast.head_teacher, at=NOW).count() == 0


def test_written_down_once_with_a_trail_and_a_change(cast):
    for _ in range(2):
        noted = shut_out(cast, cast.head_teacher, cast.lin, "relative")

    assert StaffRelative.objects.count() == 1
    assert AuditEntry.objects.filter(verb="relative.note", uid=cast.lin.uid).count() == 1
    assert RosterChange.objects.filter(student=cast.lin, kind=RosterChange.Kind.GUARDIAN, at=NOW).exists()
    assert (noted.since, noted.by) == (TODAY, cast.registrar)


@pytest.mark.parametrize(
    ("name", "days", "goes"),
    [("registrar", 0, True), ("registrar", 1, False), ("leader", 1, True), ("head_teacher", 0, False)],
)
def test_taken_back_the_same_day_or_by_another(cast, name, days, goes):
    noted = shut_out(cast, cast.head_teacher, cast.lin, "relative")
    StaffRelative.objects.update(since=TODAY - timedelta(days=days))
    noted.refresh_from_db()

    try:
        actions.forget_relative(by=cast.people[name], relative=noted, at=NOW)
    except actions.NeedsAnother:
        assert not goes

    assert StaffRelative.objects.exists() is not goes


# The pages


def of(student):
    return reverse("students:relatives-of", args=[student.uid])


def test_page_writes_one_down(cast, as_person):
    client = as_person(cast.registrar)

    answer = client.post(of(cast.lin), {"person": cast.head_teacher.uid, "relation": "姑姑"}, follow=True)

    page = answer.content.decode()
    assert ("刘敏看不到林知夏了。" in page, StaffRelative.objects.get().person) == (True, cast.head_teacher)
    listed = client.get(reverse("students:relatives")).content.decode()
    assert ("刘敏" in listed, "姑姑" in listed) == (True, True)


@pytest.mark.parametrize(("sent", "fault"), [({"relation": "姑姑"}, "person"), ({"person": "x"}, "person")])
def test_page_keeps_what_was_typed(cast, as_person, sent, fault):
    answer = as_person(cast.registrar).post(of(cast.lin), sent)

    assert (answer.status_code, fault in answer.context["form"].errors) == (422, True)
    assert answer.context["form"]["relation"].value() == sent.get("relation")


def test_person_of_another_school_cannot_be_chosen(cast, as_person):
    answer = as_person(cast.registrar).post(of(cast.lin), {"person": cast.other_counselor.uid, "relation": "姑姑"})

    assert (answer.status_code, StaffRelative.objects.count()) == (422, 0)


def test_registrar_does_not_take_back_the_own_word_a_day_later(cast, as_person):
    noted = shut_out(cast, cast.head_teacher, cast.lin, "relative")
    StaffRelative.objects.update(since=TODAY - timedelta(days=1))
    url = reverse("students:relative-forget", args=[cast.lin.uid, noted.uid])

    answer = as_person(cast.registrar).post(url)

    assert (answer.status_code, "请另一位校务管理员" in answer.content.decode()) == (422, True)


def test_lists_ask_as_often_with_three_rows_as_with_one(cast, as_person):
    client = as_person(cast.registrar)

    def count(url):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    shut_out(cast, cast.head_teacher, cast.lin, "relative")
    alone = [count(url) for url in (reverse("students:relatives"), of(cast.lin))]
    for one in (cast.teacher, cast.counselor):
        shut_out(cast, one, cast.lin, "relative")

    assert (alone, [count(url) for url in (reverse("students:relatives"), of(cast.lin))]) == ([5, 7], [5, 7])
