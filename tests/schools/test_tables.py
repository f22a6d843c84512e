"""The one table of the house: what it lets a person see and sort, how it is taken away, and what is in the file."""

import io
import zipfile
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import openpyxl
import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from listening.missed import MISSED
from listening.models import CheckIn, QuotaRule
from listening.quotas import Status
from privacy.models import AuditEntry
from referrals import actions as referrals
from referrals.listing import CONCERNS
from referrals.models import Source
from schools.permissions import GRANTS
from schools.roles import Role
from schools.tables import MOST_ROWS, REASONS
from schools.tables.columns import reverse_of
from schools.tables.files import FileColumn, Mark, workbook
from students.listing import ROSTER
from students.models import Enrolment, Student
from students.views import roster
from tests.cast import NOW, TERM
from tests.pages import read_page

TABLES = (MISSED, ROSTER, CONCERNS)
MARK = Mark(school="清江中学", who="A&R", when="2025-11-18 12:40", why="核对名单")
ROUTES = ("listening:missed", "students:list", "referrals:list")
WHO = {"listening:missed": "head_teacher", "students:list": "registrar", "referrals:list": "counselor"}
EXPORTS = {
    "listening:missed": "listening:missed-export",
    "students:list": "students:export",
    "referrals:list": "referrals:export",
}


def more_children(cast, number, *known):
    """So many more of 七年级(1)班, or those who are there: each missed once, and once the worry of somebody."""
    rows = [
        Student(school=cast.school, name=f"同学{number}{n}", pinyin=f"tongxue{n:03}", initials="tx", number=f"00{n}")
        for n in range(number)
    ]
    Student.objects.bulk_create(rows)
    Enrolment.objects.bulk_create(
        [Enrolment(school=cast.school, student=one, school_class=cast.class_1, valid_from=TERM[0]) for one in rows]
    )
    period = CheckIn.objects.get(student=cast.lin).period
    CheckIn.objects.bulk_create(
        [
            CheckIn(school=cast.school, period=period, rule=cast.rule, student=one, school_class=cast.class_1)
            for one in rows
        ]
    )
    for one in (*rows, *known):
        referrals.raise_concern(by=cast.head_teacher, student=one, at=NOW, source=Source.TALK, words="请看看。")
    CheckIn.objects.filter(school_class=cast.class_1).update(status=Status.MISSED)


def sheet_of(answer):
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content)).active


def lines(sheet):
    return [[cell.value or "" for cell in row] for row in sheet.iter_rows(min_row=4)]


def names(answer):
    return [row.all("th")[0].text for row in read_page(answer).rows]


# What each list promises


@pytest.mark.parametrize("route", ROUTES)
def test_list_asks_as_often_with_fifty_rows_as_with_one(cast, as_person, route):
    client, url = as_person(getattr(cast, WHO[route])), reverse(route)
    Student.objects.exclude(pk=cast.lin.pk).delete()
    more_children(cast, 0, cast.lin)
    asked, rows = [], []

    for more in (0, 2, 47):
        more_children(cast, more)
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
        asked.append(len(queries))
        rows.append(len(names(answer)))

    assert (asked, rows) == ([asked[0]] * 3, [1, 3, 50])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_no_list_is_put_in_order_by_what_is_hidden(table):
    orders = str([one.order for one in table.columns] + [table.order, table.group_order])

    assert [word for word in ("tier", "label", "note", "words") if word in orders] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_whoever_may_take_a_list_away_has_a_number_of_rows(table):
    assert set(GRANTS[table.take.permission]) <= set(MOST_ROWS)


# Order


def test_head_sorts_both_ways_and_says_so(cast, as_person):
    client = as_person(cast.registrar)
    found = []

    for _ in range(3):
        page = read_page(client.get(reverse("students:list") + (found[-1][2] if found else "")))
        head = next(one for one in page.all("th", scope="col") if one.text == "姓名")
        first = page.rows[0].all("th")[0].text
        found.append((head.attrs.get("aria-sort", ""), first, head.all("a")[0].attrs["href"]))

    assert found == [
        ("", "陈一诺", "?sort=name"),
        ("ascending", "陈一诺", "?sort=-name"),
        ("descending", "赵子涵", "?sort=name"),
    ]


