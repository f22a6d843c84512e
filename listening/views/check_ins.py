"""One check-in: why it is what it is, an excuse for it, a later talk that made up for it."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Request
from listening import actions
from listening.forms import ExcuseForm, MakeUpForm
from listening.make_ups import linkable_talks
from listening.models import CheckIn, Excuse
from listening.quotas import Status
from listening.views.peers import class_check_in
from listening.why import explain
from listening.words import day_words
from schools.permissions import Permission, allow, holds
from students.models import Student

TOO_LATE = "已过可修改的 {} 天。请心理组长确认后再改。"


def _found(
    request: Request, subject: UUID, rule: UUID, start: date, *, under: Permission = Permission.CHECK_IN_VIEW
) -> CheckIn:
    """The check-in that this person reaches under one permission, settled from what has changed since."""
    seen = CheckIn.objects.visible_to(request.user, at=request.at, under=under)
    seen = seen.under_rules_seen_by(request.user, at=request.at)
    seen = seen.select_related("school", "student", "rule", "period", "school_class__grade")
    row = get_object_or_404(seen, student__uid=subject, rule__uid=rule, period__start=start)
    if actions.settle_changes(row.school, on=timezone.localdate(request.at), at=request.at):
        row = get_object_or_404(seen, pk=row.pk)
    return row


def _address(name: str, row: CheckIn) -> str:
    return reverse(f"listening:{name}", args=[row.student.uid, row.rule.uid, row.period.start])


@require_safe
@allow(Permission.CHECK_IN_VIEW, of="check-in")
def check_in(request: Request, subject: UUID, rule: UUID, start: date) -> HttpResponse:
    """One check-in of a student, or of a class, and why it is what it is."""
    return class_check_in(request, subject, rule, start) or _why(request, _found(request, subject, rule, start))


def _why(request: Request, row: CheckIn, form: MakeUpForm | None = None) -> HttpResponse:
    why = explain(row, request.user, at=request.at)
    klass = row.school_class if holds(request.user, Permission.BOARD_VIEW, at=request.at) else None
    context = {
        "why": why,
        "check_in": row,
        "can_log": holds(request.user, Permission.CONVERSATION_CREATE, at=request.at),
        "excuse_url": _address("check-in-excuse", row) if _may_excuse(request, row) else "",
        "make_up_url": _address("check-in-make-up", row),
        "linkable": linkable_talks(row, request.user, at=request.at),
        "form": form,
        "peers_of": None,
        "title": f"为什么是“{why.word}”？",
        "sub": f"{row.student.name} · {row.rule.name}",
        "back": reverse("listening:board", args=[klass.uid]) if klass else reverse("listening:missed"),
    }
    return render(request, "listening/check_in.html", context, status=422 if form else 200)


def _may_excuse(request: Request, row: CheckIn) -> bool:
    """Whether the way to an excuse is shown: it would change something, and it is not too late."""
    if row.status not in (Status.DUE, Status.MISSED) or actions.too_late_to_excuse(row.period, at=request.at):
        return False
    return _reached(request, row)


def _reached(request: Request, row: CheckIn) -> bool:
    reached = Student.objects.visible_to(request.user, at=request.at, under=Permission.CHECK_IN_EXCUSE)
    return reached.filter(pk=row.student_id).exists()


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CHECK_IN_EXCUSE, of="check-in")
def excuse(request: Request, subject: UUID, rule: UUID, start: date) -> HttpResponse:
    """免谈，写明原因."""
    row = _found(request, subject, rule, start, under=Permission.CHECK_IN_EXCUSE)
    said = Excuse.objects.filter(
        school=row.school, period=row.period, rule=row.rule, student=row.student, by=request.user
    ).first()
    form = ExcuseForm(request.POST or None, initial={"why": said.why if said else ""})
    if form.is_valid():
        try:
            actions.excuse(
                by=request.user,
                rule=row.rule,
                period=row.period,
                student=row.student,
                why=form.cleaned_data["why"],
                at=request.at,
            )
        except actions.TooLate:
            form.add_error(None, TOO_LATE.format(row.school.late_days))
        else:
            messages.success(request, f"已记下。{row.student.name}这次不用谈。")
            return redirect(_address("check-in", row))
    context = {
        "form": form,
        "check_in": row,
        "back": _address("check-in", row),
        "sub": f"{row.student.name} · {row.rule.name}，{row.period.words}，{day_words(row.period.due)}到期",
        "named": row.rule.tiers.exists() or row.rule.labels.exists(),
    }
    return render(request, "listening/excuse.html", context, status=422 if form.errors else 200)


@require_POST
@allow(Permission.CHECK_IN_VIEW, of="check-in")
def make_up(request: Request, subject: UUID, rule: UUID, start: date) -> HttpResponse:
    """记作补谈: links a later talk to a missed check-in, which stays missed."""
    row = _found(request, subject, rule, start)
    form = MakeUpForm(request.POST, talks=linkable_talks(row, request.user, at=request.at))
    if not form.is_valid():
        return _why(request, row, form)
    actions.make_up(by=request.user, check_in=row, talk=form.cleaned_data["talk"], at=request.at)
    messages.success(request, "已记作补谈。漏谈的记录还在，旁边会写明已补谈。")
    return redirect(_address("check-in", row))
