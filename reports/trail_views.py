"""留痕: one's own acts, 谁看过, the school's, and the administrator's technical log."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request, fresh
from privacy import actions as privacy
from privacy.trail import Mark
from privacy.verbs import Group
from reports.trail import Chosen, own_acts, readers_of, school_trail, staff_of, technical_log
from reports.trail_file import workbook
from reports.trail_forms import USUAL, ExportForm, LookForm
from schools.models import School
from schools.permissions import Permission, allow, schools_of
from students.models import Student

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000  # of one file


def _before(request: Request) -> Mark | None:
    return Mark.read(request.GET.get("before", ""))


@require_safe
@allow(Permission.TRAIL_OWN)
def my_acts(request: Request) -> HttpResponse:
    """我的操作."""
    page = own_acts(request.user, at=request.at, before=_before(request))
    return render(request, "reports/my_acts.html", {"page": page, "is_start": not _before(request)})


@require_safe
@allow(Permission.TRAIL_STUDENT, of="student")
def readers(request: Request, student: UUID) -> HttpResponse:
    """谁看过: for the counselor in charge of the student."""
    reached = Student.objects.visible_to(request.user, at=request.at, under=Permission.TRAIL_STUDENT)
    found = get_object_or_404(reached, uid=student)
    page = readers_of(found, before=_before(request))
    context = {"student": found, "page": page, "is_start": not _before(request)}
    return render(request, "reports/readers.html", context)


def _school(request: Request) -> School:
    return schools_of(request.user, Permission.TRAIL_SCHOOL, at=request.at)[0]


def _tell(request: Request, school: School, verb: str, detail: str = "") -> None:
    privacy.record(
        by_id=request.user.pk,
        verb=verb,
        at=request.at,
        school_id=school.pk,
        kind="school",
        uid=school.uid,
        detail=detail,
    )


@require_safe
@allow(Permission.TRAIL_SCHOOL)
def trail(request: Request) -> HttpResponse:
    """The school's trail for the 组长, by person, kind and day. Who opened it stands in it."""
    school, before = _school(request), _before(request)
    form = LookForm(request.GET, people=list(staff_of(school)))
    form.is_valid()
    chosen = form.chosen()
    page = school_trail(school, chosen, before=before)
    if before is None:
        _tell(request, school, "trail.view")
    asked = {name: request.GET[name] for name in ("who", "kind", "day") if request.GET.get(name)}
    context = {
        "form": form,
        "page": page,
        "is_start": before is None,
        "is_narrow": chosen != Chosen(),
        "query": urlencode(asked),
    }
    return render(request, "reports/trail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.TRAIL_SCHOOL)
@fresh
def export(request: Request) -> HttpResponse:
    """The school's trail as a file, with a reason; who took it away, and why, stands in it."""
    school = _school(request)
    today = timezone.localdate(request.at)
    start = {"first": today - timedelta(days=USUAL), "last": today}
    asked = {name: request.GET[name] for name in ("who", "kind") if request.GET.get(name)}
    if request.GET.get("day"):
        asked |= {"first": request.GET["day"], "last": request.GET["day"]}
    form = ExportForm(request.POST or None, initial=start | asked, people=list(staff_of(school)))
    if request.method == "POST" and form.is_valid():
        page = school_trail(school, form.chosen(), before=None, most=MOST_ROWS)
        if not page.more:
            _tell(request, school, "trail.export", f"{len(page.lines)} 行，{form.cleaned_data['why']}")
            return _file(school, form, workbook(page.lines))
        form.add_error("last", f"超过 {MOST_ROWS} 行了。把日子缩短一些，分几次导出。")
    status = 422 if request.method == "POST" else 200
    return render(request, "reports/trail_export.html", {"form": form}, status=status)


def _file(school: School, form: ExportForm, content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type=XLSX)
    days = f"{form.cleaned_data['first']}_{form.cleaned_data['last']}"
    answer["Content-Disposition"] = content_disposition_header(True, f"{school.name}_留痕_{days}.xlsx")
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
@allow(Permission.TRAIL_TECHNICAL)
def technical(request: Request) -> HttpResponse:
    """技术日志: verbs and times of all schools, without a name."""
    kind, text = request.GET.get("kind", ""), request.GET.get("before", "")
    group = Group(kind) if kind in Group else None
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    lines, more = technical_log(group, before=before)
    context = {
        "lines": lines,
        "more": more,
        "query": f"kind={group.value}&" if group else "",
        "is_start": before is None,
        "filters": [
            ("全部", "?", group is None),
            *((str(one.label), f"?kind={one.value}", group is one) for one in Group if one is not Group.READ),
        ],
    }
    return render(request, "reports/technical.html", context)
