"""Every route × every person × whose object × method, against access_matrix.yaml, which is typed by hand.

Denied is a page that does not exist, the same one whoever asks; who has not signed in is sent to the sign-in page.
"""

import json
import uuid
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from notifications import actions as notifications
from notifications.models import InboxItem
from referrals import actions as referrals
from referrals.models import Source
from schools.models import Membership, Term
from students import actions as students
from students.models import RosterUpload
from tests.cast import FORTNIGHT, NOW, Cast, activity, make_cast, peers_rule, talk

MATRIX: dict[str, dict[str, dict[str, list[str]]]] = yaml.safe_load(
    Path(__file__).with_name("access_matrix.yaml").read_text("utf-8")
)
PEOPLE = [
    "counselor", "counselor2", "head_teacher", "head_teacher2", "head_teacher8", "teacher", "grade_head", "leader",
    "principal", "registrar", "parent", "student", "peer", "bureau", "admin", "stranger", "other_counselor",
    "other_head_teacher",
]  # fmt: skip
NOBODY = uuid.UUID("00000000-0000-4000-8000-000000000000")


def routes() -> list[dict[str, Any]]:
    out = StringIO()
    call_command("list_routes", "--json", stdout=out)
    return json.loads(out.getvalue())


def test_every_route_has_a_row_and_every_row_a_route():
    assert sorted(MATRIX) == sorted(route["name"] for route in routes())


def test_every_view_declares_what_it_asks_for():
    assert [route["name"] for route in routes() if not route["permission"]] == []


def test_every_unsafe_method_has_a_row():
    """A route that takes POST says who may; sign-in and sign-out and the password are allauth's own."""
    accounts = {"account_login", "account_logout", "account_change_password"}
    missing = [
        r["name"]
        for r in routes()
        if "POST" in r["methods"] and "POST" not in MATRIX[r["name"]] and r["name"] not in accounts
    ]
    assert missing == []


class Addresses:
    """The address of each object of the matrix."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.students = {
            "own": cast.lin,
            "mentee": cast.ma,
            "same_grade": cast.chen,
            "other_grade": cast.zhao,
            "other_school": cast.other,
        }
        self.classes = {
            "own": cast.class_1,
            "same_grade": cast.class_2,
            "other_grade": cast.class_8,
            "other_school": cast.other_class,
        }
        self.talks = {
            "own": talk(cast.head_teacher, cast.lin),
            "subject_teachers": talk(cast.teacher, cast.lin),
            "counselors": talk(cast.counselor, cast.xu, by_counselor=True),
            "same_grade": talk(cast.head_teacher2, cast.chen),
            "other_school": talk(cast.other_head_teacher, cast.other),
        }
        self.activities = {
            "peers": activity(cast.peer, cast.peer, cast.lin, cast.ma),
            "head_teachers": activity(cast.head_teacher, cast.peer, cast.lin, cast.ma),
            "yesterdays": activity(cast.peer, cast.peer, cast.lin, when=NOW - timedelta(hours=24)),
        }
        self.class_rule = peers_rule(cast.school)
        open_upload = RosterUpload.objects.create(
            school=cast.school, by=cast.registrar, filename="名册.csv", table=TABLE, uploaded_at=NOW
        )
        done = RosterUpload.objects.create(
            school=cast.school, by=cast.registrar, filename="名册.csv", table={}, uploaded_at=NOW, confirmed_at=NOW
        )
        self.uploads = {"own": open_upload, "done": done}
        notifications.tell(to_id=cast.head_teacher.pk, school=cast.school, key="k", text="有 1 位", path="/", at=NOW)
        self.messages = {"own": InboxItem.objects.get(to=cast.head_teacher, key="k")}
        self.terms = {
            "own": Term.objects.get(school=cast.school),
            "other_school": Term.objects.get(school=cast.other_school),
        }
        self.concerns = {
            whose: referrals.raise_concern(by=by, student=student, at=NOW, source=Source.TALK, words="请看看。")
            for whose, by, student in (
                ("own", cast.head_teacher, cast.lin),
                ("peers", cast.peer, cast.ma),
                ("other_grade", cast.head_teacher8, cast.zhao),
                ("other_school", cast.other_head_teacher, cast.other),
            )
        }
        self.rules = {"own": cast.rule, "other_school": cast.other_school.quota_rules.get()}
        self.persons = {"own": cast.head_teacher, "other_school": cast.other_head_teacher}
        self.memberships = {
            "own": Membership.objects.get(user=cast.head_teacher),
            "other_school": Membership.objects.get(user=cast.other_head_teacher),
        }

    def of(self, route: str, whose: str) -> str:
        match route:
            case "listening:new":
                if whose == "page":
                    return reverse(route)
                found = self.students.get(whose)
                return f"{reverse(route)}?student={found.uid if found else NOBODY}"
            case "student" | "students:edit":
                return reverse(route, args=[self._uid(self.students, whose)])
            case "listening:board" | "listening:sheet" | "listening:peers" | "schools:class-head":
                return reverse(route, args=[self._uid(self.classes, whose)])
            case "listening:peer-activity":
                return reverse(route, args=[self.cast.class_1.uid, self._uid(self.activities, whose)])
            case "listening:class-report" | "listening:class-report-file" | "listening:class-blank":
                return reverse(route, args=[self._uid(self.classes, whose)])
            case "listening:conversation" | "listening:note" | "listening:note-add" | "listening:note-editions":
                return reverse(route, args=[self._uid(self.talks, whose)])
            case "listening:conversation-edit" | "listening:conversation-delete" | "listening:conversation-allow-late":
                return reverse(route, args=[self._uid(self.talks, whose)])
            case "listening:check-in" if whose.startswith("class_"):
                klass = self._uid(self.classes, whose.removeprefix("class_"))
                return reverse(route, args=[klass, self.class_rule.uid, FORTNIGHT])
            case "listening:check-in" | "listening:check-in-excuse" | "listening:check-in-make-up":
                rule = self.cast.rule if whose != "other_school" else self.cast.other_school.quota_rules.get()
                return reverse(route, args=[self._uid(self.students, whose), rule.uid, FORTNIGHT])
            case "listening:rule-edit" | "listening:rule-end":
                return reverse(route, args=[self._uid(self.rules, whose)])
            case "referrals:concern" | "referrals:seen":
                return reverse(route, args=[self._uid(self.concerns, whose)])
            case "notifications:read":
                return reverse(route, args=[self._uid(self.messages, whose)])
            case "schools:term-edit":
                return reverse(route, args=[self._uid(self.terms, whose)])
            case "schools:person" | "schools:appoint" | "schools:person-password":
                return reverse(route, args=[self._uid(self.persons, whose)])
            case "schools:membership-end":
                return reverse(route, args=[self._uid(self.memberships, whose)])
            case _ if route.startswith("students:import-"):
                return reverse(route, args=[self._uid(self.uploads, whose)])
            case _:
                return reverse(route)

    @staticmethod
    def _uid(found: dict[str, Any], whose: str) -> uuid.UUID:
        return found[whose].uid if whose in found else NOBODY


TABLE = {
    "kind": "csv",
    "encoding": "UTF-8",
    "left_out": [],
    "sheets": [
        {
            "title": "",
            "header_row": 1,
            "labels": ["姓名", "班级"],
            "columns": {"name": "姓名", "class": "班级"},
            "relation": "",
            "class_text": "",
            "remarks": [],
            "rows": [[2, {"name": "新同学", "class": "七年级(1)班"}, ""]],
        }
    ],
}
CASES = [
    (route, method, whose)
    for route, methods in MATRIX.items()
    for method, objects in methods.items()
    for whose in objects
]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any):
    """One cast for all cases; each case is rolled back."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        cast = make_cast()
        yield Addresses(cast)
        transaction.set_rollback(True)


