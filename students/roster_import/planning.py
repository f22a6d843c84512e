"""The plan of an import: for each row what would happen to whom, and why. Pure; applying it is the caller's.

A wrong row blocks no other. Importing the same file again changes nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from students.roster_import.changes import differences
from students.roster_import.classes import ClassName, parse_class
from students.roster_import.entries import Refused, Unanswered, read_entry
from students.roster_import.facts import (
    Answers,
    Candidate,
    Entry,
    ExistingClass,
    ExistingStudent,
    Key,
    Kind,
    Plan,
    Question,
    RowPlan,
    School,
)
from students.roster_import.matching import SEAT_LENGTH, Matching, match
from students.roster_import.numbers import has_rare_character
from students.roster_import.table import Field, Sheet, Table

FEW = 3  # rows of a class that is new: more of them are no slip of the pen


def plan(
    table: Table,
    *,
    school: School,
    existing: Sequence[ExistingStudent],
    classes: Sequence[ExistingClass],
    answers: Answers | None = None,
) -> Plan:
    """Plan the import of `table` into a school with these students and this school year's classes."""
    answers = answers or Answers()
    done: dict[str, RowPlan] = {}
    entries: list[Entry] = []
    questions: set[Question] = set()
    cohorts: dict[str, None] = {}
    order: list[str] = []
    for sheet in table.sheets:
        for row in sheet.rows:
            bare = RowPlan(sheet.title, row.number, Kind.WRONG, name=row[Field.NAME])
            order.append(bare.key)
            if row.skipped:
                done[bare.key] = replace(bare, kind=Kind.SKIPPED, reason=f"“{row.skipped}”不是学生，已跳过。")
                continue
            read = read_entry(sheet, row, school=school, answers=answers)
            match read:
                case Refused(reason, fault):
                    done[bare.key] = replace(bare, reason=reason, fault=fault)
                case Unanswered(reason, question, cohort):
                    done[bare.key] = replace(bare, kind=Kind.ASK, reason=reason)
                    questions.add(question)
                    if question is Question.CLASS and not _tells_grade(sheet, school, answers):
                        questions.add(Question.GRADE)
                    if cohort:
                        cohorts[cohort] = None
                case Entry():
                    entries.append(read)
    good, repeated = _once(entries, several=len(table.sheets) > 1)
    done |= repeated
    class_names = {one.key: one.display for one in classes}
    matching = match(good, existing, class_names, answers)
    sizes = Counter(entry.school_class for entry in good)
    twins = Counter((entry.school_class, entry.name) for entry in good)
    known = {one.display for one in classes if not one.year}
    for entry in good:
        extra = (
            []
            if entry.school_class.display in known or not known or sizes[entry.school_class] > FEW
            else [f"本校还没有{entry.school_class.display}，确认后新建。"]
        )
        if twins[entry.school_class, entry.name] > 1:
            extra.append("同班有同名同学，按不同的人处理。")
        done[entry.key] = _row(entry, matching, tuple(extra))
    rows = tuple(done[key] for key in order)
    return Plan(
        rows,
        _new_classes(rows, known),
        frozenset(questions),
        tuple(cohorts),
        renamed=tuple(matching.renamed),
        missing=tuple(Candidate(one.key, one.name, matching.class_of(one)) for one in matching.missing()),
    )


def _tells_grade(sheet: Sheet, school: School, answers: Answers) -> bool:
    """Whether the file or the person has said the grade of a sheet without classes, so that both are asked at once."""
    title = parse_class(sheet.class_text, system=school.system)
    return answers.default_grade is not None or Field.GRADE in sheet.columns or bool(title and title.display)


