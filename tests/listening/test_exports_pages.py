"""班级汇总表: on paper, as a file, and empty."""

import io
from urllib.parse import unquote

import openpyxl
import pytest
from django.urls import reverse

from listening import actions as listening
from listening.models import QuotaRule
from listening.quotas import Kind
from privacy.models import AuditEntry
from schools.models import School
from students import actions as students
from students.models import CareTier, Student
from tests.cast import FORTNIGHT, NOW, TODAY, activity, peers_rule, student, talk


def page_url(cast, name="class-report"):
    return reverse(f"listening:{name}", args=[cast.class_1.uid])


def file_of(client, cast):
    answer = client.get(page_url(cast, "class-report-file"))
    return answer, openpyxl.load_workbook(io.BytesIO(answer.content)).active


def rows(sheet):
    return [[cell.value or "" for cell in row] for row in sheet.iter_rows(min_row=4, max_row=sheet.max_row - 2)]


def test_file_is_laid_out_as_schools_file_it(cast, as_person):
    talk(cast.teacher, cast.lin, channel="walk")

    answer, sheet = file_of(as_person(cast.head_teacher), cast)

    assert unquote(answer["Content-Disposition"]).endswith(
        "七年级(1)班_倾听一刻钟记录_2025-2026第一学期_第11-12周.xlsx"
    )
    assert (sheet["A1"].value, sheet.freeze_panes) == ("清江中学 倾听一刻钟班级汇总表", "A4")
    assert {str(one) for one in sheet.merged_cells.ranges} == {"A1:L1", "A2:L2", "A8:L8"}
    assert [cell.value for cell in sheet[3]] == [
        "学年", "学期", "双周", "班级", "序号", "姓名", "倾听人", "日期", "时长", "通道", "是否完成", "未完成原因",
    ]  # fmt: skip
    head = ["2025-2026学年", "第一学期", "第11–12周", "七年级(1)班"]
    assert rows(sheet)[:2] == [
        [*head, "1", "林知夏", "王海涛", TODAY.isoformat(), "15 分钟", "散步", "是", ""],
        [*head, "2", "马依依", "", "", "", "", "否", "待谈，还剩 4 天"],
    ]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.oddFooter.center.text, sheet["A3"].border.left.style) == ("第&P页 共&N页", "thin")


def test_nothing_in_the_file_starts_a_formula(cast, as_person):
    student("=1+1", cast.class_1, since=cast.school.listening_since)
    Student.objects.filter(pk=cast.ma.pk).update(name="+马\x07依依")

    _, sheet = file_of(as_person(cast.head_teacher), cast)

    names = [sheet.cell(number, 6) for number in range(4, 8)]
    assert {"=1+1", "+马依依"} < {cell.value for cell in names}
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert {cell.value: cell.quotePrefix for cell in names if cell.value in ("=1+1", "林知夏")} == {
        "=1+1": True,
        "林知夏": False,
    }


def test_of_a_counselors_talk_the_head_teacher_has_the_day_alone(cast, as_person):
    rule = cast.rule
    rule.roles = [*rule.roles, "counselor"]
    rule.save()
    talk(cast.counselor, cast.lin, by_counselor=True, note="只有我们知道")

    found = {
        name: next(row[6:10] for row in rows(file_of(as_person(getattr(cast, name)), cast)[1]) if row[5] == "林知夏")
        for name in ("head_teacher", "counselor")
    }

    assert found == {
        "head_teacher": ["", "2025-11-18", "", ""],
        "counselor": ["顾文静", "2025-11-18", "15 分钟", "面谈"],
    }


def test_what_was_said_stands_nowhere(cast, as_person):
    talk(cast.head_teacher, cast.lin, note="只有我们知道")
    client = as_person(cast.head_teacher)

    _, sheet = file_of(client, cast)
    pages = [client.get(page_url(cast, name)).content.decode() for name in ("class-report", "class-blank")]

    assert [text for text in (str(rows(sheet)), *pages) if "只有我们知道" in text] == []


@pytest.mark.parametrize(
    ("name", "verb"),
    [("class-report", "class.print"), ("class-blank", "class.print"), ("class-report-file", "class.export")],
)
def test_what_leaves_the_house_stands_in_the_trail(cast, as_person, name, verb):
    as_person(cast.head_teacher).get(page_url(cast, name))

    entry = AuditEntry.objects.get(verb__in=("class.print", "class.export"))
    assert (entry.verb, entry.by_id, entry.uid) == (verb, cast.head_teacher.pk, cast.class_1.uid)
    assert "林知夏" not in entry.detail


def test_table_that_is_out_of_reach_leaves_no_trail(cast, as_person):
    as_person(cast.head_teacher2).get(page_url(cast))

    assert not AuditEntry.objects.filter(verb="class.print").exists()


