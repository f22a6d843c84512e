"""重点关爱, and the school's scheme of care. For counselors; the scheme is the lead counselor's."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request
from privacy import actions as privacy
from reports.care_list import SHOWN, care_rows, with_details
from reports.scheme_change import change_scheme
from schools.models import School
from schools.permissions import Permission, allow, holds, schools_of
from students import actions
from students.care_forms import NewLabelForm
from students.care_words import tone_of
from students.models import CareLabel, CareTier
from students.schemes import BY_KEY, PRESETS

PAGE = 40


@require_safe
@allow(Permission.CARE_VIEW)
def care(request: Request) -> HttpResponse:
    """Who is cared for more; only some of them where the address says so. Who opened the list stands in the trail."""
    rows = care_rows(request.user, at=request.at)
    for school in schools_of(request.user, Permission.CARE_VIEW, at=request.at):
        privacy.record(by_id=request.user.pk, verb="list.care", at=request.at, school_id=school.pk, kind="list")
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else ""
    axis = request.GET.get("axis", "")
    axes = [one for one in reversed(CareTier.Axis) if any(row.axis == one for row in rows)]
    chosen = [row for row in rows if SHOWN[shown][1](row) and axis in ("", str(row.axis))]
    page = Paginator(chosen, PAGE).get_page(request.GET.get("page"))
    counted = {key: sum(1 for row in rows if keep(row)) for key, (_, keep) in SHOWN.items()}
    context = {
        "page": page,
        "rows": with_details(list(page), request.user, at=request.at),
        "total": len(rows),
        "filters": [
            (f"{word} {counted[key]}" if key else word, f"?show={key}", key == shown, "")
            for key, (word, _) in SHOWN.items()
        ],
        "axes": [
            ("每一层", f"?show={shown}", axis == "", ""),
            *((str(one.label), f"?show={shown}&axis={one.value}", axis == str(one.value), "") for one in axes),
        ],
        "has_axes": len(axes) > 1,
        "query": f"show={shown}&axis={axis}",
        "is_lead": holds(request.user, Permission.CARE_SCHEME, at=request.at),
    }
    return render(request, "reports/care.html", context)


def _school(request: Request) -> School:
    return schools_of(request.user, Permission.CARE_SCHEME, at=request.at)[0]


@require_safe
@allow(Permission.CARE_SCHEME)
def scheme(request: Request) -> HttpResponse:
    """The scheme in use, the others, and the school's own labels."""
    return _scheme_page(request, _school(request), NewLabelForm())


def _scheme_page(request: Request, school: School, form: NewLabelForm, **more: Any) -> HttpResponse:
    tiers = list(CareTier.objects.filter(school=school).in_use())
    context = {
        "tiers": [(tier, tone_of(tier.axis)) for tier in tiers],
        "name": tiers[0].scheme if tiers else "",
        "presets": [one for one in PRESETS if not tiers or one.name != tiers[0].scheme],
        "may_change": actions.may_change_scheme(school, on=timezone.localdate(request.at)),
        "labels": CareLabel.objects.filter(school=school, is_offered=True),
        "aside": CareLabel.objects.filter(school=school, is_offered=False),
        "form": form,
    }
    return render(request, "reports/care_scheme.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CARE_SCHEME, of="preset")
def scheme_change(request: Request, preset: str) -> HttpResponse:
    """What another scheme would mean, then, confirmed, the change."""
    school = _school(request)
    found = BY_KEY[preset]  # the addresses know no other
    today = timezone.localdate(request.at)
    error = ""
    if request.method == "POST":
        try:
            change_scheme(by=request.user, school=school, preset=found, at=request.at)
        except actions.InTerm:
            error = "学期中不换方案，正在进行的倾听要求按现在的层级算。请在放假后再来。"
        except actions.SameScheme:
            error = "学校已经在用这套方案。"
        else:
            messages.success(request, f"从今天起按“{found.name}”分级。以前的层级都还在各位同学的经过里。")
            return redirect("care-scheme")
    context = {
        "preset": found,
        "tiers": [(tier, tone_of(tier.axis)) for tier in found.tiers],
        "steps": [
            (step, tone_of(step.old.axis), tone_of(step.new.axis))
            for step in actions.scheme_steps(school, found, on=today)
        ],
        "may_change": actions.may_change_scheme(school, on=today),
        "error": error,
    }
    return render(request, "reports/care_scheme_change.html", context, status=422 if error else 200)


@require_http_methods(["POST"])
@allow(Permission.CARE_SCHEME)
def label_new(request: Request) -> HttpResponse:
    """One more label on the school's own list."""
    school = _school(request)
    form = NewLabelForm(request.POST)
    if form.is_valid():
        try:
            label = actions.add_label(by=request.user, school=school, name=form.cleaned_data["name"], at=request.at)
        except actions.LabelExists:
            form.add_error("name", "已经有这个标签了。")
        else:
            messages.success(request, f"“{label.name}”加好了。")
            return redirect("care-scheme")
    return _scheme_page(request, school, form)


@require_http_methods(["POST"])
@allow(Permission.CARE_SCHEME, of="label")
def label_aside(request: Request, uid: UUID) -> HttpResponse:
    """Offered no more; who carries it keeps it."""
    label = get_object_or_404(CareLabel.objects.filter(school=_school(request), is_offered=True), uid=uid)
    actions.put_aside_label(by=request.user, label=label, at=request.at)
    messages.success(request, f"“{label.name}”不再提供。已经有这个标签的同学不受影响。")
    return redirect("care-scheme")
