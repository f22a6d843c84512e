"""班级看板: one row a student, one cell a rule, the last talk by anyone."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from pypinyin import lazy_pinyin

from accounts.models import User
from listening import board_rows
from listening.board_rows import Paired, Place
from listening.counted_words import counted_words
from listening.last_talks import LastTalk, last_talks
from listening.make_ups import made_up_in
from listening.models import Period, QuotaRule
from listening.owners import Owners
from listening.quotas import Kind, Status
from listening.words import day_words, due_words, rest_words, span_words, weekday
from schools.calendar import PeriodKind, SchoolCalendar
from schools.models import SchoolClass
from schools.permissions import Permission, holds
from students.models import Pause, Student

STATES = {Status.DUE: "due", Status.MET: "met", Status.MISSED: "missed", Status.EXCUSED: "excused"}
RHYTHMS = {
    PeriodKind.DAY: "每天",
    PeriodKind.WEEK: "每周",
    PeriodKind.FORTNIGHT: "双周",
    PeriodKind.MONTH: "每月",
    PeriodKind.TERM: "每学期",
    PeriodKind.SCHOOL_YEAR: "每学年",
}
SHOWS = {"all": "全部", "due": "待谈", "met": "已谈", "late": "补录", "missed": "漏谈", "excused": "免谈"}
NOBODY = UUID(int=0)


def rhythm(rule: QuotaRule) -> str:
    """双周, 每月, 每 3 周: how often, in a word."""
    return RHYTHMS.get(PeriodKind(rule.period)) or f"每 {rule.weeks} 周"


class Cell(NamedTuple):
    """One state in words: its kind for the pill, what stands beside it, where it opens."""

    kind: str = ""
    word: str = ""
    so_far: str = ""  # 1 / 2
    small: str = ""
    miss: str = ""
    label: str = ""  # the requirement
    rule: int | None = None
    status: int | None = None
    url: str = ""  # the why-page; empty where this person does not read it


NOTHING = Cell()


@dataclass(frozen=True, slots=True)
class Column:
    """One rule in one of its periods, with the class's figures."""

    place: Place
    left: int
    met: int = 0
    due: int = 0
    missed: int = 0
    excused: int = 0

    @property
    def rule(self) -> QuotaRule:
        return self.place.rule

    @property
    def period(self) -> Period:
        return self.place.period

    @property
    def total(self) -> int:
        """Who is asked for: everybody but the excused."""
        return self.met + self.due + self.missed

    @property
    def rhythm(self) -> str:
        return rhythm(self.rule)

    @property
    def until(self) -> str:
        return f"{day_words(self.period.due)}前"


@dataclass(frozen=True, slots=True)
class Row:
    """One student of the board."""

    student: Student
    mentor: str
    cells: list[Cell]
    last: LastTalk | None
    days: int | None

    def kinds(self, under: Collection[int]) -> set[str]:
        """The filters that show this row, by its states under these rules; a late entry is a met one, too."""
        found = {cell.kind for cell in self.cells if cell.rule in under}
        return found | {"all", "met"} if "late" in found else found | {"all"}


@dataclass(frozen=True, slots=True)
class Board:
    """What the page shows of one class on one day."""

    school_class: SchoolClass
    on: date
    columns: list[Column]
    rows: list[Row]
    pace: str
    mentors: list[tuple[str, int, int, int]]  # 各导师组: name, how many are still short, met, asked

    @property
    def main(self) -> Column | None:
        return self.columns[0] if self.columns else None

    @property
    def others(self) -> list[tuple[str, str, int, int, str]]:
        """The other rules, for the summary: name, rhythm, met, asked, until."""
        return [(one.rule.name, one.rhythm, one.met, one.total, one.until) for one in self.columns[1:]]

    @property
    def until(self) -> str:
        """11月21日周五到期."""
        return f"{day_words(self.main.period.due)}{weekday(self.main.period.due)}到期" if self.main else ""

    @property
    def sub(self) -> str:
        """第 11–12 周（11月10日–23日），11月21日周五到期."""
        if not self.main:
            return ""
        period = self.main.period
        return f"{period.words}（{span_words(period.start, period.end)}），{self.until}"


def board(school_class: SchoolClass, person: User, *, day: date, at: datetime) -> Board:
    """The board of a class for the periods that hold `day`, as this person may see it. A fixed number of queries."""
    school = school_class.school
    on = timezone.localdate(at)
    calendar = school.calendar()
    columns = _columns(school_class, person, calendar, day=day, at=at)
    cells = _cells(school_class, columns, calendar, on=on)
    seen = Student.objects.visible_to(person, at=at, under=Permission.CHECK_IN_LIST)
    students = list(seen.in_class(school_class, on=min(day, on)))
    if gone := cells.keys() - {student.pk for student in students}:
        # In the class for a part of the period; but a relative stays shut out.
        kin = Student.objects.kin_of(person).values("pk")
        students += list(Student.objects.filter(pk__in=gone).exclude(pk__in=kin))
    students.sort(key=lambda student: (student.pinyin, student.pk))
    numbers = [student.pk for student in students]
    counseling = Student.objects.visible_to(person, at=at, under=Permission.COUNSELING_VIEW)
    last = last_talks(school, numbers, sees_counselors=counseling)
    paired = board_rows.paired(school_class, numbers, on=on)
    opens = holds(person, Permission.CHECK_IN_VIEW, at=at)  # a grade head reads the list, not the reasons
    addresses = {column.rule.pk: _address(column) for column in columns if opens}
    rows = []
    for student in students:
        own, talk = cells.get(student.pk, {}), last.get(student.pk)
        rows.append(
            Row(
                student=student,
                mentor=paired[student.pk].name if student.pk in paired else "",
                cells=[_opening(own.get(column.rule.pk, NOTHING), student.uid, addresses) for column in columns],
                last=talk,
                days=talk.days_ago(on) if talk else None,
            )
        )
    columns = [_counted_anew(column, rows) for column in columns]
    main = columns[0] if columns else None
    return Board(
        school_class=school_class,
        on=on,
        columns=columns,
        rows=rows,
        pace=_pace(main, on=on),
        mentors=_mentor_groups(school_class, main, rows, paired, person, on=on) if main and paired else [],
    )


