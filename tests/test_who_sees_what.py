"""Every route × every person × whose object × method, against access_matrix.yaml, which is typed by hand.

Denied is a page that does not exist, the same one whoever asks; who has not signed in is sent to the sign-in page.
"""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from listening import actions as listening
from notifications import actions as notifications
from notifications.models import InboxItem
from privacy.keyring import keyring
from referrals import actions as referrals
from referrals.actions import NewTask
from referrals.models import Source
from schools.models import Membership, Term
from schools.roles import Role
from students import actions as students
from students.models import BreakGlass, CareLabel, CareTier, Guardian, RosterUpload, Student
from tests.cast import FORTNIGHT, NOW, TERM, TODAY, Cast, activity, make_cast, peers_rule, person, talk
from tests.referrals import cases

MATRIX: dict[str, dict[str, dict[str, list[str]]]] = yaml.safe_load(
    Path(__file__).with_name("access_matrix.yaml").read_text("utf-8")
)
PEOPLE = [
    "counselor", "counselor2", "head_teacher", "head_teacher2", "head_teacher8", "teacher", "grade_head", "leader",
    "principal", "registrar", "parent", "student", "peer", "bureau", "admin", "stranger", "other_counselor",
    "other_head_teacher", "ended", "suspended", "disabled",
]  # fmt: skip
"""`ended` taught the class until yesterday; `suspended` is a guardian kept from the child; `disabled` has an account
that is closed while signed in, and is asked to sign in like somebody unknown."""
OF_ALLAUTH = {"account_login", "account_logout", "account_change_password", "mfa_authenticate"}
HOUR = timedelta(minutes=60)
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
    missing = [
        r["name"]
        for r in routes()
        if "POST" in r["methods"] and "POST" not in MATRIX[r["name"]] and r["name"] not in OF_ALLAUTH
    ]
    assert missing == []


