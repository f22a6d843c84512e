"""One row of the file as a child in a class, or why it is none. Pure."""

import re
from dataclasses import dataclass, replace

from students.roster_import.classes import ClassName, in_school_year, parse_class, parse_grade, spans
from students.roster_import.facts import Answers, Entry, Question, School
from students.roster_import.numbers import (
    LONGEST,
    clean,
    read_gender,
    read_name,
    read_national,
    read_phone,
    read_school_number,
)
from students.roster_import.table import Field, Row, Sheet

LONGEST_RELATION = 10
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Refused:
    """The row cannot go in; the reason says what to do."""

    reason: str
    fault: Field


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The row waits for an answer about the whole file."""

    reason: str
    question: Question
    cohort: str = ""


def read_entry(sheet: Sheet, row: Row, *, school: School, answers: Answers) -> Entry | Refused | Unanswered:
    name = read_name(row[Field.NAME])
    if name.remark:
        return Refused(name.remark, Field.NAME)
    if not name.value:
        return Refused("没有姓名。请在文件里补上这一行的姓名再导一次。", Field.NAME)
    school_class = _class_of(sheet, row, school, answers)
    if not isinstance(school_class, ClassName):
        return school_class
    national, number = read_national(row[Field.NATIONAL_NUMBER]), read_school_number(row[Field.SCHOOL_NUMBER])
    gender, phone = read_gender(row[Field.GENDER]), read_phone(row[Field.GUARDIAN_PHONE])
    guardian, relation = read_name(row[Field.GUARDIAN_NAME]), clean(row[Field.GUARDIAN_RELATION]) or sheet.relation
    remarks = [read.remark for read in (national, number, gender, phone) if read.remark]
    if guardian.remark:
        remarks.append("监护人姓名认不出，没有导入。请核对这一格。")
    if len(relation) > LONGEST_RELATION:
        remarks.append(f"监护人关系超过 {LONGEST_RELATION} 个字，没有导入。")
        relation = ""
    if not any(school_class.grade in span for span in spans(school.stage, school.system)):
        remarks.append(f"本校的学段里没有{ClassName(school_class.grade).display}，请核对班级。")
    has_guardian = bool(guardian.value or phone.value)
    return Entry(
        sheet=sheet.title,
        number=row.number,
        name=name.value,
        school_class=school_class,
        national_number=national.value,
        school_number=number.value,
        gender=gender.value,
        guardian_name=guardian.value[:LONGEST],
        guardian_relation=relation if has_guardian else "",
        guardian_phone=phone.value,
        remarks=tuple(remarks),
    )


def _class_of(sheet: Sheet, row: Row, school: School, answers: Answers) -> ClassName | Refused | Unanswered:
    """Grade and number, each from the first that has it: class column, grade column, title, the person's answer."""
    text, grade_text = clean(row[Field.CLASS]), clean(row[Field.GRADE])
    title = parse_class(sheet.class_text, system=school.system) or ClassName()
    if text:
        named = parse_class(text, system=school.system)
        if named is None and _DATE.fullmatch(text):
            return Refused("班级被 Excel 变成了日期。请把班级一列设为“文本”，改正后再导一次。", Field.CLASS)
        if named is None:
            return Refused(f"认不出班级“{text[:20]}”。请写成“七年级(3)班”这样，再导一次。", Field.CLASS)
        if named.number is None:
            return Refused(f"班级“{text[:20]}”里没有几班。请写成“七年级(3)班”这样，再导一次。", Field.CLASS)
    elif title.number is None and Field.CLASS in sheet.columns:
        return Refused("没有班级。请在文件里补上这一行的班级再导一次。", Field.CLASS)
    else:
        number = title.number or answers.default_class
        if number is None:
            return Unanswered("文件里没有班级，请先选这份名册是哪个班。", Question.CLASS)
        named = replace(title, number=number)
    said = parse_grade(grade_text, system=school.system) if grade_text else None
    own = _grade(named, school, answers)
    beside = _grade(said, school, answers) if said else None
    if own is not None and beside is not None and own != beside:
        return Refused("年级一列与班级对不上。请核对这一行再导一次。", Field.GRADE)
    grade = own or beside
    if grade is None:
        cohort = next((head for name in (named, said, title) if name and (head := _cohort(name))), "")
        grade = _grade(title, school, answers) or (None if cohort else answers.default_grade)
        if grade is None and cohort:
            return Unanswered(f"请先选{cohort}现在是几年级。", Question.COHORT, cohort)
    if grade is None:
        return Unanswered("班级里没有年级，请先选这份名册是哪个年级。", Question.GRADE)
    return ClassName(grade=grade, number=named.number)


def _grade(name: ClassName, school: School, answers: Answers) -> int | None:
    placed = in_school_year(name, year=school.year, stage=school.stage, system=school.system)
    return placed.grade or answers.cohort_grades.get(_cohort(name))


def _cohort(name: ClassName) -> str:
    return replace(name, number=None).display if name.grade is None else ""