@pytest.mark.parametrize("sort", ["number", "-number", "gender", "tier", "", "-", "name,number"])
def test_sort_that_a_person_may_not_or_that_is_none_changes_nothing(cast, as_person, sort):
    for n, one in enumerate((cast.xu, cast.lin, cast.ma)):
        Student.objects.filter(pk=one.pk).update(number=f"0{n}")

    answer = as_person(cast.head_teacher).get(reverse("students:list"), {"sort": sort})

    assert (names(answer), answer.context["shown"].sort) == (["林知夏", "马依依", "许若楠"], "")


def test_periods_stay_whole_however_the_missed_are_sorted(cast, as_person):
    more_children(cast, 3)

    page = read_page(as_person(cast.counselor).get(reverse("listening:missed"), {"sort": "-name"}))

    assert (len(page.all("details")), page.rows[0].all("th")[0].text) == (1, "许若楠")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("name", "-name"),
        ("-name", "name"),
        (F("due_at").asc(nulls_last=True), F("due_at").desc(nulls_last=True)),
    ],
)
def test_other_way_round_keeps_what_has_no_value_at_the_end(order, expected):
    assert reverse_of(order) == expected


# On the page


def test_column_that_says_nothing_on_a_page_is_not_drawn(cast, as_person):
    CheckIn.objects.filter(student=cast.lin).update(status=Status.MISSED)

    page = read_page(as_person(cast.head_teacher).get(reverse("listening:missed")))

    assert [one.text for one in page.all("th", scope="col")] == ["姓名", "班级"]


def test_cell_that_needs_its_heading_on_the_phone_carries_it(cast, as_person, monkeypatch):
    columns = tuple(replace(one, label_on_phone=one.key == "class") for one in ROSTER.columns)
    monkeypatch.setattr(roster, "ROSTER", replace(ROSTER, columns=columns))

    page = read_page(as_person(cast.head_teacher).get(reverse("students:list")))

    assert [one.all("td", data_label="班级")[0].text for one in page.rows] == ["七年级(1)班"] * 3


def test_printed_page_says_who_has_it(cast, as_person):
    text = as_person(cast.head_teacher).get(reverse("students:list")).content.decode()

    assert "清江中学 · 刘敏 打印于 2025-11-18 12:40 · 内部资料，注意保密" in text


# What the address keeps


def test_pages_and_heads_keep_what_was_asked_for(cast, as_person, monkeypatch):
    monkeypatch.setattr(roster, "ROSTER", replace(ROSTER, per_page=2))
    asked = {"q": "同学", "class": str(cast.class_1.uid), "sort": "-name", "tier": "s3", "page": "1"}
    more_children(cast, 5)

    page = read_page(as_person(cast.registrar).get(reverse("students:list"), asked))

    on = next(one.attrs["href"] for one in page.all("a") if one.text == "下一页")
    file = next(one.attrs["href"] for one in page.all("a") if "导出 Excel" in one.text)
    words = {"q": ["同学"], "class": [str(cast.class_1.uid)]}
    assert parse_qs(urlsplit(on).query) == words | {"sort": ["-name"], "page": ["2"]}
    assert parse_qs(urlsplit(file).query) == words | {"sort": ["-name"]}
    heads = [one.all("a")[0].attrs["href"] for one in page.all("th", scope="col")]
    assert [parse_qs(urlsplit(one).query) for one in heads] == [
        words | {"sort": [key]} for key in ("name", "class", "number")
    ]


@pytest.mark.parametrize(("words", "found"), [("lin", ["林知夏"]), ("my", ["马依依"]), ("若", ["许若楠"]), ("x y", [])])
def test_roster_is_found_by_name_pinyin_and_initials(cast, as_person, words, found):
    assert names(as_person(cast.registrar).get(reverse("students:list"), {"q": words})) == found


def test_list_that_was_narrowed_to_nothing_says_how_to_go_on(cast, as_person):
    text = as_person(cast.registrar).get(reverse("students:list"), {"q": "没有这个人"}).content.decode()

    assert ("没有找到这位同学" in text, "看全部" in text, "导出 Excel" in text) == (True, True, False)


