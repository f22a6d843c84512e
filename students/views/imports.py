"""A school's own file on its way into the roster."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from privacy import actions as privacy
from schools.permissions import Permission, allow, schools_of
from students import actions
from students.forms import ROW_FIELDS, ColumnsForm, UploadForm
from students.models import RosterUpload
from students.roster_import import Field, Kind, NotARoster, Plan, Row, RowPlan, Table

STEPS = ["选文件", "认列", "核对", "完成"]
ORDER = (Kind.WRONG, Kind.ASK, Kind.CHANGED, Kind.NEW, Kind.SKIPPED, Kind.SAME)  # what wants a look comes first
FIRST_ROWS = 40  # rows of one kind that are drawn at once; the rest is a click away
PAGE = 200  # rows of one kind on a page of their own


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.STUDENT_IMPORT)
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is read at once and nothing is written to the roster."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    school = schools_of(request.user, Permission.STUDENT_IMPORT, at=request.at)[0]
    today = timezone.localdate(request.at)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = actions.keep_upload(
                by=request.user, school=school, filename=file.name, content=file.read(), at=request.at
            )
        except NotARoster as reason:
            form.add_error("file", reason.sentence)
        else:
            return redirect("students:import-columns", upload=kept.uid)
    context = {"form": form, "steps": STEPS, "has_term": school.terms.filter(last_day__gte=today).exists()}
    return render(request, "students/import_upload.html", context, status=422 if form.errors else 200)


def _own(request: HttpRequest, uid: UUID) -> RosterUpload:
    """Own things: their owner alone, in the school where that person still imports."""
    schools = schools_of(request.user, Permission.STUDENT_IMPORT, at=request.at)
    rows = RosterUpload.objects.filter(by_id=request.user.pk, school__in=schools).select_related("school")
    return get_object_or_404(rows, uid=uid)


def _closed(request: HttpRequest, kept: RosterUpload) -> HttpResponse:
    """Where to go from an upload that waits no more: it was confirmed, in this tab or another, or a day has passed."""
    if kept.confirmed_at:
        return redirect("students:import-done", upload=kept.uid)
    messages.warning(request, "这份名册放了一天没有确认，读到的内容已经清掉。请再传一次。")
    return redirect("students:import")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.STUDENT_IMPORT, of="upload")
def columns(request: HttpRequest, upload: UUID) -> HttpResponse:
    """Which column is what; grade and class where the file does not say."""
    kept = _own(request, upload)
    if not kept.is_open:
        return _closed(request, kept)
    made = actions.plan_of(kept, on=timezone.localdate(request.at))
    form = _columns_form(request, kept, made)
    if form.is_valid():
        try:
            _take(kept, form)
        except NotARoster as reason:
            form.add_error(None, reason.sentence)
        else:
            made = actions.plan_of(kept, on=timezone.localdate(request.at))
            if not made.questions:
                return redirect("students:import-preview", upload=kept.uid)
            form = _columns_form(request, kept, made)
            form.ask(made.questions)
    table = Table.from_json(kept.table)
    found = [field for field in ROW_FIELDS if any(field in sheet.columns for sheet in table.sheets)]
    context = {
        "form": form,
        "upload": kept,
        "table": table,
        "steps": STEPS,
        "sample_heads": [field.label for field in found],
        "sample": _sample(table, found),
        "row_count": sum(len(sheet.rows) for sheet in table.sheets),
        "asks": [question.label for question in sorted(made.questions)],
    }
    return render(request, "students/import_columns.html", context, status=422 if form.errors else 200)


def _columns_form(request: HttpRequest, kept: RosterUpload, made: Plan) -> ColumnsForm:
    said = kept.answers.get("cohorts", {})
    initial = {"grade": kept.answers.get("grade"), "class_number": kept.answers.get("class")}
    initial |= {f"cohort_{name}": grade for name, grade in said.items()}
    cohorts = tuple(dict.fromkeys([*made.cohorts, *said]))
    return ColumnsForm(request.POST or None, table=Table.from_json(kept.table), cohorts=cohorts, initial=initial)


def _take(kept: RosterUpload, form: ColumnsForm) -> None:
    data = form.cleaned_data
    guessed = {field: form.table.sheets[0].columns.get(field, "") for field in ROW_FIELDS}
    if form.chosen() != guessed:
        actions.choose_columns(upload=kept, chosen=form.chosen())
    kept.answers = {
        "grade": data["grade"],
        "class": data["class_number"],
        "cohorts": {name: data[f"cohort_{name}"] for name in form.cohorts if data.get(f"cohort_{name}")},
    }
    kept.save(update_fields=["answers"])


def _sample(table: Table, found: list[Field]) -> list[list[str]]:
    """The first rows, as read, so that a person sees whether the guess is right."""
    rows = [row for sheet in table.sheets for row in sheet.rows if not row.skipped][:3]
    return [[row[field] for field in found] for row in rows]


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.STUDENT_IMPORT, of="upload")
def preview(request: HttpRequest, upload: UUID) -> HttpResponse:
    """核对: what confirming would do, wrong rows first; POST confirms, or answers who is who."""
    kept = _own(request, upload)
    if not kept.is_open:
        return _closed(request, kept)
    if request.method == "POST":
        return _answer(request, kept) if "answer" in request.POST else _confirm(request, kept)
    today = timezone.localdate(request.at)
    made = actions.plan_of(kept, on=today)
    if made.questions:
        return redirect("students:import-columns", upload=kept.uid)
    counts = made.counts()
    table = Table.from_json(kept.table)
    shown = next((kind for kind in Kind if kind.value == request.GET.get("show")), None)
    context = {
        "upload": kept,
        "steps": STEPS,
        "table": table,
        "header_row": table.sheets[0].header_row,
        "remarks": list(dict.fromkeys(remark for sheet in table.sheets for remark in sheet.remarks)),
        "several": len(table.sheets) > 1,
        "counts": [(kind, counts[kind]) for kind in ORDER if counts[kind]],
        "shown": shown,
        "total": len(made.rows),
        "new": counts[Kind.NEW],
        "changed": counts[Kind.CHANGED],
        "wrong": counts[Kind.WRONG],
        "left_out": counts[Kind.WRONG] + counts[Kind.ASK],
        "new_classes": [name.display for name in made.new_classes],
        "missing": made.missing,
        "renamed": made.renamed if actions.waits_for_word(kept, made) else (),
        "year": actions.year_name(kept.school, on=today),
        "starting": actions.starting_days(kept.school, on=today),
        "has_term": kept.school.terms.filter(last_day__gte=today).exists(),
        "asks": any(row.candidates for row in made.rows),
        "writes": counts[Kind.NEW] + counts[Kind.CHANGED],
    }
    context |= _rows_of_one_kind(request, made, table, shown) if shown else {"groups": _groups(made, table)}
    return render(request, "students/import_preview.html", context)


def _answer(request: HttpRequest, kept: RosterUpload) -> HttpResponse:
    """Keep who is who, and whether classes that stand elsewhere are the same children."""
    said = dict(kept.answers)
    if request.POST.get("renamed") in ("yes", "no"):
        said["renamed"] = request.POST["renamed"] == "yes"
    said["same"] = said.get("same", {}) | {
        name.removeprefix("same-"): value
        for name, value in request.POST.items()
        if name.startswith("same-") and value != "later"
    }
    kept.answers = said
    kept.save(update_fields=["answers"])
    return redirect("students:import-preview", upload=kept.uid)


def _confirm(request: HttpRequest, kept: RosterUpload) -> HttpResponse:
    try:
        added, changed = actions.confirm(by=request.user, upload=kept, at=request.at)
    except actions.AlreadyDone:
        kept.refresh_from_db()
        return _closed(request, kept)
    except actions.Unanswered:
        messages.warning(request, "还有一处要您先说一下，再确认。")
        return redirect("students:import-preview", upload=kept.uid)
    messages.success(request, f"已写入：新增 {added} 位，更新 {changed} 位。")
    return redirect("students:import-done", upload=kept.uid)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the preview: as it will be, what it was before, whether it makes the row wrong."""

    text: str = ""
    old: str | None = None
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the preview."""

    plan: RowPlan
    name: Cell
    school_class: Cell
    number: Cell
    phone: Cell
    other_changes: list[tuple[str, str, str]]

    @property
    def says(self) -> bool:
        """Whether there is anything to explain."""
        return bool(self.other_changes or self.plan.reason or self.plan.remarks or self.plan.candidates)

    @property
    def by_columns(self) -> bool:
        """Whether another choice of columns may put it right."""
        return self.plan.fault in (Field.NAME, Field.CLASS, Field.GRADE)


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one kind, the first of them drawn."""

    kind: Kind
    lines: list[Line]
    more: int
    is_folded: bool


