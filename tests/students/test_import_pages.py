"""A registrar's way from a file to the roster, page by page, as a browser without JavaScript goes it."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from schools.models import Term
from students.models import RosterUpload, Student
from students.roster_import.table import LARGEST_FILE
from tests.cast import NOW

UPLOAD = reverse("students:import")
ROSTER = "姓名,班级,学号\n丁一,七年级(1)班,20250901\n,七年级(1)班,20250902\n丁三,海棠班,20250903\n林知夏,七年级(1)班,\n"


@pytest.fixture
def registrar(cast, as_person):
    return as_person(cast.registrar)


def send(client, content, name="名册.csv"):
    data = content.encode("gb18030") if isinstance(content, str) else content
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, data)})


def page_of(answer):
    return answer.content.decode()


def workbook(*rows):
    book, kept = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(kept)
    return kept.getvalue()


def to_preview(client, content, name="名册.csv", **said):
    """Upload and say what the file leaves out; returns the address of the preview."""
    columns = send(client, content, name)["Location"]
    form = client.get(columns).context["form"]
    guessed = {field.html_name: field.value() or "" for field in [*form.column_fields, form["grade"]]}
    answer = client.post(columns, guessed | said)
    assert answer.status_code == 302, form.errors
    return answer["Location"]


def test_flow_from_a_file_in_gb18030_to_the_roster(registrar):
    preview = to_preview(registrar, ROSTER)
    page = page_of(registrar.get(preview))

    assert "GB18030" in page
    assert "确认后：新增 1 位，更新 0 位。" in page
    assert "有 2 行先跳过，改好再导一次即可，不会重复。" in page
    assert page.index("没有姓名。请在文件里补上") < page.index("丁一")
    assert '<b class="q-miss">海棠班</b>' in page
    assert Student.objects.filter(name="丁一").count() == 0

    answer = registrar.post(preview, follow=True)

    assert answer.redirect_chain[-1][0].endswith("/done/")
    assert "新增 1 位，更新 0 位" in page_of(answer)
    assert Student.objects.filter(name="丁一").count() == 1


def test_file_without_classes_asks_grade_and_class_at_once(registrar):
    columns = send(registrar, workbook(["姓名"], ["丁一"], ["丁二"]), "名册.xlsx")["Location"]
    first = page_of(registrar.get(columns))
    refused = registrar.post(columns, {"column_name": "姓名"})

    assert ("这份名册是几班的？" in first, "这份名册是哪个年级的？" in first) == (True, True)
    assert refused.status_code == 422
    assert sorted(refused.context["form"].errors) == ["class_number", "grade"]

    preview = registrar.post(columns, {"column_name": "姓名", "grade": "7", "class_number": "4"})["Location"]
    assert "会新建 1 个班：七年级(4)班" in page_of(registrar.get(preview))


def test_cohort_whose_grade_is_unknown_is_asked_about(registrar):
    columns = send(registrar, "姓名,班级\n丁一,2015级1班\n")["Location"]

    refused = registrar.post(columns, {"column_name": "姓名", "column_class": "班级"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["cohort_2015级"])

    said = {"column_name": "姓名", "column_class": "班级", "cohort_2015级": "9"}
    assert registrar.post(columns, said)["Location"].endswith("/preview/")


def test_one_column_cannot_be_two_things(registrar):
    columns = send(registrar, ROSTER)["Location"]

    answer = registrar.post(columns, {"column_name": "姓名", "column_guardian_name": "姓名"})

    assert (answer.status_code, "这一列选了两次" in page_of(answer)) == (422, True)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("名册.xlsx", b"\x89PNG\r\n\x1a\n" + b"0" * 99, "这是一张图片，不是表格。"),
        ("名册.xlsx", b"PK\x03\x04broken", "文件不完整或已损坏，打不开。"),
        ("名册.csv", b"", "这个文件是空的，请换一个。"),
        ("名册.csv", b" " * (LARGEST_FILE + 1), "文件超过 10 MB。"),
    ],
)
def test_what_is_no_roster_is_refused_with_one_sentence(registrar, name, content, sentence):
    answer = send(registrar, content, name)

    assert (answer.status_code, len(answer.context["form"].errors["file"])) == (422, 1)
    assert sentence in page_of(answer)
    assert RosterUpload.objects.count() == 0


def test_upload_without_a_file_says_so(registrar):
    assert "选一个文件。" in page_of(registrar.post(UPLOAD))


def test_confirm_pressed_twice_ends_on_the_same_page(registrar):
    preview = to_preview(registrar, ROSTER)

    answers = [registrar.post(preview) for _ in range(2)]

    assert [answer["Location"] for answer in answers] == [preview.replace("/preview/", "/done/")] * 2
    assert Student.objects.filter(name="丁一").count() == 1


def test_same_file_in_two_tabs_is_written_once(registrar):
    first, second = to_preview(registrar, ROSTER), to_preview(registrar, ROSTER)

    registrar.post(first)
    answer = registrar.post(second, follow=True)

    assert "新增 0 位，更新 0 位" in page_of(answer)
    assert Student.objects.filter(name="丁一").count() == 1


def test_same_file_again_has_nothing_to_write(registrar):
    registrar.post(to_preview(registrar, ROSTER))

    page = page_of(registrar.get(to_preview(registrar, ROSTER)))

    assert "没有要写的，看名单" in page
    assert "确认，写入" not in page


def test_old_upload_leads_back_to_the_beginning(registrar):
    preview = to_preview(registrar, ROSTER)
    RosterUpload.objects.update(table={}, uploaded_at=NOW - timedelta(days=2))

    answer = registrar.get(preview, follow=True)

    assert answer.redirect_chain[-1][0] == UPLOAD
    assert "放了一天没有确认" in page_of(answer)


def test_changes_show_old_and_new(registrar):
    registrar.post(to_preview(registrar, "姓名,班级,学号,家长电话\n丁一,七年级(1)班,20250901,13800138000\n"))

    page = page_of(
        registrar.get(to_preview(registrar, "姓名,班级,学号,家长电话\n丁一,七年级(2)班,20250901,13900139000\n"))
    )

    assert '<span class="q-old">七年级(1)班</span> → <span class="q-new">七年级(2)班</span>' in page
    assert '<span class="q-old">13800138000</span> → <span class="q-new">13900139000</span>' in page
    assert "调班：旧班的记录保留。" in page


def test_doubtful_child_is_chosen_in_the_row(cast, registrar):
    preview = to_preview(registrar, "姓名,班级,学号\n丁一,七年级(1)班,20250901\n")
    registrar.post(preview)
    preview = to_preview(registrar, "姓名,班级,学号\n丁乙,七年级(1)班,20250901\n")
    page = page_of(registrar.get(preview))
    child = Student.objects.get(name="丁一")
    assert "学号相同的同学叫丁一。" in page

    registrar.post(preview, {"answer": "1", "same-:2": str(child.pk)})
    registrar.post(preview)

    child.refresh_from_db()
    assert child.name == "丁乙"


def test_class_that_stands_elsewhere_is_answered_once(cast, registrar):
    preview = to_preview(registrar, "姓名,班级\n林知夏,八年级(3)班\n马依依,八年级(3)班\n许若楠,八年级(3)班\n")
    asked = page_of(registrar.get(preview))
    early = registrar.post(preview, follow=True)

    assert "八年级(3)班：有 3 位的姓名和七年级(1)班的一样" in asked
    assert "确认，写入" not in asked
    assert "还有一处要您先说一下" in page_of(early)

    registrar.post(preview, {"answer": "1", "renamed": "yes"})
    assert "确认后：新增 0 位，更新 3 位。" in page_of(registrar.get(preview))


def test_who_is_missing_is_told_and_kept(registrar):
    page = page_of(registrar.get(to_preview(registrar, "姓名,班级\n林知夏,七年级(1)班\n")))

    assert "有 2 位，不会改动，也不会删除。" in page
    assert "七年级(1)班 马依依" in page


def test_many_rows_are_a_click_away(registrar):
    rows = "\n".join(f"丁{'一二三四五六七八九十'[n // 26]}{chr(0x4E8C + n)},七年级(4)班" for n in range(250))
    preview = to_preview(registrar, f"姓名,班级\n{rows}\n")

    assert "还有 210 行新增" in page_of(registrar.get(preview))
    assert registrar.get(f"{preview}?show=new").content.decode().count("<tr>") == 201
    assert registrar.get(f"{preview}?show=new&page=2").content.decode().count("<tr>") == 51
    assert registrar.get(f"{preview}?show=nonsense").status_code == 200


def test_rows_left_out_are_a_table_that_no_formula_is_in(registrar):
    preview = to_preview(registrar, "姓名,班级\n=1+1,七年级(1)班\n丁三,海棠班\n")

    answer = registrar.get(preview.replace("/preview/", "/faults/"))

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[:4] for row in rows] == [
        ["工作表", "行", "姓名", "班级"],
        ["", "2", "'=1+1", "七年级(1)班"],
        ["", "3", "丁三", "海棠班"],
    ]


def test_without_a_term_the_page_says_what_to_do_first(cast, registrar):
    Term.objects.filter(school=cast.school).delete()

    pages = [page_of(registrar.get(address)) for address in (UPLOAD, to_preview(registrar, ROSTER))]

    assert ["还没有填学期。" in page for page in pages] == [True, True]


def test_upload_of_a_colleague_is_as_absent(cast, registrar, as_person):
    preview = to_preview(registrar, ROSTER)
    RosterUpload.objects.update(by=cast.principal)

    assert [registrar.get(preview).status_code, registrar.post(preview).status_code] == [404, 404]