class Addresses:
    """The address of each object of the matrix."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.cookies: dict[str, str] = {}
        self.absent: dict[tuple[str | None, str], tuple[Any, ...]] = {}
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
        supported = NewTask(cast.teacher, "课后陪她走一走", TODAY + timedelta(days=3))
        self.case = cases.planned(cast, student=cast.xu, by=cast.head_teacher, tasks=[supported])
        care = {
            whose: (by, self.students[whose])
            for whose, by in (
                ("own", cast.counselor),
                ("other_grade", cast.counselor2),
                ("other_school", cast.other_counselor),
            )
        }
        self.proposals = {
            whose: students.propose(
                by=by, student=one, tier=tier_of(one, CareTier.Axis.S3), reason="一", review_on=None, at=NOW
            )
            for whose, (by, one) in care.items()
        }
        self.labels = {one.school_id: one for one in CareLabel.objects.filter(name="留守")}
        self.given = {
            whose: students.give_label(by=by, student=one, label=self.labels[one.school_id], reason="一", at=NOW)
            for whose, (by, one) in care.items()
        }
        for one, addressed in ((cast.lin, []), (cast.ma, [cast.teacher])):
            students.write_card(by=cast.counselor, student=one, text="多听", addressed=addressed, read=0, at=NOW)
        self.glasses = {
            "own": students.open_glass(by=cast.counselor2, student=cast.lin, reason="孩子没有到校", at=NOW),
            "asked": students.open_glass(by=cast.leader, student=cast.chen, reason="孩子没有到校", at=NOW),
            "agreed": students.open_glass(by=cast.principal, student=cast.xu, reason="孩子没有到校", at=NOW),
        }
        for whose in ("asked", "agreed"):
            students.ask_second(by=self.glasses[whose].by, glass=self.glasses[whose], at=NOW)
        students.agree(by=cast.counselor2, glass=self.glasses["agreed"], at=NOW)
        self.glasses["other_school"] = other = BreakGlass(
            school=cast.other_school, student=cast.other, by=cast.other_counselor, opened_at=NOW, ends_at=NOW + HOUR
        )
        other.reason = keyring().seal("孩子没有到校", other.reason_place)
        other.save()
        self.glass_talk = talk(cast.counselor, cast.xu, by_counselor=True, note="一")
        self.relative = students.note_relative(
            by=cast.registrar, student=cast.lin, person=cast.other_counselor, relation="姑姑", at=NOW
        )
        page, typed = students.Page(uuid.uuid4(), 1, 0), students.Typed([("note", "写到一半")], ["note"])
        kept = students.keep_draft(by=cast.head_teacher, form="log", about=cast.lin.uid, page=page, typed=typed, at=NOW)
        self.drafts = {"own": kept}
        self.rules = {"own": cast.rule, "other_school": cast.other_school.quota_rules.get()}
        self.persons = {"own": cast.head_teacher, "other_school": cast.other_head_teacher}
        self.memberships = {
            "own": Membership.objects.get(user=cast.head_teacher),
            "other_school": Membership.objects.get(user=cast.other_head_teacher),
        }

    def of(self, route: str, whose: str) -> str:
        match route:
            case "students:draft":
                return reverse(route, args=["log", self.cast.lin.uid])
            case "students:draft-text" | "students:draft-discard":
                return reverse(route, args=[self._uid(self.drafts, whose)])
            case "listening:new" | "referrals:new" | "referrals:urgent":
                if whose == "page":
                    return reverse(route)
                found = self.students.get(whose)
                return f"{reverse(route)}?student={found.uid if found else NOBODY}"
            case "students:care-proposal":
                return reverse(route, args=[self._uid(self.students, whose), self._uid(self.proposals, whose)])
            case "students:care-label" | "students:care-label-end":
                return reverse(route, args=[self._uid(self.students, whose), self._uid(self.given, whose)])
            case "students:glass" | "listening:glass":
                return reverse(route, args=[self._uid(self.glasses, whose)])
            case "listening:glass-note":
                return reverse(route, args=[self._uid(self.glasses, whose), self.glass_talk.uid])
            case "students:glass-open":
                return reverse(route, args=[self._uid(self.students, whose)])
            case "care-scheme-change":
                return reverse(route, args=["three"]) if whose == "known" else "/care/scheme/twelve/"
            case "care-label-aside":
                schools = {"own": self.cast.school.pk, "other_school": self.cast.other_school.pk}
                label = self.labels.get(schools.get(whose, 0))
                return reverse(route, args=[label.uid if label else NOBODY])
            case _ if route.startswith(("students:care", "students:card")):
                return reverse(route, args=[self._uid(self.students, whose)])
            case "students:relative-forget":
                about = self.cast.ma if whose == "of_another" else self.cast.lin
                return reverse(route, args=[about.uid, NOBODY if whose == "missing" else self.relative.uid])
            case "student" | "students:edit" | "students:relatives-of" | "student-readers":
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
            case "listening:check-in" | "listening:check-in-excuse" | "listening:check-in-excuse-allow" if (
                whose.startswith("class_")
            ):
                klass = self._uid(self.classes, whose.removeprefix("class_"))
                return reverse(route, args=[klass, self.class_rule.uid, FORTNIGHT])
            case (
                "listening:check-in"
                | "listening:check-in-excuse"
                | "listening:check-in-excuse-allow"
                | "listening:check-in-make-up"
            ):
                rule = self.cast.rule if whose != "other_school" else self.cast.other_school.quota_rules.get()
                return reverse(route, args=[self._uid(self.students, whose), rule.uid, FORTNIGHT])
            case "listening:rule-edit" | "listening:rule-end":
                return reverse(route, args=[self._uid(self.rules, whose)])
            case "referrals:concern" | "referrals:seen":
                return reverse(route, args=[self._uid(self.concerns, whose)])
            case "referrals:case" | "referrals:case-move":
                found = {whose: one.referral for whose, one in self.concerns.items()} | {"with_task": self.case}
                more = ["accept"] if route == "referrals:case-move" else []
                return reverse(route, args=[self._uid(found, whose), *more])
            case "referrals:case-text":
                texts = {"with_task": self.case.tasks.get(), "assessment": self.case.steps.get(verb="support")}
                return reverse(route, args=[self.case.uid, self._uid(texts, whose)])
            case "notifications:read":
                return reverse(route, args=[self._uid(self.messages, whose)])
            case "schools:term-edit":
                return reverse(route, args=[self._uid(self.terms, whose)])
            case "schools:person" | "schools:appoint" | "schools:person-password" | "schools:person-second-factor":
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


def tier_of(student: Student, axis: CareTier.Axis) -> CareTier:
    return CareTier.objects.in_use().get(school=student.school, axis=axis)


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


MALFORMED = ("x", "00000000-0000-4000-8000-00000000000", "%27")
OTHER_METHODS = ("POST", "PUT", "PATCH", "DELETE")


BY_NOBODY = {"privacy_auditentry"}  # what a refusal may write: the trail (the throttle lives in the cache)
BY_LOOKING = {"privacy_auditentry", "privacy_readentry"}  # and reading: who read what
WRITES = re.compile(r"^\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+\"?(\w+)", re.IGNORECASE)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[Addresses]:
    """One cast for all cases, each person signed in once; each case is rolled back."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        cast = make_cast()
        add_who_lost_access(cast)
        world = Addresses(cast)
        world.cookies = {name: signed_in(cast.people[name]) for name in PEOPLE}
        User.objects.filter(pk=cast.disabled.pk).update(is_active=False)
        for school in (cast.school, cast.other_school):
            listening.settle_changes(school, on=TODAY, at=NOW)  # so that no page has anything left to settle
        yield world
        transaction.set_rollback(True)


