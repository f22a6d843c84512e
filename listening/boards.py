"""班级看板: one row a student, one cell a rule, the last talk by anyone."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from pypinyin import lazy_pinyin

from accounts.models import User
from listening.facts import Asked, SchoolFacts
from listening.last_talks import LastTalk, last_talks
from listening.make_ups import made_up_among
from listening.models import CheckIn, ClassFigure, Conversation, Period, QuotaRule
from listening.neighbours import Neighbours, neighbours
from listening.owners import Owners
from listening.quotas import Status
from listening.words import day_words, due_words, rest_words, span_words, weekday
from schools.calendar import PeriodKind, SchoolCalendar
from schools.models import SchoolClass
from schools.permissions import Permission, holds
from students.models import Mentor, Pause, Student

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


def rhythm(rule: QuotaRule) -> str:
    """双周, 每月, 每 3 周: how often, in a word."""
    return RHYTHMS.get(PeriodKind(rule.period)) or f"每 {rule.weeks} 周"


@dataclass(frozen=True, slots=True)
class Cell:
    """One state: its kind for the pill, what stands beside it, where it opens."""

    kind: str = ""
    word: str = ""
    count: str = ""
    small: str = ""
    miss: str = ""
    check_in: CheckIn | None = None
    student: Student | None = None

    @property
    def label(self) -> str:
        return self.check_in.rule.name if self.check_in else ""

    @property
    def url(self) -> str:
        """The why-page of this state."""
        if self.check_in is None or self.student is None:
            return ""
        return reverse(
            "listening:check-in", args=[self.student.uid, self.check_in.rule.uid, self.check_in.period.start]
        )


@dataclass(frozen=True, slots=True)
class Column:
    """One rule in one of its periods, with the class's figures."""

    rule: QuotaRule
    period: Period
    met: int
    due: int
    missed: int
    excused: int
    left: int

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

    @property
    def kinds(self) -> set[str]:
        """The filters that show this row; a late entry is a met one, too."""
        found = {cell.kind for cell in self.cells if cell.kind}
        return found | {"met"} if "late" in found else found


@dataclass(frozen=True, slots=True)
class Board:
    """What the page shows of one class on one day."""

    school_class: SchoolClass
    on: date
    columns: list[Column]
    rows: list[Row]
    counts: dict[str, int]
    pace: str
    before: date | None  # a day of the period before, if there was one
    after: date | None
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
    seen = Student.objects.visible_to(person, at=at, under=Permission.CHECK_IN_LIST)
    students = list(seen.in_class(school_class, on=min(day, on)).by_name())
    around = neighbours([column.period for column in columns])
    cells = _cells(school_class, columns, around, calendar, on=on)
    known = {student.pk for student in students}
    gone = Student.objects.filter(pk__in=[pk for pk in cells if pk not in known])
    # In the class for a part of the period; but a relative stays shut out.
    students += list(gone.exclude(guardians__user=person).by_name())
    last = last_talks(
        school, [student.pk for student in students], sees_counselors=_counseling(person, students, at=at)
    )
    mentors = _mentors(school_class, students, on=on)
    opens = holds(person, Permission.CHECK_IN_VIEW, at=at)  # a grade head reads the list, not the reasons
    rows = [
        Row(
            student=student,
            mentor=mentors.get(student.pk, ""),
            cells=[
                replace(cells.get(student.pk, {}).get(column.rule.pk, Cell()), student=student if opens else None)
                for column in columns
            ],
            last=last.get(student.pk),
            days=last[student.pk].days_ago(on) if student.pk in last else None,
        )
        for student in students
    ]
    rows.sort(key=lambda row: (row.student.pinyin, row.student.pk))
    columns = [_counted_anew(column, rows) for column in columns]
    main = columns[0] if columns else None
    near = around[main.period.pk] if main else Neighbours(None, None)
    return Board(
        school_class=school_class,
        on=on,
        columns=columns,
        rows=rows,
        counts=_counts(rows),
        pace=_pace(main, on=on),
        before=near.before.opens if near.before else None,
        after=near.after.opens if near.after else None,
        mentors=_mentor_groups(main, rows, owners=Owners(school, on=on)) if main and mentors else [],
    )


