"""班级汇总表: on paper, as a file, and empty."""

import io
from urllib.parse import unquote

import openpyxl
from django.urls import reverse

from privacy.models import AuditEntry
from students.models import Student
from tests.cast import TODAY, student, talk


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


def test_export_stands_in_the_trail_and_a_look_does_not(cast, as_person):
    client = as_person(cast.head_teacher)

    client.get(page_url(cast))
    before = AuditEntry.objects.filter(verb="class.export").count()
    client.get(page_url(cast, "class-report-file"))

    entry = AuditEntry.objects.get(verb="class.export")
    assert (before, entry.by_id, entry.uid) == (0, cast.head_teacher.pk, cast.class_1.uid)


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