def add_who_lost_access(cast: Cast) -> None:
    cast.people["ended"] = person("ended", "高老师", Role.HEAD_TEACHER, cast.school, school_class=cast.class_1)
    Membership.objects.filter(user=cast.ended).update(valid_to=TODAY - timedelta(days=1))
    cast.people["suspended"] = person("suspended", "林建国", Role.GUARDIAN, cast.school)
    students.link_guardian(
        by=None, student=cast.lin, name="林建国", relation="叔叔", user=cast.suspended, since=TERM[0], at=NOW
    )
    Guardian.objects.filter(user=cast.suspended).update(barred_from=TODAY)
    cast.people["disabled"] = person("disabled", "停用", Role.HEAD_TEACHER, cast.school, school_class=cast.class_1)


def signed_in(who: User) -> str:
    client = Client()
    client.force_login(who)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def client_of(world: Addresses, name: str | None) -> Client:
    client = Client()
    if name is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = world.cookies[name]
    return client


@pytest.mark.parametrize(("route", "method", "whose"), CASES)
def test_who_gets_an_answer(world: Addresses, django_db_blocker: Any, route: str, method: str, whose: str):
    allowed = MATRIX[route][method][whose]
    with django_db_blocker.unblock():
        told = {name: ask(world, route, method, world.of(route, whose), name) for name in [*PEOPLE, None]}

    assert told == {name: expected(allowed, name) for name in told}


def expected(allowed: list[str], name: str | None) -> str:
    if "public" in allowed:
        return "answer"
    if name is None or name == "disabled":
        return "sign-in"
    return "answer" if name in allowed or "all" in allowed else "absent"


def ask(world: Addresses, route: str, method: str, address: str, name: str | None) -> str:
    """What this person is told: an answer, the page that does not exist, or the way to the sign-in page.

    A page that does not exist is the same in status, body and headers as any other that does not; whoever is denied
    has written nothing, and who only looks has written into the trail alone.
    """
    client = client_of(world, name)
    with rolled_back(), writes() as written:
        answer = client.generic(method, address)
    if answer.status_code == 404:
        told = "absent" if fingerprint(answer) == absent_for(world, name, method) else "absent, but another page"
    elif answer.status_code == 302 and answer["Location"].startswith("/accounts/login/") and route != "account_logout":
        told = "sign-in"
    elif answer.status_code in (200, 302, 422, 503):
        told = "answer"
    else:
        return f"status {answer.status_code}"
    if told == "answer" and method != "GET":
        return told
    more = written - (BY_LOOKING if told == "answer" else BY_NOBODY)
    return f"{told}, wrote {sorted(more)}" if more else told


@contextmanager
def rolled_back() -> Iterator[None]:
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
        transaction.savepoint_commit(point)  # or it stays open, with a lock of its own, until the last case


@contextmanager
def writes() -> Iterator[set[str]]:
    """The tables that were written to."""
    tables: set[str] = set()

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := WRITES.match(sql):
            tables.add(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield tables


def absent_for(world: Addresses, name: str | None, method: str) -> tuple[Any, ...]:
    """The page that does not exist, as this person gets it."""
    if (name, method) not in world.absent:
        world.absent[name, method] = fingerprint(client_of(world, name).generic(method, "/students/nowhere/"))
    return world.absent[name, method]


def fingerprint(answer: Any) -> tuple[Any, ...]:
    """Status, body and headers, but for those that differ by the moment."""
    headers = {key: value for key, value in answer.headers.items() if key not in ("Date", "Set-Cookie", "X-Request-Id")}
    return (answer.status_code, answer.content, headers)


OF_AN_OBJECT = [route for route, methods in MATRIX.items() if any("missing" in objects for objects in methods.values())]


@pytest.mark.parametrize("route", OF_AN_OBJECT)
def test_malformed_address_is_absent_for_everybody(world: Addresses, django_db_blocker: Any, route: str):
    with django_db_blocker.unblock():
        address = world.of(route, "missing")
        bad = [address.replace(str(NOBODY), each) for each in MALFORMED if "?" not in address]
        told = {(name, url): ask(world, route, "GET", url, name) for name in [*PEOPLE, None] for url in bad}

    assert {key: answer for key, answer in told.items() if answer != "absent"} == {}


@pytest.mark.parametrize("route", sorted(MATRIX))
def test_method_that_a_route_does_not_take_does_nothing(world: Addresses, django_db_blocker: Any, route: str):
    """No answer and no write, whoever asks; and the same answer whether the object is there or not."""
    whose = next(iter(MATRIX[route]["GET" if "GET" in MATRIX[route] else "POST"]))
    found: dict[tuple[str | None, str], Any] = {}
    with django_db_blocker.unblock():
        methods = [method for method in OTHER_METHODS if method not in MATRIX[route] and route not in OF_ALLAUTH]
        for name in ("counselor", "head_teacher", "registrar", "parent", "stranger", None):
            client = client_of(world, name)
            for method in methods:
                with rolled_back(), writes() as written:
                    answer = client.generic(method, world.of(route, whose))
                absent = answer.status_code in (404, 405) or answer.get("Location", "").startswith("/accounts/login/")
                if not absent or written - BY_NOBODY:
                    found[name, method] = (answer.status_code, sorted(written))

    assert found == {}


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
