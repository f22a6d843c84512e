"""班级汇总表: on paper, as a file, and as an empty form to fill in by hand."""

from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.access import Request
from listening import actions
from listening.class_report import HEADER, SIGNATURE, ClassReport, workbook
from listening.class_report import class_report as report_of
from privacy import actions as privacy
from schools.permissions import Permission, allow
from students.classes import classes_visible_to

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _report(request: Request, school_class: UUID, *, blank: bool = False) -> ClassReport:
    """The table of a class that this person may export, for the period asked for."""
    seen = classes_visible_to(request.user, at=request.at, under=Permission.CLASS_EXPORT)
    klass = get_object_or_404(seen, uid=school_class)
    today = timezone.localdate(request.at)
    actions.settle_changes(klass.school, on=today, at=request.at)
    return report_of(klass, request.user, day=_day(request.GET.get("on", ""), today), at=request.at, blank=blank)


def _day(text: str, today: date) -> date:
    try:
        return parse_date(text) or today
    except ValueError:
        return today


def _when(request: Request, today: date) -> str:
    day = _day(request.GET.get("on", ""), today)
    return "" if day == today else f"?on={day}"


@require_safe
@allow(Permission.CLASS_EXPORT, of="class")
def class_report(request: Request, school_class: UUID) -> HttpResponse:
    """The table on a page that is ready for the printer."""
    report = _report(request, school_class)
    when = _when(request, report.on)
    context = {"report": report, "header": HEADER, "signature": SIGNATURE, "when": when}
    return render(request, "listening/class_report.html", context)


@require_safe
@allow(Permission.CLASS_EXPORT, of="class")
def class_report_file(request: Request, school_class: UUID) -> HttpResponse:
    """The same table as xlsx. Who took it away, and of which class, stands in the trail."""
    report = _report(request, school_class)
    klass = report.school_class
    answer = HttpResponse(workbook(report), content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, report.filename)
    answer["Cache-Control"] = "no-store"
    privacy.record(
        by_id=request.user.pk,
        verb="class.export",
        at=request.at,
        school_id=klass.school_id,
        kind="school_class",
        uid=klass.uid,
        detail=f"{len(report.lines)} lines",
    )
    return answer


@require_safe
@allow(Permission.CLASS_EXPORT, of="class")
def blank_sheet(request: Request, school_class: UUID) -> HttpResponse:
    """The form with the names alone, to be filled in by hand and typed in later."""
    report = _report(request, school_class, blank=True)
    context = {"report": report, "header": HEADER[4:], "signature": SIGNATURE}
    return render(request, "listening/blank_sheet.html", context)
