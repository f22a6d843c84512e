"""The roster, and a school's own file on its way into it."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from schools.models import SchoolClass
from schools.permissions import Permission, allow, holds, schools_of
from students import actions
from students.classes import classes_visible_to
from students.forms import ROW_FIELDS, ColumnsForm, UploadForm
from students.models import RosterUpload, Student
from students.roster_import import Kind, NotARoster, Plan, RowPlan, Table

PAGE = 60
STEPS = ["选文件", "认列", "核对", "完成"]
FIRST_ROWS = 60  # rows of one kind that are drawn at once; the rest is counted


@require_safe
@allow(Permission.STUDENT_LIST)
def roster(request: HttpRequest) -> HttpResponse:
    """Who is in the school, as far as this person may know."""
    today = timezone.localdate(request.at)
    words = request.GET.get("q", "").strip()
    rows = Student.objects.visible_to(request.user, at=request.at).with_class(on=today)
    classes = list(classes_visible_to(request.user, at=request.at, under=Permission.STUDENT_LIST))
    chosen = next((one for one in classes if str(one.uid) == request.GET.get("class")), None)
    if words:
        rows = rows.matching(words)
    if chosen:
        rows = rows.in_class(chosen, on=today)
    page = Paginator(rows.by_name(), PAGE).get_page(request.GET.get("page"))
    names = SchoolClass.objects.filter(pk__in={one.class_id for one in page}).select_related("grade").in_bulk()
    opened = Student.objects.visible_to(request.user, at=request.at, under=Permission.STUDENT_VIEW)
    may_open = set(opened.filter(pk__in=[one.pk for one in page]).values_list("pk", flat=True))
    context = {
        "page": page,
        "rows": [(one, names.get(one.class_id), one.pk in may_open) for one in page],
        "words": words,
        "classes": classes,
        "chosen": chosen,
        "may_import": holds(request.user, Permission.STUDENT_IMPORT, at=request.at),
        "shows_numbers": holds(request.user, Permission.STUDENT_IMPORT, at=request.at),
    }
    return render(request, "students/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.STUDENT_IMPORT)
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is read at once and nothing is written to the roster."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        school = schools_of(request.user, Permission.STUDENT_IMPORT, at=request.at)[0]
        try:
            kept = actions.keep_upload(
                by=request.user, school=school, filename=file.name, content=file.read(), at=request.at
            )
        except NotARoster as reason:
            form.add_error("file", reason.sentence)
        else:
            return redirect("students:import-columns", upload=kept.uid)
    status = 422 if form.errors else 200
    return render(request, "students/import_upload.html", {"form": form, "steps": STEPS}, status=status)


def _own(request: HttpRequest, uid: UUID) -> RosterUpload:
    """Own things: their owner alone, in the school where that person still imports."""
    schools = schools_of(request.user, Permission.STUDENT_IMPORT, at=request.at)
    rows = RosterUpload.objects.filter(by=request.user, school__in=schools).select_related("school")
    return get_object_or_404(rows, uid=uid)


def _open(request: HttpRequest, uid: UUID) -> RosterUpload:
    upload = _own(request, uid)
    if not upload.is_open:
        raise Http404
    return upload


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.STUDENT_IMPORT, of="upload")
def columns(request: HttpRequest, upload: UUID) -> HttpResponse:
    """Which column is what; grade and class where the file does not say."""
    kept = _open(request, upload)
    table = Table.from_json(kept.table)
    today = timezone.localdate(request.at)
    made = actions.plan_of(kept, on=today)
    cohorts = tuple(dict.fromkeys([*made.cohorts, *kept.answers.get("cohorts", {})]))
    initial = {"grade": kept.answers.get("grade"), "class_number": kept.answers.get("class")}
    initial |= {f"cohort_{name}": grade for name, grade in kept.answers.get("cohorts", {}).items()}
    form = ColumnsForm(request.POST or None, table=table, cohorts=cohorts, initial=initial)
    if form.is_valid():
        try:
            _take(kept, form)
        except NotARoster as reason:
            form.add_error(None, reason.sentence)
        else:
            open_questions = actions.plan_of(kept, on=today).questions
            if not open_questions:
                return redirect("students:import-preview", upload=kept.uid)
            for question in sorted(open_questions):
                form.add_error(None, question.label)
    context = {
        "form": form,
        "upload": kept,
        "table": table,
        "steps": STEPS,
        "sample": _sample(table),
        "row_count": sum(len(sheet.rows) for sheet in table.sheets),
        "asks": made.questions,
    }
    return render(request, "students/import_columns.html", context, status=422 if form.errors else 200)


def _take(kept: RosterUpload, form: ColumnsForm) -> None:
    data = form.cleaned_data
    guessed = {field: form.table.sheets[0].columns.get(field, "") for field in ROW_FIELDS}
    if form.chosen() != guessed:
        actions.choose_columns(upload=kept, chosen=form.chosen())
    kept.answers = {
        "grade": data["grade"],
        "class": data["class_number"],
        "cohorts": {name: data[f"cohort_{name}"] for name in form.cohorts if data.get(f"cohort_{name}")},
        "same": kept.answers.get("same", {}),
    }
    kept.save(update_fields=["answers"])


def _sample(table: Table) -> list[list[str]]:
    """The first rows, as read, so that a person sees whether the guess is right."""
    rows = [row for sheet in table.sheets for row in sheet.rows if not row.skipped][:3]
    return [[row[field] for field in ROW_FIELDS] for row in rows]


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.STUDENT_IMPORT, of="upload")
def preview(request: HttpRequest, upload: UUID) -> HttpResponse:
    """核对: what confirming would do, wrong rows first; POST confirms, or answers who is who."""
    kept = _open(request, upload)
    today = timezone.localdate(request.at)
    if request.method == "POST":
        if "answer" in request.POST:
            kept.answers = {**kept.answers, "same": kept.answers.get("same", {}) | _same(request)}
            kept.save(update_fields=["answers"])
            return redirect("students:import-preview", upload=kept.uid)
        try:
            added, changed = actions.confirm(by=request.user, upload=kept, at=request.at)
        except actions.AlreadyDone:
            raise Http404 from None
        messages.success(request, f"已写入：新增 {added} 位，更新 {changed} 位。")
        return redirect("students:import-done", upload=kept.uid)
    made = actions.plan_of(kept, on=today)
    if made.questions:
        return redirect("students:import-columns", upload=kept.uid)
    counts = made.counts()
    context = {
        "upload": kept,
        "steps": STEPS,
        "table": Table.from_json(kept.table),
        "groups": _groups(made),
        "counts": [(kind.label, counts[kind], kind is Kind.WRONG) for kind in Kind if counts[kind]],
        "total": len(made.rows),
        "new": counts[Kind.NEW],
        "changed": counts[Kind.CHANGED],
        "left_out": counts[Kind.WRONG] + counts[Kind.ASK],
        "new_classes": [name.display for name in made.new_classes],
        "starting": actions.starting_days(kept.school, on=today),
        "asks": bool(counts[Kind.ASK]),
        "writes": counts[Kind.NEW] + counts[Kind.CHANGED],
    }
    return render(request, "students/import_preview.html", context)


def _same(request: HttpRequest) -> dict[str, str]:
    return {name.removeprefix("same-"): value for name, value in request.POST.items() if name.startswith("same-") and value != "later"}


def _groups(made: Plan) -> list[tuple[str, list[RowPlan], int, bool]]:
    """Rows by kind: the wrong and the open ones whole, of the others the first; how many more; whether folded."""
    found = []
    for kind in (Kind.WRONG, Kind.ASK, Kind.CHANGED, Kind.NEW, Kind.SKIPPED, Kind.SAME):
        rows = list(made.of(kind))
        whole = kind in (Kind.WRONG, Kind.ASK)
        shown = rows if whole else rows[:FIRST_ROWS]
        if rows:
            found.append((kind.value, shown, len(rows) - len(shown), kind in (Kind.SAME, Kind.SKIPPED)))
    return found


@require_safe
@allow(Permission.STUDENT_IMPORT, of="upload")
def done(request: HttpRequest, upload: UUID) -> HttpResponse:
    """What was written, and what comes next."""
    kept = _own(request, upload)
    if kept.confirmed_at is None:
        raise Http404
    return render(request, "students/import_done.html", {"upload": kept, "steps": STEPS})
