"""班级汇总表: on paper, as a file, and as an empty form to fill in by hand. What leaves the house is in the trail."""

from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.access import Request
from listening import actions
from listening.class_report import COLUMNS, SIGNATURE, ClassReport, workbook
from listening.class_report import class_report as report_of
from privacy import actions as privacy
from schools.permissions import Permission, allow
from students.classes import classes_visible_to

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _report(request: Request, school_class: UUID, *, blank: bool = False) -> ClassReport:
    """The table of a class that this person may export, for the requirement and the period asked for."""
    seen = classes_visible_to(request.user, at=request.at, under=Permission.CLASS_EXPORT)
    klass = get_object_or_404(seen, uid=school_class)
    today = timezone.localdate(request.at)
    actions.settle_changes(klass.school, on=today, at=request.at)
    day, rule = _day(request.GET.get("on", ""), today), _rule(request.GET.get("rule", ""))
    found = report_of(klass, request.user, day=day, at=request.at, rule=rule, blank=blank)
    if found is None:
        raise Http404
    return found


def _day(text: str, today: date) -> date:
    try:
        return parse_date(text) or today
    except ValueError:
        return today


def _rule(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as reason:
        raise Http404 from reason


def _asked(request: Request, report: ClassReport) -> dict[str, str]:
    """What was asked for but the usual: another day than today, another requirement than the first."""
    day = _day(request.GET.get("on", ""), report.on)
    found = {"on": day.isoformat()} if day != report.on else {}
    if report.chosen and report.chosen != report.choices[0]:
        found["rule"] = str(report.chosen.uid)
    return found


def _record(request: Request, verb: str, report: ClassReport, *, detail: str) -> None:
    klass = report.school_class
    privacy.record(
        by_id=request.user.pk,
        verb=verb,
        at=request.at,
        school_id=klass.school_id,
        kind="school_class",
        uid=klass.uid,
        detail=detail,
    )


@require_safe
@allow(Permission.CLASS_EXPORT, of="class")
def class_report(request: Request, school_class: UUID) -> HttpResponse:
    """The table on a page that is ready for the printer. Who opened it stands in the trail: no one sees it printed."""
    report = _report(request, school_class)
    asked = _asked(request, report)
    _record(request, "class.print", report, detail=f"{len(report.lines)} lines")
    context = {
        "report": report,
        "signature": SIGNATURE,
        "when": f"?{urlencode(asked)}" if asked else "",
        "on": asked.get("on", ""),
    }
    return render(request, "listening/class_report.html", context)


@require_safe
@allow(Permission.CLASS_EXPORT, of="class")
def class_report_file(request: Request, school_class: UUID) -> HttpResponse:
    """The same table as xlsx. Who took it away, and of which class, stands in the trail."""
    report = _report(request, school_class)
    answer = HttpResponse(workbook(report), content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, report.filename)
    answer["Cache-Control"] = "no-store"
    _record(request, "class.export", report, detail=f"{len(report.lines)} lines")
    return answer


@require_safe
@allow(Permission.CLASS_EXPORT, of="class")
def blank_sheet(request: Request, school_class: UUID) -> HttpResponse:
    """The form with the names alone, to be filled in by hand and typed in later."""
    report = _report(request, school_class, blank=True)
    asked = _asked(request, report)
    _record(request, "class.print", report, detail=f"{len(report.lines)} names")
    context = {
        "report": report,
        "header": COLUMNS,
        "signature": SIGNATURE,
        "when": f"?{urlencode(asked)}" if asked else "",
    }
    return render(request, "listening/blank_sheet.html", context)