@pytest.mark.parametrize(("route", "method", "whose"), CASES)
def test_who_gets_an_answer(world: Addresses, django_db_blocker: Any, route: str, method: str, whose: str):
    allowed = MATRIX[route][method][whose]
    with django_db_blocker.unblock():
        wrong = [name for name in [*PEOPLE, None] if ask(world, route, method, whose, name) != expected(allowed, name)]

    assert wrong == []


def expected(allowed: list[str], name: str | None) -> str:
    if "public" in allowed:
        return "answer"
    if name is None:
        return "sign-in"
    return "answer" if name in allowed or "all" in allowed else "absent"


def ask(world: Addresses, route: str, method: str, whose: str, name: str | None) -> str:
    """What this person is told: an answer, the page that does not exist, or the way to the sign-in page."""
    client = Client()
    if name is not None:
        client.force_login(world.cast.people[name])
    point = transaction.savepoint()
    try:
        answer = client.generic(method, world.of(route, whose))
    finally:
        transaction.savepoint_rollback(point)
    if answer.status_code == 404:
        return "absent"
    if answer.status_code == 302 and answer["Location"].startswith("/accounts/login/") and route != "account_logout":
        return "sign-in"
    return "answer" if answer.status_code in (200, 302, 422, 503) else f"status {answer.status_code}"


def test_denied_is_the_same_as_absent(world: Addresses, django_db_blocker: Any):
    with django_db_blocker.unblock():
        client = Client()
        client.force_login(world.cast.head_teacher)
        denied = client.get(world.of("student", "other_grade"))
        absent = client.get(world.of("student", "missing"))

    assert (denied.status_code, denied.content, same(denied)) == (404, absent.content, same(absent))


def same(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in ("Date", "Set-Cookie")}


def test_ended_membership_loses_access_at_the_next_click(cast, as_person):
    client = as_person(cast.head_teacher)
    url = reverse("listening:board", args=[cast.class_1.uid])
    before = client.get(url).status_code
    Membership.objects.filter(user=cast.head_teacher).update(valid_to=date(2025, 11, 17))

    assert (before, client.get(url).status_code) == (200, 404)


def test_own_child_is_shut_out_of_staff_pages(cast, as_person):
    students.link_guardian(
        by=None, student=cast.lin, name="刘敏", user=cast.head_teacher, since=date(2025, 9, 1), at=NOW
    )

    page = as_person(cast.head_teacher).get(reverse("listening:board", args=[cast.class_1.uid])).content.decode()
    assert ("林知夏" in page, "许若楠" in page) == (False, True)
