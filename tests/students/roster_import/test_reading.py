"""Files as they come, through the child process: what is kept, and what is said of a file that is none."""

import io
import json
import re
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

from students.roster_import import kinds, reading, textfiles, worker
from students.roster_import.reading import read_table
from students.roster_import.table import Field, NotARoster, Table
from tests.students.roster_import.workbook_files import csv_text, xls, xlsx, zip_of

ROWS = [["学号", "姓名", "班级", "身份证号", "语文"], ["20250301", "张三", "七年级(3)班", "11010519491231002X", 98]]
KEPT = {Field.SCHOOL_NUMBER: "20250301", Field.NAME: "张三", Field.CLASS: "七年级(3)班"}


def refusal(content, filename="名单.xlsx"):
    """The sentence; it comes within 12 seconds, in one line."""
    began = time.monotonic()
    with pytest.raises(NotARoster) as refused:
        read_table(content, filename)
    assert time.monotonic() - began < 12
    assert re.fullmatch(r"[^\n]{8,90}。", refused.value.sentence)
    return refused.value.sentence


@pytest.mark.parametrize(
    ("content", "kind", "encoding"),
    [
        (xlsx(ROWS), "xlsx", ""),
        (xls(ROWS), "xls", ""),
        (csv_text(ROWS).encode(), "csv", "UTF-8"),
        (csv_text(ROWS).encode("utf-8-sig"), "csv", "UTF-8"),
        (csv_text(ROWS).encode("gb18030"), "csv", "GB18030"),
        (csv_text(ROWS, "\t").encode("utf-16"), "csv", "UTF-16"),
        (csv_text(ROWS, "\t").encode("utf-16-be"), "csv", "UTF-16"),
        (csv_text(ROWS, ";").encode(), "csv", "UTF-8"),
    ],
)
def test_only_needed_columns_leave_the_reader(content, kind, encoding):
    table = read_table(content, "whatever.bin")

    assert (table.kind, table.encoding, [dict(row.cells) for row in table.sheets[0].rows]) == (kind, encoding, [KEPT])
    assert "11010519491231002X" not in json.dumps(table.to_json())
    assert Table.from_json(json.loads(json.dumps(table.to_json()))) == table


def test_row_numbers_are_those_of_the_file():
    rows = [["七年级(3)班学生名册"], [], ["姓名", "性别"], ["张三", "男"], [], ["李四", "女"], ["合计", 2]]

    sheet = read_table(xlsx(rows), "x.xlsx").sheets[0]

    assert (sheet.header_row, sheet.class_text) == (3, "七年级3班")
    assert [(row.number, row[Field.NAME], row.skipped) for row in sheet.rows] == [
        (4, "张三", ""),
        (6, "李四", ""),
        (7, "", "合计"),
    ]


def test_numbers_as_a_person_sees_them():
    def formats(sheet):
        sheet["C2"].number_format = "0.00"

    rows = [["姓名", "学号", "班级", "联系电话"], ["张三", 110105194912310020, 7.1, 13800138000.0]]

    row = read_table(xlsx(rows, touch=formats), "x.xlsx").sheets[0].rows[0]

    assert dict(row.cells) == {
        Field.NAME: "张三",
        Field.SCHOOL_NUMBER: "1.10105E+17",
        Field.CLASS: "7.10",
        Field.GUARDIAN_PHONE: "13800138000",
    }


def test_numbers_of_an_old_workbook():
    rows = [["姓名", "学号", "班级", "联系电话"], ["张三", 110105194912310020, 7.1, 13800138000.0]]

    row = worker.parse(xls(rows), "x.xls").sheets[0].rows[0]

    assert (row[Field.SCHOOL_NUMBER], row[Field.CLASS], row[Field.GUARDIAN_PHONE]) == (
        "1.10105E+17",
        "7.1",
        "13800138000",
    )


def test_one_sheet_a_class_and_a_page_of_instructions():
    instructions = [["使用说明"], ["姓名", "必填", "文本"]]
    book = {
        "说明": instructions,
        "1班": [["姓名", "学号"], ["张三", 1]],
        "2班": [["姓名", "学号"], ["李四", 1]],
        "3班": [["姓名"]],
    }

    table = read_table(xlsx(book), "七年级.xlsx")

    assert [(sheet.title, sheet.class_text) for sheet in table.sheets] == [("1班", "七年级1班"), ("2班", "七年级2班")]
    assert table.left_out == ("说明", "3班")


def test_hidden_sheet_is_left_out():
    def hide(sheet):
        sheet.sheet_state = "hidden"

    rows = [["姓名", "性别"], ["张三", "男"]]

    table = read_table(xlsx({"今年": rows, "去年": rows}, touch=hide), "x.xlsx")

    assert ([sheet.title for sheet in table.sheets], table.left_out) == (["今年"], ("去年",))


def test_class_merged_down_its_rows_is_each_ones():
    rows = [["班级", "姓名"], ["七1班", "张三"], [None, "李四"], [None, "王五"]]

    sheet = read_table(xlsx(rows, touch=lambda one: one.merge_cells("A2:A3")), "x.xlsx").sheets[0]

    assert [row[Field.CLASS] for row in sheet.rows] == ["七1班", "七1班", ""]


def test_columns_that_a_person_chose():
    content = csv_text([["姓名", "电话", "紧急号码"], ["张三", "1", "2"]]).encode()

    table = read_table(content, "x.csv", chosen={Field.GUARDIAN_PHONE: "紧急号码"})

    assert dict(table.sheets[0].rows[0].cells) == {Field.NAME: "张三", Field.GUARDIAN_PHONE: "2"}


