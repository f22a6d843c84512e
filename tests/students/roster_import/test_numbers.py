import pytest

from students.roster_import.numbers import (
    Read,
    clean,
    read_gender,
    read_name,
    read_national,
    read_phone,
    read_school_number,
)

# The worked example of the standard, GB 11643.
IDENTITY = "11010519491231002X"


@pytest.mark.parametrize(
    "text", [f"G{IDENTITY}", f" g{IDENTITY.lower()} ", f"J{IDENTITY}", "L110105201101011234", "L11010520110101123X"]
)
def test_national_number_is_kept(text):
    assert read_national(text) == Read(text.strip().upper())


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("1.1E+17", "科学计数法"),
        ("3.60723E+18", "科学计数法"),
        ("G110105194912310021", "最后一位"),
        (IDENTITY, "身份证号"),
        ("G1101O519491231O02X", "字母 O"),
        ("9999106028104482455", "G、J 或 L"),
        ("20250301", "G、J 或 L"),
    ],
)
def test_what_is_no_national_number_is_left_out_with_a_remark(text, word):
    read = read_national(text)

    assert (read.value, word in read.remark, text in read.remark) == ("", True, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("S001", "S001"), ("２０２５０３０１", "20250301"), ("'00123", "00123"), ("3E5", "3E5"), ("—", "")],
)
def test_school_number_is_any_short_text(text, expected):
    assert read_school_number(text) == Read(expected)


@pytest.mark.parametrize("text", ["1.1E+17", IDENTITY, "x" * 41])
def test_school_number_that_is_none_is_left_out(text):
    read = read_school_number(text)

    assert (read.value, bool(read.remark), text in read.remark) == ("", True, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("张 三", "张三"),
        ("王　五", "王五"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("Li  Lei", "Li Lei"),
        ("龚㛃", "龚㛃"),
        ("\u200b张三\ufeff", "张三"),
        ("无", ""),
        ("/", ""),
    ],
)
def test_name_as_it_is_called(text, expected):
    assert read_name(text) == Read(expected)


@pytest.mark.parametrize("text", ["张?", "张\ufffd", "12", "名" * 41])
def test_name_that_cannot_go_in(text):
    read = read_name(text)

    assert (read.value, bool(read.remark)) == ("", True)


@pytest.mark.parametrize(
    ("text", "expected"), [("男", "男"), ("女生", "女"), ("1", "男"), ("２", "女"), ("F", "女"), ("", "")]
)
def test_gender(text, expected):
    assert read_gender(text) == Read(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 13800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("妈妈13800138000", "13800138000"),
        ("010-62221234", "01062221234"),
        ("62221234", "62221234"),
        ("无", ""),
    ],
)
def test_phone_is_kept_as_digits(text, expected):
    assert read_phone(text) == Read(expected)


@pytest.mark.parametrize("text", ["13800138000/13900139000", "13800138000 13900139000", "13800138000、13900139000"])
def test_first_of_two_phones_is_kept(text):
    assert read_phone(text) == Read("13800138000", "一格里有两个电话，只导入第一个。")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("139 1234 567", "少了 1 位"),
        ("138****8000", "打了码"),
        ("100U9070XXXX", "打了码"),
        ("1.38E+10", "科学计数法"),
        ("问爷爷", "不是完整"),
    ],
)
def test_phone_that_is_none_is_left_out_with_a_remark(text, word):
    read = read_phone(text)

    assert (read.value, word in read.remark, text in read.remark) == ("", True, False)


@pytest.mark.parametrize(
    ("text", "expected"), [('="0012"', "0012"), ("'张三", "张三"), ("  N/A ", ""), ("——", ""), ("a\x00b", "ab")]
)
def test_clean(text, expected):
    assert clean(text) == expected