def _address(column: Column) -> tuple[str, str]:
    """What stands before and after the student in the address of a why-page: worked out once a column."""
    whole = reverse("listening:check-in", args=[NOBODY, column.rule.uid, column.period.start])
    before, _, after = whole.partition(str(NOBODY))
    return before, after


def _opening(cell: Cell, student: UUID, addresses: dict[int, tuple[str, str]]) -> Cell:
    if cell.rule not in addresses:
        return cell
    before, after = addresses[cell.rule]
    return Cell(*cell[:-1], url=f"{before}{student}{after}")


def _counted_anew(column: Column, rows: list[Row]) -> Column:
    """The figures of a column from the rows that this person sees, so that every figure has as many rows."""
    states = Counter(cell.status for row in rows for cell in row.cells if cell.rule == column.rule.pk)
    return replace(
        column,
        met=states[Status.MET],
        due=states[Status.DUE],
        missed=states[Status.MISSED],
        excused=states[Status.EXCUSED],
    )


def _columns(
    school_class: SchoolClass, person: User, calendar: SchoolCalendar, *, day: date, at: datetime
) -> list[Column]:
    """The rules that this person may know of, but for those of counselors: a class board is a teacher's."""
    on = timezone.localdate(at)
    known = QuotaRule.objects.filter(school=school_class.school_id).teachers().seen_by(person, at=at)
    return [
        Column(place=place, left=calendar.school_days_left(place.period.due, on=on))
        for place in board_rows.places(school_class, known, day=day)
    ]


def _cells(
    school_class: SchoolClass, columns: list[Column], calendar: SchoolCalendar, *, on: date
) -> dict[int, dict[int, Cell]]:
    """The cell of each student under each rule, by numbers."""
    if not columns:
        return {}
    by_rule = {column.rule.pk: column for column in columns}
    rows, missed_before = board_rows.stored(school_class, [column.place for column in columns])
    counted = counted_words(
        school_class.school,
        [(by_rule[row.rule].place, row.student, row.counted) for row in rows if row.status == Status.MET],
        calendar,
    )
    away = _away_words({row.student for row in rows if row.status == Status.EXCUSED}, on=on)
    missed = [(row.period, row.student) for row in rows if row.status == Status.MISSED]
    made_up = made_up_in(school_class.school_id, missed)
    cells: dict[int, dict[int, Cell]] = defaultdict(dict)
    for row in rows:
        column = by_rule[row.rule]
        rule = column.rule
        kind, word, count, small, miss = STATES[Status(row.status)], "", "", "", ""
        match row.status:
            case Status.MET:
                small = counted.get((row.rule, row.student), "")
                kind = "late" if row.late else "met"
                word = "" if row.late or rule.kind == Kind.TALK else "已联系"
            case Status.DUE:
                small = rest_words(column.left) + ("，已邀约" if row.declined else "")
                count = f"{row.counted} / {rule.minimum}" if rule.minimum > 1 else ""
                miss = "上期漏谈" if (row.rule, row.student) in missed_before else ""
            case Status.MISSED:
                small = f"过期 {(on - column.period.due).days} 天"
                word = "漏谈，已补谈" if (row.period, row.rule, row.student) in made_up else ""
            case Status.EXCUSED:
                small = away.get(row.student, "")
        cells[row.student][row.rule] = Cell(kind, word, count, small, miss, rule.name, row.rule, row.status)
    return cells


def _away_words(students: set[int], *, on: date) -> dict[int, str]:
    if not students:
        return {}
    words = {}
    for away in Pause.objects.on(on).filter(student__in=students):
        until = f"至{day_words(away.valid_to)}" if away.valid_to else "中"
        words[away.student_id] = f"{away.get_kind_display()}{until}" if away.kind == Pause.Kind.LEAVE else "已转出"
    return words


def _mentor_groups(
    school_class: SchoolClass, main: Column, rows: list[Row], paired: dict[int, Paired], person: User, *, on: date
) -> list[tuple[str, int, int, int]]:
    """How far each owner of the first rule is, by pinyin; nothing to part where one person owns all."""
    if not main.rule.names_mentors:
        return []
    owners = Owners(school_class.school, on=on)
    groups: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        state = row.cells[0].status
        if state is not None and state != Status.EXCUSED:
            for owner in owners.of(main.rule, row.student.pk, school_class.pk):
                groups[owner].append(state)
    if len(groups) < 2:
        return []
    names = {person.pk: person.name} | {one.teacher: one.name for one in paired.values()}
    others = User.objects.filter(pk__in=groups.keys() - names.keys())
    names |= dict(others.values_list("pk", "name"))
    found = [
        (names[owner], len(states) - states.count(Status.MET), states.count(Status.MET), len(states))
        for owner, states in groups.items()
    ]
    return sorted(found, key=lambda one: lazy_pinyin(one[0]))


def _pace(main: Column | None, *, on: date) -> str:
    if main is None or not main.due or not main.left:
        return ""
    share = -(-main.due // main.left)
    return f"每天 {share} 位，{due_words(main.period.due, on=on)}谈完"
