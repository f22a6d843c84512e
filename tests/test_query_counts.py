"""Each list under one literal query count, with one row and with three."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from listening import actions as listening
from listening.models import CheckIn
from listening.quotas import Status
from notifications import actions as notifications
from schools.models import School
from students import actions as students
from students.models import CareLabel, CareTier, Student
from tests.cast import NOW, TODAY, person, student, talk
from tests.referrals import cases

DRAFTS = 6  # one finds whom the drafts of a form are about
EXCUSES = 8  # the weekly list of the lead counselor


def count(client, url):
    client.get(url)  # the first look settles what setting up has changed
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(queries)


def one_row(cast):
    """One who was listened to and one who waits, in 七年级(1)班; one missed in 七年级(2)班."""
    Student.objects.filter(pk=cast.ma.pk).delete()
    talk(cast.head_teacher, cast.lin)
    CheckIn.objects.filter(student=cast.chen).update(status=Status.MISSED)


def three_rows(cast):
    """Two more of each."""
    since = cast.school.listening_since
    for name in ("高俊豪", "黄嘉怡"):
        talk(cast.head_teacher, student(name, cast.class_1, since=since))
    for name in ("宋佳琪", "郑凯文"):
        student(name, cast.class_1, since=since)
    for name in ("白雨桐", "丁子轩"):
        student(name, cast.class_2, since=since)
    listening.settle_changes(cast.school, on=TODAY, at=NOW)
    CheckIn.objects.filter(student__name__in=("白雨桐", "丁子轩")).update(status=Status.MISSED)


@pytest.mark.parametrize(
    ("who", "route", "expected"),
    [
        ("head_teacher", "home", 12),
        ("counselor", "home", 10),
        ("principal", "home", 12),
        ("registrar", "home", 11),
        ("bureau", "home", 6),
        ("head_teacher", "listening:list", 13),
        ("head_teacher", "listening:board", 17),
        ("counselor", "listening:classes", 8),
        ("head_teacher", "listening:missed", 9),
        ("counselor", "listening:missed", 11),
        ("head_teacher", "listening:new", 7),
        ("head_teacher", "referrals:new", 7),
        ("principal", "referrals:new", 7),
        ("parent", "referrals:new", 14),
        ("registrar", "students:list", 10),
        ("head_teacher", "students:list", 9),
    ],
)
def test_list_asks_as_often_with_three_rows_as_with_one(cast, as_person, who, route, expected):
    client = as_person(getattr(cast, who))
    url = reverse(route, args=[cast.class_1.uid] if route == "listening:board" else [])
    one_row(cast)
    alone = count(client, url)
    three_rows(cast)
    three = count(client, url)

    assert (alone, three) == (expected, expected)


def test_list_of_excuses_asks_as_often_with_three_rows_as_with_one(cast, as_person):
    client = as_person(cast.counselor)
    url = reverse("listening:excuses")
    period = CheckIn.objects.get(student=cast.lin).period
    listening.excuse(by=cast.head_teacher, rule=cast.rule, period=period, student=cast.lin, why="一", at=NOW)
    alone = count(client, url)
    for one in (cast.ma, cast.xu):
        listening.excuse(by=cast.head_teacher, rule=cast.rule, period=period, student=one, why="二", at=NOW)

    assert (alone, count(client, url)) == (EXCUSES, EXCUSES)


@pytest.mark.parametrize(("who", "expected"), [("counselor", 10), ("leader", 10), ("head_teacher", 9)])
def test_cases_ask_as_often_with_three_rows_as_with_one(cast, as_person, who, expected):
    client = as_person(getattr(cast, who))
    url = reverse("referrals:cases")
    cases.planned(cast)
    alone = count(client, url)
    cases.accepted(cast, student=cast.ma)
    cases.raised(cast, student=cast.xu)

    assert (alone, count(client, url)) == (expected, expected)


def test_inbox_asks_as_often_with_three_rows_as_with_one(cast, as_person):
    client = as_person(cast.head_teacher)
    url = reverse("notifications:inbox")
    notifications.tell(to_id=cast.head_teacher.pk, school=cast.school, key="1", text="一", path="/", at=NOW)
    alone = count(client, url)
    for key in "23":
        notifications.tell(to_id=cast.head_teacher.pk, school=cast.school, key=key, text=key, path="/", at=NOW)

    assert (alone, count(client, url)) == (6, 6)


def test_list_of_drafts_asks_as_often_with_three_rows_as_with_one(cast, as_person):
    client = as_person(cast.head_teacher)
    url = reverse("students:drafts")

    def keep(child):
        page, typed = students.Page(uuid4(), 1, 0), students.Typed([("note", "一")], ["note"])
        students.keep_draft(by=cast.head_teacher, form="log", about=child.uid, page=page, typed=typed, at=NOW)

    keep(cast.lin)
    alone = count(client, url)
    for one in (cast.ma, cast.xu):
        keep(one)

    assert (alone, count(client, url)) == (DRAFTS, DRAFTS)


def test_staff_list_asks_as_often_with_three_more_people(cast, as_person):
    client = as_person(cast.registrar)
    url = reverse("schools:staff")
    alone = count(client, url)
    for name in ("甲", "乙", "丙"):
        person(f"new{name}", name, "subject_teacher", School.objects.get(pk=cast.school.pk), school_class=cast.class_2)

    assert count(client, url) == alone


def cared_for(cast, *names):
    """Each with a tier, a label, a proposal that waits and a talk."""
    tiers = {one.axis: one for one in CareTier.objects.filter(school=cast.school)}
    label = CareLabel.objects.filter(school=cast.school).first()
    for name in names:
        child = Student.objects.get(name=name)
        students.set_tier(by=None, student=child, tier=tiers[3], on=TODAY, at=NOW)
        students.give_label(by=cast.counselor, student=child, label=label, reason="一", at=NOW)
        students.propose(by=cast.counselor, student=child, tier=tiers[1], reason="一", review_on=None, at=NOW)
        talk(cast.head_teacher, child)


def test_care_list_asks_as_often_with_three_rows_as_with_one(cast, as_person):
    client = as_person(cast.counselor)
    cared_for(cast, "林知夏")
    alone = count(client, reverse("care"))
    cared_for(cast, "马依依", "陈一诺")

    assert (alone, count(client, reverse("care"))) == (13, 13)


def test_care_of_one_asks_as_often_with_three_changes_as_with_one(cast, as_person):
    client = as_person(cast.counselor)
    url = reverse("students:care", args=[cast.lin.uid])
    tiers = list(CareTier.objects.filter(school=cast.school))
    students.set_tier(by=None, student=cast.lin, tier=tiers[0], on=TODAY, at=NOW)
    alone = count(client, url)
    for tier in tiers[1:3]:
        students.set_tier(by=None, student=cast.lin, tier=tier, on=TODAY, at=NOW)

    assert (alone, count(client, url)) == (15, 15)


def glass(by, child, when=NOW):
    return students.open_glass(by=by, student=child, reason="孩子今天没有到校", at=when)


def test_list_of_urgent_looks_asks_as_often_with_three_rows_as_with_one(cast, as_person):
    client, url = as_person(cast.principal), reverse("students:glasses")
    glass(cast.counselor2, cast.lin)
    alone = count(client, url)
    glass(cast.leader, cast.ma)
    students.review_glass(
        by=cast.principal, glass=glass(cast.counselor, cast.zhao, NOW - timedelta(hours=2)), words="合适", at=NOW
    )

    assert (alone, count(client, url)) == (10, 10)


def test_notes_of_an_urgent_look_ask_as_often_with_three_rows_as_with_one(cast, as_person):
    client = as_person(cast.counselor2)
    talk(cast.head_teacher, cast.lin, note="一")
    opened = glass(cast.counselor2, cast.lin)
    students.ask_second(by=cast.counselor2, glass=opened, at=NOW)
    students.agree(by=cast.counselor, glass=opened, at=NOW)
    alone = count(client, reverse("listening:glass", args=[opened.uid]))
    for words in "二三":
        talk(cast.head_teacher, cast.lin, note=words)

    assert (alone, count(client, reverse("listening:glass", args=[opened.uid]))) == (8, 8)
