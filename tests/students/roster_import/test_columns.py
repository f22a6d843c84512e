import pytest

from students.roster_import import columns
from students.roster_import.table import Field

F = Field


def page(*rows):
    """Rows with their numbers, as a reader gives them: empty rows are not there."""
    return [(number, tuple(row)) for number, row in enumerate(rows, 1) if any(row)]


def heads(*rows):
    """Which column was taken for which field."""
    found = columns.find(page(*rows))
    return None if found is None else {name: found.labels[place] for name, place in found.mapping.items()}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            ["序号", "学生姓名", "班别", "全国学籍号"],
            {F.NAME: "学生姓名", F.CLASS: "班别", F.NATIONAL_NUMBER: "全国学籍号"},
        ),
        (["姓名*", "学籍辅号", "考号", "座号"], {F.NAME: "姓名*"}),
        (
            ["姓 名", "学生联系电话", "家长姓名", "家长联系电话"],
            {F.NAME: "姓 名", F.GUARDIAN_NAME: "家长姓名", F.GUARDIAN_PHONE: "家长联系电话"},
        ),
        (["姓名", "联系电话", "监护人手机号"], {F.NAME: "姓名", F.GUARDIAN_PHONE: "监护人手机号"}),
        (["姓名", "联系电话（学生）", "性别"], {F.NAME: "姓名", F.GENDER: "性别"}),
        (["姓名", "电话(家长)", "性别"], {F.NAME: "姓名", F.GUARDIAN_PHONE: "电话(家长)", F.GENDER: "性别"}),
        (["班内号", "姓名", "联系方式"], {F.NAME: "姓名", F.SCHOOL_NUMBER: "班内号", F.GUARDIAN_PHONE: "联系方式"}),
        (
            ["姓名", "父亲姓名", "父亲电话", "母亲姓名", "母亲电话"],
            {F.NAME: "姓名", F.GUARDIAN_NAME: "父亲姓名", F.GUARDIAN_PHONE: "父亲电话"},
        ),
        (
            ["姓名", "母亲姓名", "父亲电话", "家长电话"],
            {F.NAME: "姓名", F.GUARDIAN_NAME: "母亲姓名", F.GUARDIAN_PHONE: "家长电话"},
        ),
        (["姓名", "身份证号", "语文", "家庭住址"], {F.NAME: "姓名"}),
        (["栏位1"], None),
    ],
)
def test_columns_by_their_heads(header, expected):
    assert heads(header, ["张三"]) == expected


def test_header_below_titles_and_instructions():
    rows = (
        ["清江中学学生名册", "", ""],
        ["填表人：王老师", "", ""],
        ["姓名：填全名", "必填", "文本"],
        ["姓名", "班级", "备注"],
        ["张三", "七1班", ""],
    )

    assert columns.find(page(*rows)).header == 3


def test_header_in_two_levels():
    rows = (
        ["序号", "姓名", "监护人", "", ""],
        ["", "", "姓名", "关系", "电话"],
        ["1", "张三", "张大", "父亲", "13800138000"],
    )

    found = columns.find(page(*rows))
    read = columns.sheet("", page(*rows), found, filename="名单.xlsx")

    assert found.labels == ("序号", "姓名", "监护人姓名", "监护人关系", "监护人电话")
    assert dict(read.rows[0].cells) == {
        F.NAME: "张三",
        F.GUARDIAN_NAME: "张大",
        F.GUARDIAN_RELATION: "父亲",
        F.GUARDIAN_PHONE: "13800138000",
    }


def test_header_with_groups_above():
    rows = (["学生", "", "家长", ""], ["姓名", "班级", "姓名", "电话"], ["张三", "七1班", "张大", "13800138000"])

    assert heads(*rows) == {F.NAME: "姓名", F.CLASS: "班级", F.GUARDIAN_NAME: "家长姓名", F.GUARDIAN_PHONE: "家长电话"}


def test_second_block_of_names_is_told():
    found = columns.find(page(["学号", "姓名", "学号", "姓名"], ["1", "张三", "2", "李四"]))

    assert ["第 4 列" in remark for remark in found.remarks] == [True]


def test_chosen_columns_go_before_the_guess():
    rows = page(["姓名", "联系电话", "备用"], ["张三", "1", "2"])

    found = columns.find(rows, chosen={F.GUARDIAN_PHONE: "备用", F.NAME: "姓名"})

    assert dict(found.mapping) == {F.NAME: 0, F.GUARDIAN_PHONE: 2}


def test_chosen_nothing_leaves_the_column_out():
    found = columns.find(page(["姓名", "联系电话"], ["张三", "1"]), chosen={F.GUARDIAN_PHONE: ""})

    assert dict(found.mapping) == {F.NAME: 0}


def test_rows_that_are_no_students():
    rows = page(
        ["序号", "姓名", "性别", "备注"],
        ["1", "张三", "男", "<--这是示例，导入时不会读取该行！"],
        ["2", "李四", "女", "示例省示例市"],
        ["3", "", "", ""],
        ["", "", "", ""],
        ["序号", "姓名", "性别", "备注"],
        ["4", "", "男", ""],
        ["合计", "2人", "", ""],
        ["", "合计", "", ""],
        ["班主任签字：", "", "", ""],
        ["共 2 人", "", "", ""],
    )

    read = columns.sheet("", rows, columns.find(rows), filename="")

    assert [(row.number, row[F.NAME], row.skipped) for row in read.rows] == [
        (2, "", "示例"),
        (3, "李四", ""),
        (6, "", "重复的表头"),
        (7, "", ""),
        (8, "", "合计"),
        (9, "", "合计"),
        (10, "", "班主任"),
        (11, "", "合计"),
    ]


@pytest.mark.parametrize(
    ("heading", "title", "stem", "expected"),
    [
        (["初二年级1班"], "0", "test", "初二1班"),
        ([], "一1班", "名单", "一年级(1)班"),
        ([], "1班导入数据", "七年级名单", "七年级1班"),
        ([], "Sheet1", "七年级(3)班学生名册", "七年级3班"),
        (["七年级学生名册"], "Sheet1", "名单", "七年级"),
        ([], "Sheet1", "名单", ""),
    ],
)
def test_class_from_titles(heading, title, stem, expected):
    assert columns.class_text(heading, title, stem) == expected