# The file


def export(client, route, why=REASONS[0], **asked):
    address = reverse(EXPORTS[route])
    query = asked.pop("query", {})
    return client.post(f"{address}?{urlencode(query)}" if query else address, {"why": why, **asked})


def test_roster_leaves_as_a_file_with_a_mark_and_a_row_in_the_trail(cast, as_person):
    Student.objects.filter(pk=cast.lin.pk).update(number="0071")

    answer = export(as_person(cast.registrar), "students:list", "核对名单", words="给体检用")
    sheet = sheet_of(answer)

    entry = AuditEntry.objects.get(verb="roster.export")
    assert unquote(answer["Content-Disposition"]).endswith("学生_2025-11-18.xlsx")
    assert answer["Cache-Control"] == "no-store"
    assert [cell.value for cell in sheet[3]] == ["姓名", "性别", "班级", "学号"]
    assert lines(sheet)[1] == ["林知夏", "女", "七年级(1)班", "0071"]
    assert sheet["A2"].value == (
        "清江中学 · 吴教务 导出于 2025-11-18 12:40 · 用途：核对名单（给体检用） · 内部资料，注意保密"
    )
    assert sheet.oddHeader.center.text == "清江中学  吴教务  2025-11-18 12:40"
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$1:$3", "A4")
    assert (entry.by_id, entry.school_id, entry.kind, entry.detail) == (
        cast.registrar.pk, cast.school.pk, "list", "5 行，核对名单",
    )  # fmt: skip


def test_file_is_narrowed_and_sorted_as_the_page(cast, as_person):
    query = {"class": str(cast.class_1.uid), "sort": "-name"}

    found = lines(sheet_of(export(as_person(cast.registrar), "students:list", query=query)))

    assert [row[0] for row in found] == ["许若楠", "马依依", "林知夏"]


@pytest.mark.parametrize("said", [{}, {"why": ""}, {"why": "别的"}, {"why": REASONS[0], "words": "长" * 61}])
def test_file_without_a_reason_is_refused(cast, as_person, said):
    answer = as_person(cast.registrar).post(reverse("students:export"), said)

    assert (answer.status_code, AuditEntry.objects.filter(verb="roster.export").exists()) == (422, False)
    assert said.get("words", "") in answer.content.decode()


def test_more_rows_than_the_role_may_take_are_refused_with_a_way(cast, as_person, monkeypatch):
    monkeypatch.setitem(MOST_ROWS, Role.REGISTRAR, 4)
    client = as_person(cast.registrar)

    asked, refused = client.get(reverse("students:export")), export(client, "students:list")
    fewer = export(client, "students:list", query={"class": str(cast.class_1.uid)})

    sentence = "现在是 5 行，一次最多导出 4 行。先选一个班级，分几次导出。"
    assert [(one.status_code, sentence in one.content.decode()) for one in (asked, refused)] == [
        (200, True),
        (422, True),
    ]
    assert [row[0] for row in lines(sheet_of(fewer))] == ["林知夏", "马依依", "许若楠"]
    assert AuditEntry.objects.filter(verb="roster.export").count() == 1


def test_nothing_to_take_is_no_file(cast, as_person):
    assert export(as_person(cast.registrar), "students:list", query={"q": "没有这个人"}).status_code == 422


def test_missed_leave_with_whom_they_are_in_charge_of(cast, as_person):
    CheckIn.objects.filter(school=cast.school).update(status=Status.MISSED)

    found = {
        who: [row[3] for row in lines(sheet_of(export(as_person(getattr(cast, who)), "listening:missed")))]
        for who in ("counselor", "counselor2", "head_teacher", "head_teacher2")
    }

    assert found == {
        "counselor": ["林知夏", "马依依", "许若楠", "陈一诺", "赵子涵"],
        "counselor2": ["赵子涵"],
        "head_teacher": ["林知夏", "马依依", "许若楠"],
        "head_teacher2": ["陈一诺"],
    }


