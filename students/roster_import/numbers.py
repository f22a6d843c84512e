"""Numbers, names and the other cells of one child: read what is there, say what was left out. Pure.

A remark never repeats the value: it may be somebody's identity number. Source: forms.md, 名册惯例.
"""

import re
from dataclasses import dataclass

from students.roster_import.classes import half_width

_NATIONAL = re.compile(r"[GJL]\d{17}[\dX]")
_IDENTITY = re.compile(r"\d{17}[\dX]")
_SCIENTIFIC = re.compile(r"\d\.\d+E\+?\d{1,3}|\dE\+\d{1,3}", re.IGNORECASE)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_EMPTY = {"", "/", "\\", "-", "--", "---", "—", "——", "－", "无", "没有", "暂无", "未填", "不详"}
_EMPTY |= {"null", "none", "nan", "n/a", "#n/a", "#value!", "#ref!", "#name?"}
_INVISIBLE = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:0\d{2,3})?[2-9]\d{6,7}")
_DOTS = "·•・‧∙⋅●．。.﹒⸱"
_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
LONGEST = 40  # of a name or a number, as stored

SCIENTIFIC_REMARK = "被 Excel 变成了科学计数法，后几位已经丢失，没有导入。请把这一列设为“文本”，填好后再导一次。"


@dataclass(frozen=True, slots=True)
class Read:
    """What a cell gives: a value or nothing, and what to tell the person about it."""

    value: str = ""
    remark: str = ""


def clean(text: str) -> str:
    """Without blanks around it, invisible characters and Excel's marks for text (', ="…"); 无 and / are empty."""
    plain = _INVISIBLE.sub("", text).replace("\u3000", " ").replace("\xa0", " ").strip()
    if plain.startswith('="') and plain.endswith('"'):
        plain = plain[2:-1].strip()
    plain = plain.lstrip("'‘’`").strip()
    return "" if plain.lower() in _EMPTY else plain


def is_scientific(text: str) -> bool:
    """1.1E+17: the number that was here is lost."""
    return bool(_SCIENTIFIC.fullmatch(half_width(text)))


def checks(identity: str) -> bool:
    """The last of 18 characters follows from the others (GB 11643)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, identity, strict=False))
    return identity[17] == _CHECK_CHARACTERS[total % 11]


def read_national(text: str) -> Read:
    """学籍号: G and J carry a check character, L does not."""
    plain = half_width(clean(text)).upper().replace("-", "")
    if not plain:
        return Read()
    if is_scientific(plain):
        return Read(remark=f"学籍号{SCIENTIFIC_REMARK}")
    if _NATIONAL.fullmatch(plain):
        if plain[0] == "L" or checks(plain[1:]):
            return Read(plain)
        return Read(remark="学籍号的最后一位与前面对不上，可能抄错了，没有导入。请核对后再导一次。")
    if _IDENTITY.fullmatch(plain) and checks(plain):
        return Read(remark="学籍号一栏填的是身份证号，没有导入。学籍号以 G、J 或 L 开头。")
    if "O" in plain[1:] and _NATIONAL.fullmatch(plain[0] + plain[1:].replace("O", "0")):
        return Read(remark="学籍号里有字母 O，应为数字 0，没有导入。请改正后再导一次。")
    return Read(remark="学籍号应为 G、J 或 L 加 18 位，这一格不是，没有导入。请核对后再导一次。")


def read_school_number(text: str) -> Read:
    """学号: any short text, but never an identity number."""
    plain = half_width(clean(text))
    if not plain:
        return Read()
    if is_scientific(plain):
        return Read(remark=f"学号{SCIENTIFIC_REMARK}")
    if _IDENTITY.fullmatch(plain.upper()) and checks(plain.upper()):
        return Read(remark="学号一栏填的是身份证号，没有导入。")
    if len(plain) > LONGEST:
        return Read(remark=f"学号超过 {LONGEST} 个字，没有导入。请核对后再导一次。")
    return Read(plain)


def read_name(text: str) -> Read:
    """A name as it is called: 张 三 is 张三, all middle dots are ·. A remark here means that the row cannot go in."""
    plain = re.sub(r"\s+", " ", clean(text).translate({code: code - 0xFEE0 for code in range(0xFF21, 0xFF5B)}))
    plain = re.sub(rf"(?<=[{_HAN}]) ?[{re.escape(_DOTS)}] ?(?=[{_HAN}])", "·", plain)
    plain = re.sub(rf"(?<=[{_HAN}·]) (?=[{_HAN}·])", "", plain)
    if not plain:
        return Read()
    if "?" in plain or "？" in plain or "\ufffd" in plain or "□" in plain:
        return Read(remark="姓名里有显示不出的字。请在文件里改正后再导一次。")
    if not re.search(r"[^\W\d_]", plain):
        return Read(remark="姓名一栏不是名字。请核对这一行，或在“认列”里改选姓名列。")
    if len(plain) > LONGEST:
        return Read(remark=f"姓名超过 {LONGEST} 个字。请核对这一行。")
    return Read(plain)


def has_rare_character(name: str) -> bool:
    """Outside the common block: worth a look, and often written in a private code."""
    return any(ord(char) > 0xFFFF or 0x3400 <= ord(char) < 0x4E00 or 0xE000 <= ord(char) < 0xF900 for char in name)


def read_gender(text: str) -> Read:
    """男 or 女; the state's code is 1 and 2."""
    plain = half_width(clean(text)).lower().removesuffix("性").removesuffix("生")
    if not plain:
        return Read()
    for gender, words in (
        ("男", {"男", "1", "m", "male", "boy", "1-男"}),
        ("女", {"女", "2", "f", "female", "girl", "2-女"}),
    ):
        if plain in words:
            return Read(gender)
    return Read(remark="性别认不出，没有导入。请填“男”或“女”。")


def read_phone(text: str) -> Read:
    """One telephone number, the first of several: a mobile one of 11 digits, or a line with or without area code."""
    plain = clean(text).translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
    if not plain:
        return Read()
    if is_scientific(plain):
        return Read(remark=f"监护人电话{SCIENTIFIC_REMARK}")
    if re.search(r"\d[\dXx*]*[Xx*]{2,}", plain):
        return Read(remark="监护人电话打了码，没有导入。请换成完整的号码再导一次。")
    found = _phones(plain)
    if not found:
        digits = re.sub(r"\D", "", plain)
        if digits.startswith("1") and len(digits) in (9, 10, 12, 13) and not re.search(r"[A-Za-z]", plain):
            wrong = f"少了 {11 - len(digits)} 位" if len(digits) < 11 else f"多了 {len(digits) - 11} 位"
            return Read(remark=f"监护人手机号{wrong}，没有导入。请在文件里改正后再导一次。")
        return Read(remark="监护人电话不是完整的号码，没有导入。请核对后再导一次。")
    return Read(found[0], "一格里有两个电话，只导入第一个。" if len(found) > 1 else "")


def _phones(plain: str) -> list[str]:
    found: list[str] = []
    for piece in re.split(r"[,，、;；/|\n\\或和]+", plain):
        digits = re.sub(r"[\s\-—–()+.]", "", piece)
        digits = re.sub(r"^(?:0086|86)(?=1[3-9]\d{9}$)", "", digits)
        digits = re.sub(r"^[\u4e00-\u9fff:：]+|[\u4e00-\u9fff]+$", "", digits)
        if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
            found.append(digits)
        elif len(digits) == 22 and _MOBILE.fullmatch(digits[:11]) and _MOBILE.fullmatch(digits[11:]):
            found += [digits[:11], digits[11:]]
    return list(dict.fromkeys(found))
