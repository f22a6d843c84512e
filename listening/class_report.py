"""倾听一刻钟班级汇总表: who of a class was listened to in one period, without a word of what was said.

The columns are those that schools file; of a counselor's talk others see the day alone.
"""

import io
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from accounts.models import User
from listening.actions.settling import evening
from listening.boards import Cell, Column, Row, board
from listening.class_check_ins import ClassState, class_states
from listening.facts import Asked, SchoolFacts
from listening.forms.peers import form_words
from listening.models import ClassCheckIn, Conversation, QuotaRule
from listening.quotas import Hat
from listening.words import day_words
from schools.calendar import PeriodKind
from schools.models import SchoolClass, Term
from schools.permissions import Permission, holds
from students.models import Student

TITLE = "倾听一刻钟班级汇总表"
CONSTANT = ("学年", "学期", "双周", "班级")  # the same in every line
COLUMNS = ("序号", "姓名", "倾听人", "日期", "时长", "通道", "是否完成", "未完成原因")
RHYTHMS = {PeriodKind.FORTNIGHT: "双周", PeriodKind.WEEK: "教学周", PeriodKind.MONTH: "月份"}
WHOLE_CLASS = "全班"
WIDTHS = (12, 10, 13, 13, 6, 11, 11, 12, 9, 9, 10, 22)
SIGNATURE = "班主任签字：　　　　　　　　　　日期：　　　　年　　月　　日"
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would take for a formula
DONE = {"met": "是", "late": "是", "due": "否", "missed": "否", "excused": "不用谈"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: a student, and one talk that counted, if there is one."""

    number: int
    name: str
    listener: str = ""
    day: str = ""
    length: str = ""
    channel: str = ""
    done: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ClassReport:
    """The table of one class for one requirement in one period."""

    school_class: SchoolClass
    choices: list[QuotaRule]  # the requirements that there is a table for
    chosen: QuotaRule | None
    year: str
    term: str
    period: str  # 第11–12周
    span: str  # 第11-12周, for the file's name
    on: date
    lines: list[Line]

    @property
    def title(self) -> str:
        return f"{self.school_class.school.name} {TITLE}"

    @property
    def made(self) -> str:
        """单位：清江中学　班级：七年级(1)班　…"""
        parts = [f"单位：{self.school_class.school.name}", f"班级：{self.school_class.name}"]
        if self.chosen:
            parts.append(f"要求：{self.chosen.name}")
        return "　".join([*parts, f"填表日期：{self.on.isoformat()}"])

    @property
    def header(self) -> tuple[str, ...]:
        """The columns as schools file them; the third is called by the rhythm."""
        rhythm = RHYTHMS.get(PeriodKind(self.chosen.period), "周期") if self.chosen else CONSTANT[2]
        return (*CONSTANT[:2], rhythm, CONSTANT[3], *COLUMNS)

    @property
    def of_class(self) -> bool:
        """Whether it is asked of the class as a whole (同伴)."""
        return self.chosen is not None and self.chosen.per == QuotaRule.Per.CLASS

    @property
    def constant(self) -> tuple[str, str, str, str]:
        """What stands at the head of every line: 学年 学期 双周 班级."""
        return (self.year, self.term, self.period, self.school_class.name)

    @property
    def filename(self) -> str:
        """七年级(3)班_倾听一刻钟记录_2025-2026第一学期_第5-6周.xlsx; a requirement but the first goes by its name."""
        first = not self.choices or self.chosen == self.choices[0]
        what = "倾听一刻钟记录" if first or not self.chosen else self.chosen.name
        when = "_".join(filter(None, [f"{self.year.removesuffix('学年')}{self.term}", self.span]))
        return "_".join(filter(None, [self.school_class.name, what, when])) + ".xlsx"


def class_report(
    school_class: SchoolClass,
    person: User,
    *,
    day: date,
    at: datetime,
    rule: UUID | None = None,
    blank: bool = False,
) -> ClassReport | None:
    """The table for the period that holds `day`, as this person may see it; `blank` leaves all but the names empty.

    Without a `rule` it is that of the first requirement; None where this one is not among those that the board shows.
    """
    shown = board(school_class, person, day=day, at=at)
    of_class = [one.check_in for one in class_states([school_class], day=day)]
    owing: list[Column | ClassCheckIn] = [*shown.columns, *of_class]
    asked = next((one for one in owing if rule is None or one.rule.uid == rule), None)
    if asked is None and rule is not None:
        return None
    match asked:
        case None:
            lines = [Line(number, row.student.name) for number, row in enumerate(shown.rows, start=1)]
        case ClassCheckIn():
            lines = [Line(1, WHOLE_CLASS)] if blank else _lines_of_class(asked, person, at=at)
        case Column():
            lines = _lines(shown.rows, shown.columns.index(asked), asked, person, at=at, blank=blank)
    term = _term(school_class, asked.period.opens if asked else day)
    words = asked.period.words.replace(" ", "") if asked else ""
    return ClassReport(
        school_class=school_class,
        choices=[one.rule for one in owing],
        chosen=asked.rule if asked else None,
        year=f"{term.year.removesuffix('学年')}学年" if term else "",
        term=term.name.partition("学年")[2] or term.name if term else "",
        period=words,
        span=words.replace("–", "-"),
        on=timezone.localdate(at),
        lines=lines,
    )


def _lines(rows: list[Row], place: int, asked: Column, person: User, *, at: datetime, blank: bool) -> list[Line]:
    """Everybody of the class, by name; under a requirement for some, those alone whom it asks for."""
    if asked.rule.tiers.exists() or asked.rule.labels.exists():
        rows = [row for row in rows if row.cells[place].kind]
    if blank:
        return [Line(number, row.student.name) for number, row in enumerate(rows, start=1)]
    talks = _counted(rows, asked, person, at=at)
    lines = []
    for number, row in enumerate(rows, start=1):
        cell = row.cells[place]
        verdict = {"done": DONE.get(cell.kind, ""), "why": _why(cell)}
        of_student = [Line(number, row.student.name, **talk, **verdict) for talk in talks.get(row.student.pk, ())]
        lines += of_student or [Line(number, row.student.name, **verdict)]
    return lines


def _lines_of_class(row: ClassCheckIn, person: User, *, at: datetime) -> list[Line]:
    """What the class did together, an activity a line."""
    school, klass = row.school_class.school, row.school_class
    span = row.period.span(school.calendar())
    facts = SchoolFacts.read(school, first=span.start, last=span.end, classes=[klass.pk], care=False)
    as_of = evening(school, on=timezone.localdate(at))
    counted = facts.judge_class(Asked.of(row.rule), span, klass.pk, as_of=as_of).counted
    talks = Conversation.objects.filter(school=school, pk__in=[int(pk) for pk in counted]).select_related("listener")
    state = ClassState(row)
    due = f"待谈，{day_words(row.period.due)}到期"
    why = {"due": due, "missed": "漏谈", "excused": "免谈"}.get(state.kind, "")
    verdict = {"done": DONE[state.kind], "why": why}
    private = holds(person, Permission.COUNSELING_VIEW, at=at)
    found = [
        Line(1, WHOLE_CLASS, **_talk(talk, hidden=talk.by_counselor and not private), **verdict)
        for talk in talks.order_by("day", "pk")
    ]
    return found or [Line(1, WHOLE_CLASS, **verdict)]


def _term(school_class: SchoolClass, day: date) -> Term | None:
    """The term of that day, or the one before it."""
    return school_class.school.terms.filter(first_day__lte=day).order_by("-first_day").first()


def _why(cell: Cell) -> str:
    """What keeps it from being done, as the board says it."""
    match cell.kind:
        case "due":
            return f"待谈，{cell.small}" if cell.small else "待谈"
        case "missed":
            return cell.word or "漏谈"
        case "excused":
            return cell.small or "免谈"
        case _:
            return ""


def _counted(rows: list[Row], main: Column, person: User, *, at: datetime) -> dict[int, list[dict[str, str]]]:
    """The talks that counted for each student, by day, from the same facts and rule that settled them."""
    school, students = main.rule.school, [row.student.pk for row in rows]
    span = main.period.span(school.calendar())
    facts = SchoolFacts.read(school, first=span.start, last=span.end, students=students)
    asked = Asked.of(QuotaRule.objects.prefetch_related("tiers", "labels").get(pk=main.rule.pk))
    as_of = evening(school, on=timezone.localdate(at))
    found = {
        student: [int(pk) for pk in facts.judge_student(asked, span, student, as_of=as_of).counted]
        for student in students
    }
    numbers = {pk for some in found.values() for pk in some}
    talks = Conversation.objects.filter(school=school, pk__in=numbers).select_related("listener").in_bulk()
    opened = Student.objects.visible_to(person, at=at, under=Permission.COUNSELING_VIEW).filter(pk__in=students)
    seen = set(opened.values_list("pk", flat=True))
    return {
        student: [
            _talk(talk, hidden=talk.by_counselor and student not in seen)
            for talk in sorted((talks[pk] for pk in some), key=lambda one: (one.day, one.pk))
        ]
        for student, some in found.items()
    }


def _talk(talk: Conversation, *, hidden: bool) -> dict[str, str]:
    if hidden:
        return {"day": talk.day.isoformat()}
    return {
        "listener": talk.listener.name,
        "day": talk.day.isoformat(),
        "length": f"{talk.minutes} 分钟" if talk.minutes else "",
        "channel": form_words(talk.channel) if talk.hat == Hat.PEER else str(talk.get_channel_display()),
    }


# As a file


def workbook(report: ClassReport) -> bytes:
    """The table as xlsx: A4 across, head lines on every page, each cell a text so that nothing starts a formula."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "汇总表"
    last = get_column_letter(len(report.header))
    _text(sheet, 1, 1, report.title, font=Font(name="黑体", size=16, bold=True))
    _text(sheet, 2, 1, report.made, font=Font(name="宋体", size=11))
    for number in (1, 2):
        sheet.merge_cells(f"A{number}:{last}{number}")
    sheet.cell(1, 1).alignment = Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 30
    for column, label in enumerate(report.header, start=1):
        _text(sheet, 3, column, label, font=Font(name="宋体", size=11, bold=True), boxed=True)
        sheet.column_dimensions[get_column_letter(column)].width = WIDTHS[column - 1]
    for number, line in enumerate(report.lines, start=4):
        values = (
            *report.constant, str(line.number), line.name, line.listener, line.day, line.length, line.channel,
            line.done, line.why,
        )  # fmt: skip
        for column, value in enumerate(values, start=1):
            _text(sheet, number, column, value, font=Font(name="宋体", size=11), boxed=True)
    end = len(report.lines) + 5
    _text(sheet, end, 1, SIGNATURE, font=Font(name="宋体", size=11))
    sheet.merge_cells(f"A{end}:{last}{end}")
    sheet.cell(end, 1).alignment = Alignment(horizontal="right")
    _for_paper(sheet)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _text(sheet: Worksheet, row: int, column: int, text: str, *, font: Font, boxed: bool = False) -> None:
    """Write a cell that is a text, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    if text:
        cell.data_type = "s"
    cell.number_format = "@"
    cell.font = font
    if text.startswith(FORMULA):
        cell.quotePrefix = True  # it stays a text when somebody edits the cell
    if boxed:
        thin = Side(style="thin")
        cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _for_paper(sheet: Worksheet) -> None:
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "1:3"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "第&P页 共&N页"
