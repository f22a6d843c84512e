"""留痕: who sees which rows of the trail, in which words, and what leaves the house as a file."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from privacy import actions as privacy
from privacy.models import AuditEntry, ReadEntry
from privacy.trail import Mark, hashed, page_of
from reports.trail import Line
from reports.trail_file import workbook
from schools.models import Membership
from students.models import BreakGlass
from tests.cast import NOW, TODAY, at, talk
from tests.pages import read_page

TRAIL, EXPORT = reverse("trail"), reverse("trail-export")
MY_ACTS, TECHNICAL = reverse("my-acts"), reverse("technical-log")


def reading(by, about, *, when=NOW, table="conversation", field="note", glass=None):
    return ReadEntry.objects.create(
        at=when, by_id=by.pk, school_id=about.school_id, table=table, field=field, uid=uuid4(),
        student_id=about.pk, glass=glass,
    )  # fmt: skip


def act(verb, *, by=None, school=None, when=NOW, kind="", uid=None, detail=""):
    return privacy.record(
        by_id=by and by.pk, verb=verb, at=when, school_id=school and school.pk, kind=kind, uid=uid, detail=detail
    )


def rows(answer):
    assert answer.status_code == 200
    return [one.text for one in read_page(answer).rows]


def clear():
    """The cast has acted: what is asked about here begins after it."""
    return AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


# 谁看过


def readers_of(student):
    return reverse("student-readers", args=[student.uid])


def test_counselor_in_charge_sees_who_read_what_and_when(cast, as_person):
    reading(cast.head_teacher, cast.lin, when=NOW - timedelta(hours=2))
    reading(cast.teacher, cast.lin, table="care_card", field="text", when=NOW - timedelta(hours=1))
    act("care.view", by=cast.counselor2, school=cast.school, kind="student", uid=cast.lin.uid)
    reading(cast.head_teacher, cast.ma)
    reading(cast.other_head_teacher, cast.other)

    assert rows(as_person(cast.counselor).get(readers_of(cast.lin))) == [
        "沈岚 打开了关爱页（层级和标签） 2025年11月18日 12:40",
        "王海涛 看了支持要点 2025年11月18日 11:40",
        "刘敏 看了一段倾听记录 2025年11月18日 10:40",
    ]


def test_break_glass_stands_among_who_read(cast, as_person):
    glass = BreakGlass.objects.create(
        school=cast.school, student=cast.lin, by=cast.counselor2, reason=b"x", opened_at=NOW,
        ends_at=NOW + timedelta(hours=1),
    )  # fmt: skip
    act("glass.open", by=cast.counselor2, school=cast.school, kind="break_glass", uid=glass.uid)
    act("glass.open", by=cast.counselor2, school=cast.school, kind="break_glass", uid=uuid4())
    reading(cast.counselor2, cast.lin, when=NOW + timedelta(minutes=1), glass=glass.uid)

    assert rows(as_person(cast.counselor).get(readers_of(cast.lin))) == [
        "沈岚 看了一段倾听记录 紧急 2025年11月18日 12:41",
        "沈岚 打开了一次紧急查看 紧急 2025年11月18日 12:40",
    ]


def test_what_was_read_is_not_on_the_page(cast, as_person):
    talk(cast.head_teacher, cast.lin, note="她说起画画。")
    as_person(cast.head_teacher).get(reverse("student", args=[cast.lin.uid]))

    page = as_person(cast.counselor).get(readers_of(cast.lin)).content.decode()

    assert ("画画" in page, "还没有人打开过" in page) == (False, True)


@pytest.mark.parametrize(("who", "shown"), [("counselor", True), ("counselor2", False), ("head_teacher", False)])
def test_way_to_who_read_stands_for_those_in_charge(cast, as_person, who, shown):
    page = as_person(getattr(cast, who)).get(reverse("student", args=[cast.lin.uid])).content.decode()

    assert (readers_of(cast.lin) in page) == shown


# 我的操作


def test_person_sees_own_acts_alone_with_names_that_are_reached(cast, as_person):
    client = as_person(cast.head_teacher)
    reading(cast.head_teacher, cast.lin, when=NOW + timedelta(minutes=1))
    reading(cast.head_teacher, cast.zhao, when=NOW + timedelta(minutes=2))
    act(
        "class.print",
        by=cast.head_teacher,
        school=cast.school,
        kind="school_class",
        uid=cast.class_1.uid,
        detail="3 lines",
    )
    act("rule.add", by=cast.principal, school=cast.school)

    assert rows(client.get(MY_ACTS)) == [
        "看了一段倾听记录 2025年11月18日 12:42",
        "看了一段倾听记录 · 林知夏 2025年11月18日 12:41",
        "打开了班级汇总表的打印页 · 七年级(1)班 2025年11月18日 12:40 · 3 行",
    ]


def test_failed_sign_in_is_shown_to_whose_account_it_was(cast, as_person):
    act("session.fail", kind="account", uid=cast.teacher.uid, detail="code")
    act("session.fail", kind="account", uid=cast.head_teacher.uid)

    assert rows(as_person(cast.teacher).get(MY_ACTS)) == ["有人没有登录成功 · 王海涛 2025年11月18日 12:40 · 动态码不对"]


def test_own_acts_are_found_from_the_own_page(cast, as_person):
    pages = [as_person(one).get(reverse("profile")).content.decode() for one in (cast.teacher, cast.parent)]

    assert [MY_ACTS in page for page in pages] == [True, False]


# The school's


def test_lead_of_the_leaders_sees_the_schools_trail_without_students(cast, as_person):
    held = Membership.objects.get(user=cast.teacher, role="subject_teacher")
    moments = [NOW + timedelta(minutes=number) for number in range(1, 6)]
    act("membership.grant", by=cast.registrar, school=cast.school, kind="membership", uid=held.uid,
        detail="subject_teacher", when=moments[0])  # fmt: skip
    reading(cast.counselor, cast.lin, table="tier_proposal", field="reason", when=moments[1])
    act("session.fail", kind="account", uid=cast.head_teacher.uid, when=moments[2])
    act("session.in", by=cast.other_head_teacher, kind="account", uid=cast.other_head_teacher.uid, when=moments[3])
    act("rule.add", by=cast.other_head_teacher, school=cast.other_school, when=moments[4])

    page = as_person(cast.principal).get(TRAIL)

    assert rows(page)[:3] == [
        "不知道是谁 有人没有登录成功 刘敏 2025年11月18日 12:43",
        "顾文静 看了一份提议的理由 2025年11月18日 12:42",
        "吴教务 任命 王海涛 任课教师 2025年11月18日 12:41",
    ]
    assert [one.name in page.content.decode() for one in (cast.lin, cast.ma, cast.zhao)] == [False] * 3


def test_opening_the_trail_stands_in_it(cast, as_person):
    client = as_person(cast.principal)
    client.get(TRAIL)

    assert rows(client.get(TRAIL))[0] == "程远山 打开了全校留痕 2025年11月18日 12:40"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"kind": "leaves"}, ["打开了班级汇总表的打印页"]),
        ({"kind": "read"}, ["看了一段倾听记录"]),
        ({"day": "2025-11-17"}, ["看了一段倾听记录"]),
        ({"day": "2025-11-16"}, []),
        ({"kind": "no-such"}, ["打开了班级汇总表的打印页", "看了一段倾听记录"]),
    ],
)
def test_trail_is_narrowed(cast, as_person, asked, found):
    act("class.print", by=cast.grade_head, school=cast.school)
    reading(cast.grade_head, cast.lin, when=at(TODAY - timedelta(days=1)))

    answer = as_person(cast.principal).get(TRAIL, {"who": str(cast.grade_head.uid)} | asked)

    assert [row.split()[1] for row in rows(answer)] == found


def test_pages_go_on_where_the_last_one_ended_also_within_one_moment(cast):
    before = clear()
    for _ in range(5):
        act("rule.add", by=cast.principal, school=cast.school)
        reading(cast.principal, cast.lin)
    sources = [AuditEntry.objects.filter(pk__gt=before), ReadEntry.objects.all()]
    mark, seen = None, []

    for _ in range(4):
        found, mark = page_of(sources, before=mark and Mark.read(str(mark)), most=3)
        seen += [(one.verb, one.words) for one in found]

    assert (mark, len(seen), sum(not verb for verb, _ in seen)) == (None, 10, 5)


@pytest.mark.parametrize("text", ["", "x", "1.2", "1.2.3.4", "１.0.1", "1.0.1'"])
def test_mark_that_is_none_of_ours_begins_at_the_beginning(text):
    assert Mark.read(text) is None


# As a file


ASKED = {"first": "2025-11-01", "last": "2025-11-18", "why": "核实一件事"}


def test_export_says_why_and_stands_in_the_trail(cast, as_person):
    act("class.print", by=cast.head_teacher, school=cast.school, kind="class", uid=cast.class_1.uid, detail="3 lines")
    kept = {"who": str(cast.head_teacher.uid)}

    answer = as_person(cast.principal).post(EXPORT, ASKED | kept)

    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert [[cell.value for cell in row] for row in sheet.rows][:2] == [
        ["时间", "谁", "做了什么", "对象", "说明"],
        ["2025-11-18 12:40", "刘敏", "打开了班级汇总表的打印页", "七年级(1)班", "3 行"],
    ]
    entry = AuditEntry.objects.get(verb="trail.export")
    assert (entry.by_id, entry.detail) == (cast.principal.pk, f"{sheet.max_row - 1} 行，核实一件事")


@pytest.mark.parametrize(
    "changes",
    [{"why": ""}, {"why": "随便看看"}, {"first": "2025-11-19"}, {"first": "2024-11-17"}, {"first": "昨天"}],
)
def test_export_that_says_too_little_is_refused_and_kept(cast, as_person, changes):
    answer = as_person(cast.principal).post(EXPORT, ASKED | changes)

    assert (answer.status_code, AuditEntry.objects.filter(verb="trail.export").exists()) == (422, False)
    assert 'value="2025-11-18"' in answer.content.decode()


def test_export_of_too_many_rows_is_refused(cast, as_person, monkeypatch):
    monkeypatch.setattr("reports.trail_views.MOST_ROWS", 1)
    for _ in range(2):
        act("class.print", by=cast.head_teacher, school=cast.school)

    answer = as_person(cast.principal).post(EXPORT, ASKED)

    assert (answer.status_code, "分几次导出" in answer.content.decode()) == (422, True)


def test_name_that_looks_like_a_formula_stays_a_text():
    line = Line(NOW, who="=HYPERLINK(1)", words="+1", about="@x", detail="-1\x07")

    row = list(load_workbook(io.BytesIO(workbook([line]))).active.rows)[1]

    assert [(cell.value, cell.data_type, cell.quotePrefix) for cell in row[1:]] == [
        ("=HYPERLINK(1)", "s", True), ("+1", "s", True), ("@x", "s", True), ("-1", "s", True),
    ]  # fmt: skip


# The administrator's


def test_technical_log_tells_the_same_from_another_and_names_nobody(cast, as_person):
    act("account.reset", by=cast.registrar, school=cast.school, kind="account", uid=cast.teacher.uid)

    page = as_person(cast.admin).get(TECHNICAL)

    by, about = hashed("person", cast.registrar.pk), hashed("object", cast.teacher.uid)
    assert rows(page)[0] == f"重设了一个人的密码 account.reset {by} {about} 2025年11月18日 12:40:00"
    said = page.content.decode()
    assert [word in said for word in ("吴教务", "王海涛", "清江中学", str(cast.teacher.uid))] == [False] * 4


def test_hash_is_keyed_and_differs_by_kind(settings):
    first = hashed("person", 1)

    assert (hashed("person", 1) == first, hashed("object", 1) == first, len(first)) == (True, False, 12)
    settings.SECRET_KEY = "another"
    assert hashed("person", 1) != first


def test_technical_log_is_narrowed_and_paged(cast, as_person):
    for _ in range(41):
        act("session.lock", by=cast.teacher)
    client = as_person(cast.admin)

    first = client.get(TECHNICAL, {"kind": "entry"})
    more = next(one for one in read_page(first).all("a") if one.text == "更早的")
    second = client.get(TECHNICAL + more.attrs["href"].replace("&amp;", "&"))

    # Signing in here has left a row of its own above.
    assert ([row.split()[0] for row in rows(first)].count("锁屏"), len(rows(first))) == (40, 40)
    assert rows(second)[0].startswith("锁屏")


# Constant


@pytest.mark.parametrize(
    ("who", "route", "expected"),
    [
        ("principal", "trail", 14),
        ("head_teacher", "my-acts", 9),
        ("counselor", "student-readers", 10),
        ("admin", "technical-log", 4),
    ],
)
def test_trail_asks_as_often_with_three_rows_as_with_one(cast, as_person, who, route, expected):
    client = as_person(getattr(cast, who))
    url = reverse(route, args=[cast.lin.uid] if route == "student-readers" else [])

    def add():
        reading(cast.people[who], cast.lin)
        act("account.reset", by=cast.people[who], school=cast.school, kind="account", uid=cast.teacher.uid)
        act("care.view", by=cast.people[who], school=cast.school, kind="student", uid=cast.lin.uid)

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    add()
    client.get(url)
    alone = count()
    add()
    add()

    assert (alone, count()) == (expected, expected)
