import pytest
from hypothesis import given
from hypothesis import strategies as st

from students.roster_import.classes import (
    ClassName,
    Stage,
    System,
    find_class_parts,
    in_school_year,
    parse_class,
    parse_grade,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("七年级(3)班", ClassName(7, 3)),
        ("七年级（3）班", ClassName(7, 3)),
        ("七(3)班", ClassName(7, 3)),
        ("七3班", ClassName(7, 3)),
        ("七三班", ClassName(7, 3)),
        ("七十班", ClassName(7, 10)),
        ("7.3", ClassName(7, 3)),
        ("7.10", ClassName(7, 10)),
        ("7-3", ClassName(7, 3)),
        ("703", ClassName(7, 3)),
        ("0703", ClassName(7, 3)),
        ("1003", ClassName(10, 3)),
        ("初一3班", ClassName(7, 3)),
        ("初一(3)班", ClassName(7, 3)),
        ("初中一年级3班", ClassName(7, 3)),
        ("2023级3班", ClassName(None, 3, entry_year=2023)),
        ("202303", ClassName(None, 3, entry_year=2023)),
        ("2026届3班", ClassName(None, 3, graduation_year=2026)),
        ("高2023级3班", ClassName(None, 3, entry_year=2023, level="高")),
        ("高一(10)班", ClassName(10, 10)),
        ("高三十二班", ClassName(12, 12)),
        ("一年级1班", ClassName(1, 1)),
        ("三年三班", ClassName(3, 3)),
        ("1班", ClassName(None, 1)),
        ("１班", ClassName(None, 1)),
        ("1", ClassName(None, 1)),
        ("十二班", ClassName(None, 12)),
        ("二十三班", ClassName(None, 23)),
        ("清江中学七年级(3)班", ClassName(7, 3)),
        ("示例市第三中学初一(2)班", ClassName(7, 2)),
        ("七年级13班（实验班）", ClassName(7, 13)),
        ("七 年级 ０３ 班", ClassName(7, 3)),
        ("初三班", ClassName(9)),
        ("七年级", ClassName(7)),
        ("2026-07-03", None),
        ("阳光班", None),
        ("73", None),
        ("", None),
    ],
)
def test_parse_class_as_schools_write_it(text, expected):
    assert parse_class(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("初一(3)班", 6), ("初四(3)班", 9), ("预备(3)班", 6), ("七年级(3)班", 7), ("高一3班", 10)],
)
def test_parse_class_with_five_years_of_primary_school(text, expected):
    assert parse_class(text, system=System.FIVE_FOUR) == ClassName(expected, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("七年级", ClassName(7)),
        ("初二", ClassName(8)),
        ("高一年级", ClassName(10)),
        ("7", ClassName(7)),
        ("七", ClassName(7)),
        ("2023级", ClassName(entry_year=2023)),
        ("2023", ClassName(entry_year=2023)),
        ("全体", None),
    ],
)
def test_parse_grade(text, expected):
    assert parse_grade(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("初二年级1班", ("初二", "1")),
        ("××中学2025-2026学年第一学期七年级(3)班学生名册", ("七年级", "3")),
        ("一1班", ("一年级", "1")),
        ("1班导入数据", ("", "1")),
        ("11班名单", ("", "11")),
        ("703班", ("七年级", "3")),
        ("七年级学生名册", ("七年级", "")),
        ("初三班级名单", ("初三", "")),
        ("2025年名册", None),
        ("导入数据", None),
        ("Sheet1", None),
    ],
)
def test_find_class_parts_of_a_title(text, expected):
    assert find_class_parts(text) == expected


@pytest.mark.parametrize(
    ("name", "stage", "system", "expected"),
    [
        (ClassName(None, 3, entry_year=2025), Stage.JUNIOR, System.SIX_THREE, 7),
        (ClassName(None, 3, entry_year=2023), Stage.JUNIOR, System.SIX_THREE, 9),
        (ClassName(None, 3, entry_year=2022), Stage.JUNIOR, System.FIVE_FOUR, 9),
        (ClassName(None, 3, entry_year=2022), Stage.JUNIOR, System.SIX_THREE, None),
        (ClassName(None, 3, graduation_year=2026), Stage.JUNIOR, System.SIX_THREE, 9),
        (ClassName(None, 3, graduation_year=2028), Stage.SENIOR, System.SIX_THREE, 10),
        (ClassName(None, 3, entry_year=2020), Stage.PRIMARY, System.SIX_THREE, 6),
        (ClassName(None, 3, entry_year=2024), Stage.COMPLETE, System.SIX_THREE, None),
        (ClassName(None, 3, entry_year=2024, level="高"), Stage.COMPLETE, System.SIX_THREE, 11),
        (ClassName(None, 3, entry_year=2024, level="初"), Stage.NINE_YEAR, System.SIX_THREE, 8),
    ],
)
def test_cohort_in_school_year_2025(name, stage, system, expected):
    assert in_school_year(name, year=2025, stage=stage, system=system).grade == expected


names = st.one_of(
    st.builds(ClassName, st.integers(1, 12), st.integers(1, 60)),
    st.builds(ClassName, st.integers(1, 12)),
    st.builds(ClassName, st.none(), st.integers(1, 60)),
    st.builds(
        ClassName, st.none(), st.integers(1, 60), st.integers(2000, 2099), level=st.sampled_from(["", "小", "初", "高"])
    ),
    st.builds(ClassName, st.none(), st.integers(1, 60), st.none(), st.integers(2000, 2099)),
)


@given(name=names)
def test_display_is_read_back(name):
    assert parse_class(name.display) == name


@given(text=st.text(alphabet="一二三四五六七八九十初高级届年班()（）.0123456789 中小学校", max_size=12))
def test_parse_class_answers_anything(text):
    found = parse_class(text)

    assert found is None or found.display