def _once(entries: Sequence[Entry], *, several: bool) -> tuple[list[Entry], dict[str, RowPlan]]:
    """A 学籍号 names one row, a 学号 one row of a class, a long one of a name; the later row is wrong."""
    good: list[Entry] = []
    wrong: dict[str, RowPlan] = {}
    by_national: dict[str, Entry] = {}
    by_number: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        first = by_national.setdefault(entry.national_number, entry) if entry.national_number else entry
        if first is not entry:
            wrong[entry.key] = _repeated(entry, first, Field.NATIONAL_NUMBER, several)
            continue
        if entry.school_number:
            places = [entry.school_class.display]
            if len(entry.school_number) > SEAT_LENGTH:
                places.append(f"={entry.name}")
            same = next((other for place in places if (other := by_number.get((place, entry.school_number)))), None)
            if same is not None and not (entry.national_number and same.national_number):
                wrong[entry.key] = _repeated(entry, same, Field.SCHOOL_NUMBER, several)
                continue
            if same is not None:
                remark = f"学号与{_where(same, entry, several)}相同，没有导入学号。请核对。"
                entry = replace(entry, school_number="", remarks=(*entry.remarks, remark))
            else:
                by_number |= {(place, entry.school_number): entry for place in places}
        good.append(entry)
    return good, wrong


def _repeated(entry: Entry, first: Entry, what: Field, several: bool) -> RowPlan:
    reason = f"{what.label}与{_where(first, entry, several)}相同，只导入前面那一行。请核对这两行，改正后再导一次。"
    return RowPlan(
        entry.sheet,
        entry.number,
        Kind.WRONG,
        name=entry.name,
        reason=reason,
        remarks=entry.remarks,
        fault=what,
    )


def _where(first: Entry, entry: Entry, several: bool) -> str:
    other = f"工作表“{first.sheet}”的" if several and first.sheet != entry.sheet else ""
    return f"{other}第 {first.number} 行（{first.name}）"


def _row(entry: Entry, matching: Matching, extra: tuple[str, ...]) -> RowPlan:
    row = RowPlan(entry.sheet, entry.number, Kind.NEW, name=entry.name, entry=entry, remarks=(*entry.remarks, *extra))
    if entry.key in matching.asked:
        reason, students = matching.asked[entry.key]
        candidates = tuple(Candidate(one.key, one.name, matching.class_of(one)) for one in students)
        return replace(row, kind=Kind.ASK, reason=reason, candidates=candidates)
    student = matching.students.get(entry.key)
    if student is None:
        said = [matching.remarks[entry.key]] if entry.key in matching.remarks else []
        if has_rare_character(entry.name):
            said.append("姓名里有生僻字，请核对。")
        return replace(row, remarks=(*row.remarks, *said))
    found = differences(entry, student, matching.class_of(student))
    said = [found.remark] if found.remark else []
    changed = {change.field: change for change in found.changes}
    if Field.CLASS in changed and changed[Field.CLASS].old:
        said.append("调班：旧班的记录保留。")
    elif Field.CLASS in changed:
        said.append("原来不在班，从现在起在班。")
    if student.away:
        said.append(f"系统里记着{student.away}，没有改动。已经回来的，请在学生页登记返校。")
    if Field.NAME in changed:
        said.append("姓名与系统里不同，请核对是不是同一位同学。")
    return replace(
        row,
        kind=Kind.CHANGED if found.changes else Kind.SAME,
        student=student.key,
        guardian=found.guardian,
        changes=found.changes,
        remarks=(*row.remarks, *said),
    )


def _new_classes(rows: Sequence[RowPlan], known: set[str]) -> tuple[ClassName, ...]:
    """Classes that the rows to be written need and the school has not yet, in the school's order."""
    wanted = {row.entry.school_class for row in rows if row.entry and row.kind in (Kind.NEW, Kind.CHANGED)}
    missing = [name for name in wanted if name.display not in known]
    return tuple(sorted(missing, key=lambda name: (name.grade or 0, name.number or 0)))


def class_keys(classes: Sequence[ExistingClass]) -> Mapping[ClassName, Key]:
    """Where an entry's class is in the school: look `entry.school_class` up here."""
    return {ClassName(one.grade, one.number): one.key for one in classes if not one.year}