def _counted_anew(column: Column, rows: list[Row]) -> Column:
    """The figures of a column from the rows that this person sees, so that every figure has as many rows."""
    states = [
        cell.check_in.status
        for row in rows
        for cell in row.cells
        if cell.check_in and cell.check_in.rule_id == column.rule.pk
    ]
    return replace(
        column,
        met=states.count(Status.MET),
        due=states.count(Status.DUE),
        missed=states.count(Status.MISSED),
        excused=states.count(Status.EXCUSED),
    )


def _counseling(person: User, students: list[Student], *, at: datetime) -> set[int]:
    seen = Student.objects.visible_to(person, at=at, under=Permission.COUNSELING_VIEW)
    return set(seen.filter(pk__in=[student.pk for student in students]).values_list("pk", flat=True))


def _columns(
    school_class: SchoolClass, person: User, calendar: SchoolCalendar, *, day: date, at: datetime
) -> list[Column]:
    """The rules that this person may know of, but for those of counselors: a class board is a teacher's."""
    on = timezone.localdate(at)
    known = QuotaRule.objects.filter(school=school_class.school_id).teachers().seen_by(person, at=at)
    figures = (
        ClassFigure.objects.filter(
            school=school_class.school_id,
            school_class=school_class,
            rule__in=known,
            period__start__lte=day,
            period__end__gte=day,
        )
        .select_related("rule", "period")
        .order_by("rule__order", "rule__pk")
    )
    return [
        Column(
            figure.rule,
            figure.period,
            figure.met,
            figure.due,
            figure.missed,
            figure.excused,
            calendar.school_days_left(figure.period.due, on=on),
        )
        for figure in figures
    ]


def _cells(
    school_class: SchoolClass,
    columns: list[Column],
    around: dict[int, Neighbours],
    calendar: SchoolCalendar,
    *,
    on: date,
) -> dict[int, dict[int, Cell]]:
    """The cell of each student under each rule, by numbers."""
    if not columns:
        return {}
    school = school_class.school
    by_rule = {column.rule.pk: column for column in columns}
    rows = list(
        CheckIn.objects.filter(
            school=school,
            school_class=school_class,
            period__in=[column.period.pk for column in columns],
            rule__in=by_rule,
        )
    )
    counted = _counted_talks(school_class, columns, rows, calendar)
    excuses = _away_words({row.student_id for row in rows if row.status == Status.EXCUSED}, on=on)
    missed_before = _missed_before(school_class, columns, around)
    made_up = made_up_among(rows)
    cells: dict[int, dict[int, Cell]] = defaultdict(dict)
    for row in rows:
        column = by_rule[row.rule_id]
        row.rule, row.period = column.rule, column.period
        small, miss, word = "", "", ""
        kind = STATES[Status(row.status)]
        match row.status:
            case Status.MET:
                small = counted.get((row.rule_id, row.student_id), "")
                kind = "late" if row.late else "met"
            case Status.DUE:
                small = rest_words(column.left) + ("，已邀约" if row.declined else "")
                miss = "上期漏谈" if (row.rule_id, row.student_id) in missed_before else ""
            case Status.MISSED:
                small = f"过期 {(on - row.period.due).days} 天"
                word = "漏谈，已补谈" if (row.period_id, row.rule_id, row.student_id) in made_up else ""
            case Status.EXCUSED:
                small = excuses.get(row.student_id, "")
        need = row.rule.minimum
        cells[row.student_id][row.rule_id] = Cell(
            kind=kind,
            word=word,
            count=f"{row.counted} / {need}" if need > 1 and row.status == Status.DUE else "",
            small=small,
            miss=miss,
            check_in=row,
        )
    return cells