def test_missed_under_a_counselors_rule_stay_in_the_house(cast, as_person):
    QuotaRule.objects.filter(pk=cast.rule.pk).update(for_counselors=True)
    CheckIn.objects.filter(school=cast.school).update(status=Status.MISSED)
    client = as_person(cast.counselor)

    page, file = client.get(reverse("listening:missed")), export(client, "listening:missed")

    assert (len(names(page)), file.status_code) == (5, 422)


def test_missed_say_period_requirement_and_day_in_the_file(cast, as_person):
    CheckIn.objects.filter(student=cast.lin).update(status=Status.MISSED)

    sheet = sheet_of(export(as_person(cast.head_teacher), "listening:missed"))

    assert [cell.value for cell in sheet[3]] == ["周期", "要求", "到期日", "姓名", "班级", "补谈"]
    assert lines(sheet) == [["第 11–12 周", "双周倾听", "2025-11-21", "林知夏", "七年级(1)班", ""]]


def test_file_of_concerns_says_neither_words_nor_who_was_worried(cast, as_person):
    referrals.raise_concern(by=cast.peer, student=cast.lin, at=NOW, source=Source.PEERS, words="请看看。")

    sheet = sheet_of(export(as_person(cast.counselor), "referrals:list"))
    of_another_grade = export(as_person(cast.counselor2), "referrals:list")

    assert lines(sheet) == [["林知夏", "七年级(1)班", "11月18日 12:40", "同伴活动", "待看"]]
    assert of_another_grade.status_code == 422


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("head_teacher", ["listening:missed"]),
        ("counselor", ["listening:missed", "referrals:list"]),
        ("registrar", ["students:list"]),
        ("grade_head", []),
        ("leader", []),
        ("principal", []),
    ],
)
def test_way_to_the_file_is_shown_to_whom_it_is_open(cast, as_person, who, offered):
    CheckIn.objects.filter(school=cast.school).update(status=Status.MISSED)
    referrals.raise_concern(by=cast.head_teacher, student=cast.lin, at=NOW, source=Source.TALK, words="请看看。")
    client = as_person(getattr(cast, who))

    assert [one for one in ROUTES if reverse(EXPORTS[one]) in client.get(reverse(one)).content.decode()] == offered


def test_name_that_looks_like_a_formula_leaves_as_a_text(cast, as_person):
    Student.objects.filter(pk=cast.lin.pk).update(name="=HYPERLINK(1)", number="+8613900000000")

    sheet = sheet_of(export(as_person(cast.registrar), "students:list"))

    row = next(row for row in sheet.iter_rows(min_row=4) if row[0].value == "=HYPERLINK(1)")
    assert [(one.data_type, one.quotePrefix) for one in (row[0], row[3])] == [("s", True)] * 2
    assert row[3].number_format == "@"


@given(st.text(max_size=40) | st.builds("".join, st.tuples(st.sampled_from("=+-@\t\r\n '＝|"), st.text(max_size=20))))
def test_no_text_in_a_cell_starts_a_formula(words):
    content = workbook("学生", [FileColumn(words, 10)], [[words], [f" {words}"]], MARK)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active

    cells = [cell for row in sheet.iter_rows(min_row=3) for cell in row if cell.value is not None]
    xml = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert {cell.data_type for cell in cells} <= {"s"}
    assert [cell.value for cell in cells if cell.value.lstrip()[:1] in set("=+-@") and not cell.quotePrefix] == []
    assert b"<f>" not in xml


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_each_beginning_of_a_formula_is_known(start):
    content = workbook("学生", [FileColumn("姓名", 10)], [[f"{start}1"]], MARK)

    assert openpyxl.load_workbook(io.BytesIO(content)).active["A4"].quotePrefix is True


def test_letters_that_no_file_can_hold_are_left_out():
    content = workbook("学生", [FileColumn("姓名", 10)], [["林\x00知\ufffe夏\ud800"]], MARK)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active

    assert sheet["A4"].value == "林知夏"


def test_name_gives_the_printer_no_orders():
    content = workbook("学生", [FileColumn("姓名", 10)], [], MARK)

    xml = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert "&amp;C清江中学  A&amp;&amp;R  2025-11-18 12:40" in xml