def png():
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def with_part(name, content):
    """A good workbook with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(ROWS))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for part in good.infolist():
            bad.writestr(part.filename, content if part.filename == name else good.read(part))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", kinds.EMPTY),
        (b"\r\n \r\n", kinds.EMPTY),
        (b"\0" * 5000, kinds.EMPTY),
        (b"x" * (reading.LARGEST_FILE + 1), kinds.TOO_LARGE),
        (png(), kinds.PICTURE),
        (b"\xff\xd8\xff\xe0 jpeg", kinds.PICTURE),
        (b"%PDF-1.7 ...", kinds.PDF),
        (zip_of(word__document=b"<w/>"), kinds.WORD),
        (zip_of(ppt__presentation=b"<p/>"), kinds.SLIDES),
        (zip_of(名单=xlsx(ROWS)), kinds.ARCHIVE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le"), kinds.LOCKED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "WordDocument".encode("utf-16-le"), kinds.WORD),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "Workbook".encode("utf-16-le"), kinds.BROKEN),
        ("<html><table><tr><td>姓名</td></tr></table></html>".encode(), kinds.WEB_PAGE),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", kinds.WEB_PAGE),
        (xlsx(ROWS)[:1500], kinds.BROKEN),
        (with_part("xl/workbook.xml", b"<broken"), kinds.BROKEN),
        (with_part(SHEET, b"<broken"), kinds.BROKEN),
        (zip_of(xl__bomb=b"0" * (kinds.MOST_UNPACKED + 1)), kinds.BOMB),
        (xlsx([["部门", "姓氏"], ["教务处", "王"]]), worker.NO_NAMES),
        (xlsx([["序号", "姓名"], [1, None], [2, None]]), worker.NO_STUDENTS),
        (xlsx([["姓名", "性别"], ["=A1", "=B1"]]), worker.NO_STUDENTS),
        (csv_text(ROWS).encode() + "李四,女\r\n".encode("gb18030"), textfiles.MIXED),
        ("姓名,性别\r\n".encode() + b"\xff\xfe\x80\x81\r\n", textfiles.MIXED),
        (b"a,b\r\n\xff\xff\xff\xff\r\n", textfiles.UNREADABLE),
        (bytes(range(256)) * 20, kinds.NO_TABLE),
        ('姓名,性别\r\n"张三,男\r\n'.encode() + "李四,女\r\n".encode() * 50, textfiles.OPEN_QUOTE.format(number=2)),
    ],
)
def test_what_is_no_roster_is_told_in_one_sentence(content, sentence):
    assert refusal(content) == sentence


def test_stray_nul_bytes_do_not_hide_the_names():
    content = csv_text(ROWS).encode().replace("张三".encode(), "张\0三".encode())

    assert read_table(content, "x.csv").sheets[0].rows[0][Field.NAME] == "张三"


def test_lone_cell_in_the_last_corner():
    def corner(sheet):
        sheet["XFD1048576"] = "x"

    assert refusal(xlsx(ROWS, touch=corner)).startswith("第 1048576 行还有内容")


def test_lone_cell_in_the_last_column():
    def far(sheet):
        sheet["XFD2"] = "x"

    assert refusal(xlsx(ROWS, touch=far)).startswith("第 2 行的第 16384 列还有内容")


def test_format_in_the_last_corner_is_no_content():
    def corner(sheet):
        sheet["XFD1048576"].number_format = "@"

    assert len(read_table(xlsx(ROWS, touch=corner), "x.xlsx").sheets[0].rows) == 1


def test_merge_over_the_whole_sheet():
    merge = (
        b'</sheetData><mergeCells count="2"><mergeCell ref="A1:XFD1048576"/><mergeCell ref="C2:C1048576"/></mergeCells>'
    )
    with zipfile.ZipFile(io.BytesIO(xlsx(ROWS))) as good:
        sheet = good.read(SHEET).replace(b"</sheetData>", merge)

    assert len(read_table(with_part(SHEET, sheet), "x.xlsx").sheets[0].rows) == 1


def test_more_rows_than_the_limit():
    content = csv_text([["姓名", "性别"], *[["张三", "男"]] * 20_000]).encode()

    assert refusal(content).startswith("第 20001 行还有内容，一次最多读 20000 行")


def test_entities_that_swell():
    swell = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'

    assert refusal(with_part(SHEET, swell)) == kinds.BROKEN


def test_file_that_takes_too_much_memory_ends_the_child_only():
    assert refusal(b"ab,12," * 1_700_000) == kinds.TOO_MUCH


def test_slow_file_is_given_up(monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 0.01)

    assert refusal(xlsx(ROWS)) == kinds.TOO_SLOW


def test_child_that_dies_is_told(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")

    assert refusal(xlsx(ROWS)) == kinds.TOO_MUCH


def test_child_knows_no_django_and_none_of_the_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "x")
    seen = {}
    run = subprocess.run

    def look(*args, **options):
        seen.update(options["env"])
        return run(*args, **options)

    monkeypatch.setattr(subprocess, "run", look)
    read_table(xlsx(ROWS), "x.xlsx")
    loaded = run(
        [sys.executable, "-c", "import sys, students.roster_import.worker as w; print('django' in sys.modules)"],
        cwd=Path(worker.__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert (sorted(seen), loaded.stdout.strip()) == (["LANG", "PYTHONUTF8"], "False")


def test_photos_in_a_workbook_do_not_matter():
    book = openpyxl.Workbook()
    book.active.append(["姓名", "照片"])
    book.active.append(["张三", None])
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr("xl/media/image1.png", png())

    assert len(read_table(out.getvalue(), "x.xlsx").sheets[0].rows) == 1
