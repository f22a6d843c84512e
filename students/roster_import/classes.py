"""What a class is called, in the many ways schools write it. Pure.

Source: forms.md, 班级命名. 级 is the year of entry, 届 the year of leaving; grades run 1 to 12 (高一 is 10).
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

GRADE_NAMES = (*(f"{numeral}年级" for numeral in "一二三四五六七八九"), "高一", "高二", "高三")
LARGEST_CLASS_NUMBER = 60


class System(StrEnum):
    """学制: how many years the primary school has. The values are those of School.System."""

    SIX_THREE = "6-3"
    FIVE_FOUR = "5-4"


class Stage(StrEnum):
    """学段 of a school. The values are those of School.Stage."""

    PRIMARY = "primary"
    JUNIOR = "junior"
    NINE_YEAR = "nine_year"
    SENIOR = "senior"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class ClassName:
    """A class as far as its name tells. A cohort (级, 届) becomes a grade with `in_school_year`."""

    grade: int | None = None
    number: int | None = None
    entry_year: int | None = None
    graduation_year: int | None = None
    level: str = ""  # 小, 初 or 高 of a cohort, where its name says so

    @property
    def display(self) -> str:
        """七年级(3)班; a cohort keeps its year: 2023级(3)班, 2026届(3)班."""
        if self.grade is not None:
            head = GRADE_NAMES[self.grade - 1]
        elif self.entry_year is not None:
            head = f"{self.level}{self.entry_year}级"
        elif self.graduation_year is not None:
            head = f"{self.level}{self.graduation_year}届"
        else:
            return "" if self.number is None else f"{self.number}班"
        return head if self.number is None else f"{head}({self.number})班"

    @property
    def known(self) -> bool:
        """Grade and number are both there: this is one class of the school."""
        return self.grade is not None and self.number is not None


_DIGITS = {numeral: value for value, numeral in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERALS = "零〇一二三四五六七八九十两"
_NUMBER = rf"(?:\d{{1,2}}|[{_NUMERALS}]{{1,3}})"
_GRADE = (
    r"(?P<cohort>(?P<before>初中?|高中?|小学?)?(?P<year>20\d\d|\d\d)(?P<turn>级|届)(?P<level>初中|高中|小学)?)"
    r"|(?P<stage>小学|初中|高中)(?P<staged>[一二三四五六1-6])年?级?"
    r"|(?P<short>初|高)(?P<nth>[一二三四1-4])(?:年级|年)?"
    r"|(?P<pre>预备|预初|初预)(?:年级)?"
    r"|(?P<plain>[一二三四五六七八九1-9]|1[0-2]|十[一二]?)(?:年级|年)"
)
_WITH_GRADE = re.compile(rf"(?:{_GRADE})第?[(]?(?P<number>{_NUMBER})?[)]?(?:班级|班)?")
_SHORT = re.compile(rf"(?P<plain>[一二三四五六七八九]|[1-9]|1[0-2])(?:[.\-/·]|(?=\())[(]?(?P<number>{_NUMBER})[)]?班?")
_NUMERAL_PAIR = re.compile(rf"(?P<plain>[一二三四五六七八九])(?P<number>\d{{1,2}}|[{_NUMERALS}]{{1,3}})班?")
_DIGITS_ONLY = re.compile(r"(?P<digits>\d{3,6})班?")
_NUMBER_ONLY = re.compile(rf"第?[(]?(?P<number>{_NUMBER})[)]?班?")
_SCHOOL = re.compile(
    r"^.*(?:学校|中学|小学|附中|附小|一贯制|校区|分校|中心校|初中部|高中部|小学部|学部|[一二三四五六七八九十\d]中)"
)
_LAST_BRACKET = re.compile(r"\([^()]*[^\d()一二三四五六七八九十][^()]*\)$")
_IN_TITLE = re.compile(
    rf"(?<!\d)(?:(?P<digits>\d{{3,4}})|(?:(?:{_GRADE})"
    rf"|(?P<bare>[一二三四五六七八九](?=[.(\d一二三四五六七八九])|(?:[1-9]|1[0-2])(?=[.(]))"
    rf")?[.]?第?[(]?(?P<number>{_NUMBER})[)]?)班(?!级|主任|别|会|长)"
)
_GRADE_IN_TITLE = re.compile(
    r"[一二三四五六七八九]年级|(?<!\d)[1-9]年级|初[一二三四](?!中)|高[一二三](?!中)|20\d\d[级届]"
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", ord("〔"): "(", ord("〕"): ")"}
_FULL_WIDTH |= {
    ord("—"): "-",
    ord("–"): "-",
    ord("－"): "-",
    ord("["): "(",
    ord("]"): ")",
    ord("【"): "(",
    ord("】"): ")",
}
_FULL_WIDTH |= {ord("．"): ".", ord("。"): ".", ord("⑴"): "(1)", ord("⑵"): "(2)", ord("⑶"): "(3)", ord("⑷"): "(4)"}


def half_width(text: str) -> str:
    """Full-width letters, digits and brackets as plain ones; no blanks."""
    return re.sub(r"\s+", "", text.translate(_FULL_WIDTH))


def parse_class(text: str, *, system: System = System.SIX_THREE) -> ClassName | None:
    """Read one cell of a class column. None where it names no class and no grade."""
    plain = _LAST_BRACKET.sub("", half_width(text))
    return _parse(plain, system) or _parse(_SCHOOL.sub("", plain), system)


def parse_grade(text: str, *, system: System = System.SIX_THREE) -> ClassName | None:
    """Read one cell of a grade column: 七年级, 初一, 7, 七, 2023级. The answer has no class number."""
    plain = _SCHOOL.sub("", half_width(text)) or half_width(text)
    found = _WITH_GRADE.fullmatch(plain)
    if found and not found["number"]:
        return _from_match(found, system)
    value = _number(plain.removesuffix("级").removesuffix("年"))
    if value is not None and 1 <= value <= 12:
        return ClassName(grade=value)
    if value is not None and 2000 <= value < 2100:
        return ClassName(entry_year=value)
    return None


def find_class_parts(text: str) -> tuple[str, str] | None:
    """The grade's words and the class number that a title names, either may be empty.

    (七年级, 3) of ××中学2025-2026学年七年级(3)班学生名册.
    """
    plain = half_width(text)
    for found in _IN_TITLE.finditer(plain):
        name = _from_digits(found["digits"]) if found["digits"] else _either_system(found)
        if name is not None and name.number is not None:
            head = replace(name, number=None).display
            if found["short"] or found["stage"]:  # 初一 is another grade under five years of primary school
                head = f"{found['short'] or found['stage']}{found['nth'] or found['staged']}"
            return head, str(name.number)
    grade = _GRADE_IN_TITLE.search(plain)
    return (grade[0], "") if grade else None


def _either_system(found: re.Match[str]) -> ClassName | None:
    """初四 is only in one system, 小学六年级 only in the other."""
    return _from_match(found, System.SIX_THREE) or _from_match(found, System.FIVE_FOUR)


def _parse(plain: str, system: System) -> ClassName | None:
    for pattern in (_WITH_GRADE, _NUMBER_ONLY, _SHORT, _NUMERAL_PAIR):
        found = pattern.fullmatch(plain)
        name = _from_match(found, system) if found else None
        if name is not None:
            return name
    found = _DIGITS_ONLY.fullmatch(plain)
    return _from_digits(found["digits"]) if found else None


def _from_match(found: re.Match[str], system: System) -> ClassName | None:
    parts = found.groupdict()
    number = _number(parts["number"]) if parts.get("number") else None
    if parts.get("number") and (number is None or not 1 <= number <= LARGEST_CLASS_NUMBER):
        return None
    if parts.get("year"):
        year = int(parts["year"]) % 100 + 2000
        level = (parts["before"] or parts["level"] or "")[:1]
        if parts["turn"] == "级":
            return ClassName(number=number, entry_year=year, level=level)
        return ClassName(number=number, graduation_year=year, level=level)
    grade = _grade(parts, system)
    if grade is None and any(parts.get(name) for name in ("staged", "nth", "pre", "plain", "bare")):
        return None
    return ClassName(grade=grade, number=number)


def _grade(parts: dict[str, str], system: System) -> int | None:
    """The grade 1 to 12; the first year of junior school is 7, with five years of primary school 6."""
    before_junior = 6 if system is System.SIX_THREE else 5
    if parts.get("pre"):
        return 6
    plain = parts.get("plain") or parts.get("bare")
    if plain:
        value = _number(plain)
        return value if value is not None and 1 <= value <= 12 else None
    stage, nth = (
        (parts.get("stage") or parts.get("short") or ""),
        _number(parts.get("staged") or parts.get("nth") or ""),
    )
    if nth is None:
        return None
    first, years = {"小": (0, before_junior), "初": (before_junior, 9 - before_junior), "高": (9, 3)}[stage[0]]
    return first + nth if nth <= years else None


def _from_digits(digits: str) -> ClassName | None:
    """703, 0703 and 1003 are grade and class; 2303 and 202303 are year of entry and class."""
    head, number = int(digits[:-2]), int(digits[-2:])
    if not 1 <= number <= LARGEST_CLASS_NUMBER:
        return None
    if 1 <= head <= 12 and len(digits) <= 4:
        return ClassName(grade=head, number=number)
    if len(digits) == 4 and 15 <= head <= 50:
        return ClassName(entry_year=2000 + head, number=number)
    return ClassName(entry_year=head, number=number) if len(digits) == 6 and 2000 <= head < 2100 else None


def _number(text: str) -> int | None:
    """A plain or a Chinese number: 12, 十二, 二十, 二十三."""
    if text.isascii():
        return int(text) if text.isdigit() else None
    if len(text) == 1 and text in _DIGITS:
        return _DIGITS[text]
    tens, ten, ones = text.partition("十")
    if not ten or any(part not in _DIGITS for part in (tens, ones) if part):
        return None
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def spans(stage: Stage, system: System) -> tuple[range, ...]:
    """The grades that a child passes in one go, per part of the school."""
    primary = range(1, 7) if system is System.SIX_THREE else range(1, 6)
    junior = range(primary.stop, 10)
    senior = range(10, 13)
    return {
        Stage.PRIMARY: (primary,),
        Stage.JUNIOR: (junior,),
        Stage.NINE_YEAR: (range(1, 10), junior),
        Stage.SENIOR: (senior,),
        Stage.COMPLETE: (junior, senior),
    }[stage]


def in_school_year(name: ClassName, *, year: int, stage: Stage, system: System) -> ClassName:
    """A cohort as the grade it is in the school year that begins in September of `year`.

    Unchanged where the name has a grade, or where more than one part of the school (or none) fits.
    """
    if name.grade is not None or (name.entry_year is None and name.graduation_year is None):
        return name
    fitting: set[int] = set()
    for span in spans(stage, system):
        if name.level and span.start not in {"小": (1,), "初": (6, 7), "高": (10,)}[name.level]:
            continue
        if name.entry_year is not None:
            grade = span.start + year - name.entry_year
        else:
            grade = span.stop - 1 - ((name.graduation_year or 0) - year - 1)
        if grade in span:
            fitting.add(grade)
    return ClassName(grade=fitting.pop(), number=name.number) if len(fitting) == 1 else name