# Every requirement of the class


def month_rule(cast, *, tiers=(), **more):
    rule = QuotaRule.objects.create(
        school=cast.school, name="家长沟通", order=50, roles=["head_teacher"], kind="contact", period="month",
        minutes=0, valid_from=FORTNIGHT.replace(day=1), **more,
    )  # fmt: skip
    rule.tiers.set(tiers)
    listening.open_periods(cast.school, on=TODAY, at=NOW)
    return rule


def test_table_of_another_requirement_by_page_and_file(cast, as_person):
    School.objects.filter(pk=cast.school.pk).update(listening_since=FORTNIGHT.replace(day=1))
    cast.school.refresh_from_db()
    rule = month_rule(cast)
    talk(cast.head_teacher, cast.lin, kind=Kind.CONTACT, minutes=0, channel="phone", guardian_name="外婆")
    client = as_person(cast.head_teacher)

    page = client.get(page_url(cast), {"rule": str(rule.uid)}).content.decode()
    answer = client.get(page_url(cast, "class-report-file"), {"rule": str(rule.uid)})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active

    assert (f'<option value="{rule.uid}" selected>家长沟通' in page, f"report.xlsx?rule={rule.uid}" in page) == (
        True,
        True,
    )
    assert unquote(answer["Content-Disposition"]).endswith("七年级(1)班_家长沟通_2025-2026第一学期_11月.xlsx")
    assert (sheet["C3"].value, sheet["A2"].value.count("要求：家长沟通")) == ("月份", 1)
    assert rows(sheet)[0] == [
        "2025-2026学年", "第一学期", "11月", "七年级(1)班", "1", "林知夏", "刘敏", TODAY.isoformat(), "", "电话",
        "是", "",
    ]  # fmt: skip


def test_table_under_a_requirement_for_some_names_those_alone(cast, as_person):
    School.objects.filter(pk=cast.school.pk).update(listening_since=FORTNIGHT.replace(day=1))
    cast.school.refresh_from_db()
    tier = CareTier.objects.get(school=cast.school, axis=CareTier.Axis.S2)
    students.set_tier(by=cast.counselor, student=cast.lin, tier=tier, on=FORTNIGHT.replace(day=1), at=NOW)
    rule = month_rule(cast, tiers=[tier])

    page = as_person(cast.head_teacher).get(page_url(cast), {"rule": str(rule.uid)}).content.decode()

    assert ("林知夏" in page, "马依依" in page, tier.name in page) == (True, False, False)


def test_table_of_what_the_class_does_together(cast, as_person):
    rule = peers_rule(cast.school)
    activity(cast.peer, cast.peer, cast.lin, cast.ma)
    client = as_person(cast.head_teacher)

    answer = client.get(page_url(cast, "class-report-file"), {"rule": str(rule.uid)})
    blank = client.get(page_url(cast, "class-blank"), {"rule": str(rule.uid)}).content.decode()
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active

    assert [row[4:] for row in rows(sheet)] == [
        ["1", "全班", "许若楠", TODAY.isoformat(), "20 分钟", "散步", "是", ""],
    ]
    assert ("全班" in blank, "许若楠" in blank) == (True, False)


def test_requirement_of_counselors_or_of_another_school_has_no_table(cast, as_person):
    own = month_rule(cast, for_counselors=True)
    client = as_person(cast.head_teacher)
    rules = (own, cast.other_school.quota_rules.get())

    page = client.get(page_url(cast)).content.decode()
    answers = [client.get(page_url(cast), {"rule": str(rule.uid)}).status_code for rule in rules]
    nonsense = client.get(page_url(cast), {"rule": "x"}).status_code

    assert (answers, nonsense, "<select" in page) == ([404, 404], 404, False)


def test_page_for_the_printer_has_columns_and_signature(cast, as_person):
    talk(cast.head_teacher, cast.lin)

    page = as_person(cast.head_teacher).get(page_url(cast)).content.decode()

    assert [word in page for word in ("未完成原因", "班主任签字", "刘敏", "2025-11-18")] == [True] * 4


def test_blank_form_has_the_names_alone(cast, as_person):
    talk(cast.teacher, cast.lin)

    page = as_person(cast.head_teacher).get(page_url(cast, "class-blank")).content.decode()

    assert [word in page for word in ("林知夏", "许若楠", "王海涛", "2025-11-18")] == [True, True, False, False]


def test_board_offers_export_to_whom_it_is_open(cast, as_person):
    board = reverse("listening:board", args=[cast.class_1.uid])

    found = {
        name: page_url(cast, "class-report-file") in as_person(getattr(cast, name)).get(board).content.decode()
        for name in ("head_teacher", "counselor", "counselor2", "grade_head")
    }

    assert found == {"head_teacher": True, "counselor": True, "counselor2": False, "grade_head": False}