def _counted_talks(
    school_class: SchoolClass, columns: list[Column], rows: list[CheckIn], calendar: SchoolCalendar
) -> dict[tuple[int, int], str]:
    """11月12日 刘敏: the latest talk that counted, for each met check-in, by the rule itself."""
    met = [row for row in rows if row.status == Status.MET]
    if not met:
        return {}
    school = school_class.school
    facts = SchoolFacts.read(
        school,
        first=min(column.period.start for column in columns),
        last=max(column.period.end for column in columns),
        students={row.student_id for row in met},
        in_time_until=min(column.period.due for column in columns) + timedelta(days=school.late_days),
        talks_only=True,
    )
    asked = {column.rule.pk: (Asked.of_talks(column.rule), column.period.span(calendar)) for column in columns}
    best: dict[tuple[int, int], int] = {}
    for row in met:
        if talks := facts.counted_talks(*asked[row.rule_id], row.student_id):
            best[row.rule_id, row.student_id] = talks[-1]
    latest = Conversation.objects.filter(school=school_class.school_id, pk__in=set(best.values()))
    shown = {
        pk: " ".join(filter(None, [day_words(day), "" if by_counselor else name]))
        for pk, day, by_counselor, name in latest.values_list("pk", "day", "by_counselor", "listener__name")
    }
    return {key: shown[pk] for key, pk in best.items()}


def _away_words(students: set[int], *, on: date) -> dict[int, str]:
    if not students:
        return {}
    words = {}
    for away in Pause.objects.on(on).filter(student__in=students):
        until = f"至{day_words(away.valid_to)}" if away.valid_to else "中"
        words[away.student_id] = f"{away.get_kind_display()}{until}" if away.kind == Pause.Kind.LEAVE else "已转出"
    return words


def _missed_before(
    school_class: SchoolClass, columns: list[Column], around: dict[int, Neighbours]
) -> set[tuple[int, int]]:
    """Who missed the period just before, by rule and student."""
    before = {column.rule.pk: found.pk for column in columns if (found := around[column.period.pk].before)}
    missed = CheckIn.objects.filter(
        school=school_class.school_id, rule__in=before, period__in=set(before.values()), school_class=school_class
    ).missed()
    rows = missed.values_list("rule", "student", "period")
    return {(rule, student) for rule, student, period in rows if period == before[rule]}


def _mentors(school_class: SchoolClass, students: list[Student], *, on: date) -> dict[int, str]:
    rows = Mentor.objects.on(on).filter(school=school_class.school_id, student__in=students).select_related("teacher")
    return {row.student_id: row.teacher.name for row in rows.order_by("-pk")}


def _mentor_groups(main: Column, rows: list[Row], *, owners: Owners) -> list[tuple[str, int, int, int]]:
    """How far each owner of the first rule is, by pinyin; nothing to part where one person owns all."""
    if not main.rule.names_mentors:
        return []
    groups: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        cell = row.cells[0]
        if cell.check_in and cell.check_in.status != Status.EXCUSED:
            for owner in owners.of(main.rule, row.student.pk, cell.check_in.school_class_id):
                groups[owner].append(cell.check_in.status)
    if len(groups) < 2:
        return []
    found = [
        (user.name, len(states) - states.count(Status.MET), states.count(Status.MET), len(states))
        for user in User.objects.filter(pk__in=groups)
        for states in [groups[user.pk]]
    ]
    return sorted(found, key=lambda one: lazy_pinyin(one[0]))


def _counts(rows: list[Row]) -> dict[str, int]:
    """How many rows each filter shows."""
    counts = {"all": len(rows)} | dict.fromkeys((show for show in SHOWS if show != "all"), 0)
    for row in rows:
        for kind in row.kinds:
            counts[kind] += 1
    return counts


def _pace(main: Column | None, *, on: date) -> str:
    if main is None or not main.due or not main.left:
        return ""
    share = -(-main.due // main.left)
    return f"每天 {share} 位，{due_words(main.period.due, on=on)}谈完"
