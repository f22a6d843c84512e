"""Roster files that nobody here wrote. They are not part of the project: see QINGTING_SHARED."""

import os
import time
from pathlib import Path

import pytest

from students.roster_import import (
    Answers,
    ExistingClass,
    ExistingStudent,
    Field,
    Kind,
    NotARoster,
    Question,
    School,
    Stage,
    class_keys,
    plan,
    read_table,
    worker,
)
from students.roster_import.numbers import SCIENTIFIC_REMARK

SHARED = Path(os.environ.get("QINGTING_SHARED") or Path(__file__).resolve().parents[4] / "shared")
ROSTERS = SHARED / "data" / "cn_rosters"
SCHOOL = School(year=2025, stage=Stage.JUNIOR)
MAGICODES = "derived__dotnetcore__Magicodes.IE/"

pytestmark = pytest.mark.skipif(not ROSTERS.is_dir(), reason=f"no roster files in {ROSTERS}: set QINGTING_SHARED")


def read(name):
    path = ROSTERS / name
    return read_table(path.read_bytes(), path.name)


def planned(table, existing=(), classes=(), **answers):
    return plan(table, school=SCHOOL, existing=existing, classes=classes, answers=Answers(**answers))


def after(made):
    """The school once everything new is written."""
    classes = [ExistingClass(at, one.grade, one.number) for at, one in enumerate(made.new_classes)]
    keys = class_keys(classes)
    students = [
        ExistingStudent(
            at,
            row.entry.name,
            keys[row.entry.school_class],
            row.entry.national_number,
            row.entry.school_number,
            row.entry.gender,
        )
        for at, row in enumerate(made.of(Kind.NEW))
    ]
    return students, classes


def answer(reader, path):
    """What a reader says of a file: the table, or the sentence."""
    try:
        return reader(path.read_bytes(), path.name)
    except NotARoster as refused:
        return refused.sentence


def test_every_file_is_answered_in_time_and_the_child_says_what_its_parser_says():
    for path in sorted(one for one in ROSTERS.rglob("*") if one.is_file()):
        began = time.monotonic()
        said = answer(read_table, path)

        assert time.monotonic() - began < 12
        assert said == answer(worker.parse, path)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("0424lynn__classroom-garden/学生名单模板.xlsx", worker.NO_STUDENTS),
        ("JinshuaiGao__EasySeats/名单模板.xlsx", worker.NO_STUDENTS),
        ("yunqilu880-cyber__scholarship-system/奖学金评选模板.xlsx", worker.NO_STUDENTS),
        ("alibaba__easyexcel/dataformat.xls", worker.NO_NAMES),
        ("alibaba__easyexcel/dataformat.xlsx", worker.NO_NAMES),
        ("alibaba__easyexcel/extra.xls", worker.NO_NAMES),
        ("alibaba__easyexcel/t01.xls", worker.NO_NAMES),
        ("mini-software__MiniExcel/gb2312_Encoding_Read_Test.csv", worker.NO_NAMES),
    ],
)
def test_file_without_students_is_refused(name, sentence):
    with pytest.raises(NotARoster) as refused:
        read(name)

    assert refused.value.sentence == sentence


@pytest.mark.parametrize(
    ("name", "header_row", "class_text", "students"),
    [
        ("Leap-w__Changdu-Memory/学生导入模板.xlsx", 1, "", 1),
        ("alibaba__easyexcel/no_bom.csv", 1, "", 10),
        ("alibaba__easyexcel/office_bom.csv", 1, "", 10),
        ("datawhalechina__joyful-pandas/期中考试成绩.csv", 1, "", 896),
        (f"{MAGICODES}学生基础数据导入.csv", 1, "", 16),
        (f"{MAGICODES}学生基础数据导入带描述头.xlsx", 2, "", 16),
        ("liyork__pythonpiano/table1.xlsx", 1, "", 3),
        ("liyork__pythonpiano/test.xlsx", 2, "初二1班", 2),
        ("liyork__pythonpiano/学生信息表.xlsx", 1, "", 6),
        ("zty8889-oss__teacher-workbench/学生信息导入模板.xlsx", 1, "", 2),
    ],
)
def test_file_with_students(name, header_row, class_text, students):
    sheet = read(name).sheets[0]

    assert (sheet.header_row, sheet.class_text, sum(not row.skipped for row in sheet.rows)) == (
        header_row,
        class_text,
        students,
    )


def test_marks_and_identity_numbers_stay_in_the_reader():
    table = read(f"{MAGICODES}学生基础数据导入.xlsx")

    kept = str(table.to_json())

    assert (table.sheets[0].columns[Field.GUARDIAN_PHONE], "99999902032558" in kept, "示例省" in kept) == (
        "家长联系电话",
        False,
        False,
    )


def test_class_numbers_want_the_grade_once_then_all_go_in_and_again_nothing_changes():
    table = read("datawhalechina__joyful-pandas/期中考试成绩.csv")

    asked = planned(table)
    made = planned(table, default_grade=8)
    students, classes = after(made)
    again = planned(table, existing=students, classes=classes, default_grade=8)
    other = planned(
        read("datawhalechina__joyful-pandas/第1次周测成绩.csv"), existing=students, classes=classes, default_grade=8
    )

    assert (len(asked.of(Kind.ASK)), asked.questions) == (896, frozenset({Question.GRADE}))
    assert (len(made.of(Kind.NEW)), len(made.new_classes)) == (896, 11)
    assert (len(again.of(Kind.SAME)), len(other.of(Kind.SAME))) == (896, 896)


def test_numbers_that_excel_damaged_are_left_out_and_the_rows_go_in():
    made = planned(read(f"{MAGICODES}学生基础数据导入.csv"), default_grade=7, default_class=1)

    damaged = [row.number for row in made.rows if f"学籍号{SCIENTIFIC_REMARK}" in row.remarks]

    assert (len(made.of(Kind.NEW)), damaged, {row.entry.national_number for row in made.rows}) == (16, [2, 3], {""})


def test_letter_in_a_number_is_told():
    made = planned(read(f"{MAGICODES}学生基础数据导入.xlsx"), default_grade=7, default_class=1)

    assert (made.counts()[Kind.NEW], all(row.remarks for row in made.rows)) == (16, True)


def test_sheets_carry_their_classes():
    table = read(f"{MAGICODES}班级学生基础数据导入.xlsx")

    made = planned(table, default_grade=7)

    assert [(sheet.title, sheet.class_text) for sheet in table.sheets] == [
        ("1班导入数据", "1班"),
        ("2班导入数据", "2班"),
    ]
    assert [one.display for one in made.new_classes] == ["七年级(1)班", "七年级(2)班"]


def test_full_width_classes_and_seats():
    made = planned(read("liyork__pythonpiano/table1.xlsx"), default_grade=7)

    assert [row.entry.school_class.display for row in made.rows] == ["七年级(1)班", "七年级(1)班", "七年级(2)班"]


def test_title_beside_the_table_gives_the_class():
    made = planned(read("liyork__pythonpiano/test.xlsx"))

    assert [row.entry.school_class.display for row in made.of(Kind.NEW)] == ["八年级(1)班"] * 2