def _groups(made: Plan, table: Table) -> list[Group]:
    raw = _raw_rows(table)
    found = []
    for kind in ORDER:
        rows = _sorted(made.of(kind))
        if rows:
            lines = [_line(row, raw[row.key]) for row in rows[:FIRST_ROWS]]
            found.append(Group(kind, lines, len(rows) - len(lines), kind in (Kind.SAME, Kind.SKIPPED)))
    return found


def _rows_of_one_kind(request: HttpRequest, made: Plan, table: Table, kind: Kind) -> dict[str, Any]:
    raw = _raw_rows(table)
    page = Paginator(_sorted(made.of(kind)), PAGE).get_page(request.GET.get("page"))
    return {"page": page, "groups": [Group(kind, [_line(row, raw[row.key]) for row in page], 0, False)]}


def _sorted(rows: Iterable[RowPlan]) -> list[RowPlan]:
    """Rows with a remark first; otherwise as in the file."""
    return sorted(rows, key=lambda row: not row.remarks)


def _raw_rows(table: Table) -> dict[str, Row]:
    return {f"{sheet.title}:{row.number}": row for sheet in table.sheets for row in sheet.rows}


def _line(row: RowPlan, raw: Row) -> Line:
    changes = {change.field: change for change in row.changes}

    def cell(text: str, *fields: Field) -> Cell:
        change = next((changes.pop(field) for field in fields if field in changes), None)
        return Cell(change.new if change else text, change.old if change else None, row.fault in fields)

    def read(known: str, *fields: Field) -> str:
        """As it will be written; of a row that is not, as it stands in the file."""
        return known if row.entry else next((raw[field] for field in fields if raw[field]), "")

    entry = row.entry
    numbers = (Field.SCHOOL_NUMBER, Field.NATIONAL_NUMBER)
    known_class = entry.school_class.display if entry else ""
    known_number = (entry.school_number or entry.national_number) if entry else ""
    name = cell(row.name, Field.NAME)
    school_class = cell(read(known_class, Field.CLASS, Field.GRADE), Field.CLASS, Field.GRADE)
    number = cell(read(known_number, *numbers), *numbers)
    phone = cell(read(entry.guardian_phone if entry else "", Field.GUARDIAN_PHONE), Field.GUARDIAN_PHONE)
    others = [(one.field.label, one.old, one.new) for one in changes.values()]
    return Line(row, name, school_class, number, phone, others)


@require_safe
@allow(Permission.STUDENT_IMPORT, of="upload")
def faults(request: HttpRequest, upload: UUID) -> HttpResponse:
    """The rows that are left out, as a table to work through beside the file. A row in the trail, as it leaves."""
    kept = _own(request, upload)
    if not kept.is_open:
        raise Http404
    made = actions.plan_of(kept, on=timezone.localdate(request.at))
    privacy.record(
        by_id=request.user.pk,
        verb="roster.faults",
        at=request.at,
        school_id=kept.school_id,
        kind="upload",
        uid=kept.uid,
        detail=f"{len(made.of(Kind.WRONG)) + len(made.of(Kind.ASK))} lines",
    )
    raw = _raw_rows(Table.from_json(kept.table))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="rows-to-correct.csv"'
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(["工作表", "行", "姓名", "班级", "学号", "说明"])
    for row in (*made.of(Kind.WRONG), *made.of(Kind.ASK)):
        line = _line(row, raw[row.key])
        texts = (row.sheet, str(row.number), line.name.text, line.school_class.text, line.number.text, row.reason)
        writer.writerow([_plain(text) for text in texts])
    return answer


def _plain(text: str) -> str:
    """A cell that a spreadsheet takes for text and never for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@require_safe
@allow(Permission.STUDENT_IMPORT, of="upload")
def done(request: HttpRequest, upload: UUID) -> HttpResponse:
    """What was written, and what comes next."""
    kept = _own(request, upload)
    if kept.confirmed_at is None:
        raise Http404
    return render(request, "students/import_done.html", {"upload": kept, "steps": STEPS})
