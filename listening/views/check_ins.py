"""One check-in, of a student or a class: why it is what it is, an excuse for it, a later talk that made up for it."""

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
from listening.class_check_ins import explain_class
from listening.forms import ExcuseForm, MakeUpForm
from listening.make_ups import linkable_talks
from listening.models import CheckIn, ClassCheckIn, Excuse
from listening.quotas import Status
from listening.why import explain
from listening.words import day_words
from schools.models import SchoolClass
from schools.permissions import Permission, allow, holds
from students.classes import classes_visible_to
from students.models import Student

NEEDS_A_WORD = "已过可修改的 {} 天。原因记下了，心理组长同意后才算免谈。"
NOTHING_WAITS = "这一项不需要再同意。"


def _found(
    request: Request, subject: UUID, rule: UUID, start: date, *, under: Permission = Permission.CHECK_IN_VIEW
) -> CheckIn:
    """The check-in that this person reaches under one permission, settled from what has changed since."""
    seen = CheckIn.objects.visible_to(request.user, at=request.at, under=under)
    seen = seen.under_rules_seen_by(request.user, at=request.at)
    seen = seen.select_related("school", "student", "rule", "period__school", "school_class__grade")
    row = get_object_or_404(seen, student__uid=subject, rule__uid=rule, period__start=start)
    if actions.settle_changes(row.school, on=timezone.localdate(request.at), at=request.at):
        row = get_object_or_404(seen, pk=row.pk)
    return row


def _of_class(request: Request, subject: UUID, rule: UUID, start: date, *, under: Permission) -> ClassCheckIn | None:
    """The same of a class that this person reaches; None where the address names none."""
    klass = classes_visible_to(request.user, at=request.at, under=under).filter(uid=subject).first()
    if klass is None:
        return None
    actions.settle_changes(klass.school, on=timezone.localdate(request.at), at=request.at)
    rows = ClassCheckIn.objects.filter(school=klass.school, school_class=klass, rule__for_counselors=False)
    rows = rows.select_related("school", "school_class__grade", "rule", "period__school")
    return get_object_or_404(rows, rule__uid=rule, period__start=start)


def _late_days(row: CheckIn | ClassCheckIn) -> int:
    return row.school.late_days_of(row.period.due)


def _subject(row: CheckIn | ClassCheckIn) -> Student | SchoolClass:
    return row.school_class if isinstance(row, ClassCheckIn) else row.student


def _address(name: str, row: CheckIn | ClassCheckIn) -> str:
    return reverse(f"listening:{name}", args=[_subject(row).uid, row.rule.uid, row.period.start])


@require_safe
@allow(Permission.CHECK_IN_VIEW, of="check-in")
def check_in(request: Request, subject: UUID, rule: UUID, start: date) -> HttpResponse:
    """One check-in of a student, or of a class, and why it is what it is."""
    if row := _of_class(request, subject, rule, start, under=Permission.CONVERSATION_VIEW):
        return _why_of_class(request, row)
    return _why(request, _found(request, subject, rule, start))


def _why(request: Request, row: CheckIn, form: MakeUpForm | None = None) -> HttpResponse:
    why = explain(row, request.user, at=request.at)
    klass = row.school_class if holds(request.user, Permission.BOARD_VIEW, at=request.at) else None
    context = {
        "why": why,
        "check_in": row,
        "can_log": holds(request.user, Permission.CONVERSATION_CREATE, at=request.at),
        **_excuse_steps(request, row),
        "make_up_url": _address("check-in-make-up", row),
        "linkable": linkable_talks(row, request.user, at=request.at),
        "form": form,
        "peers_of": None,
        "title": f"为什么是“{why.word}”？",
        "sub": f"{row.student.name} · {row.rule.name}",
        "back": reverse("listening:board", args=[klass.uid]) if klass else reverse("listening:missed"),
    }
    return render(request, "listening/check_in.html", context, status=422 if form else 200)


def _why_of_class(request: Request, row: ClassCheckIn) -> HttpResponse:
    why, klass = explain_class(row, request.user, at=request.at), row.school_class
    context: dict[str, object] = {
        "why": why,
        "check_in": row,
        "can_log": False,
        **_excuse_steps(request, row),
        "form": None,
        "linkable": [],
        "peers_of": klass if _reaches(request, row, Permission.PEER_ACTIVITY) else None,
        "title": f"为什么是“{why.word}”？",
        "sub": f"{klass.name} · {row.rule.name}",
        "back": reverse("listening:board", args=[klass.uid]),
    }
    return render(request, "listening/check_in.html", context)


def _excuse_steps(request: Request, row: CheckIn | ClassCheckIn) -> dict[str, str]:
    """The ways to an excuse and to the lead counselor's word for it, where they would change something."""
    steps = {"excuse_url": "", "allow_url": ""}
    if row.status not in (Status.DUE, Status.MISSED):
        return steps
    if _reaches(request, row, Permission.CHECK_IN_EXCUSE):
        steps["excuse_url"] = _address("check-in-excuse", row)
    if row.status == Status.MISSED and _reaches(request, row, Permission.LATE_ALLOW):
        said = Excuse.objects.of(row).first()
        if said is not None and said.waits_for_word:
            steps["allow_url"] = _address("check-in-excuse-allow", row)
    return steps


def _reaches(request: Request, row: CheckIn | ClassCheckIn, under: Permission) -> bool:
    if not holds(request.user, under, at=request.at):
        return False
    if isinstance(row, ClassCheckIn):
        return classes_visible_to(request.user, at=request.at, under=under).filter(pk=row.school_class_id).exists()
    return Student.objects.visible_to(request.user, at=request.at, under=under).filter(pk=row.student_id).exists()


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CHECK_IN_EXCUSE, of="check-in")
def excuse(request: Request, subject: UUID, rule: UUID, start: date) -> HttpResponse:
    """免谈，写明原因; when the days for it are over it waits for the lead counselor's word."""
    under = Permission.CHECK_IN_EXCUSE
    row = _of_class(request, subject, rule, start, under=under) or _found(request, subject, rule, start, under=under)
    said = Excuse.objects.of(row).filter(by=request.user).first()
    form = ExcuseForm(request.POST or None, initial={"why": said.why if said else ""})
    if form.is_valid():
        _say(request, row, form.cleaned_data["why"])
        return redirect(_address("check-in", row))
    context = {
        "form": form,
        "check_in": row,
        "back": _address("check-in", row),
        "sub": f"{_subject(row).name} · {row.rule.name}，{row.period.words}，{day_words(row.period.due)}到期",
        "named": row.rule.tiers.exists() or row.rule.labels.exists(),
        "late_days": _late_days(row) if actions.too_late_to_excuse(row.period, at=request.at) else 0,
        "is_lead": _reaches(request, row, Permission.LATE_ALLOW),
    }
    return render(request, "listening/excuse.html", context, status=422 if form.errors else 200)


def _say(request: Request, row: CheckIn | ClassCheckIn, why: str) -> None:
    """Excuse it; too late, keep the reason, which counts at once where the lead counselor says it."""
    by, at = request.user, request.at
    klass = row.school_class if isinstance(row, ClassCheckIn) else None
    student = row.student if isinstance(row, CheckIn) else None
    if not actions.too_late_to_excuse(row.period, at=at):
        actions.excuse(by=by, rule=row.rule, period=row.period, student=student, school_class=klass, why=why, at=at)
        messages.success(request, f"已记下。{_subject(row).name}这次不用谈。")
        return
    said = actions.excuse_late(
        by=by, rule=row.rule, period=row.period, student=student, school_class=klass, why=why, at=at
    )
    if not said.waits_for_word:
        messages.info(request, "这一项已经免谈，原来的说明没有改动。")
    elif _reaches(request, row, Permission.LATE_ALLOW):
        actions.allow_excuse(by=by, said=said, at=at)
        messages.success(request, f"已记下并同意。{_subject(row).name}这次不用谈。")
    else:
        messages.warning(request, NEEDS_A_WORD.format(_late_days(row)))


@require_POST
@allow(Permission.LATE_ALLOW, of="check-in")
def excuse_allow(request: Request, subject: UUID, rule: UUID, start: date) -> HttpResponse:
    """同意免谈: the lead counselor's word for one that came too late. Said again it changes nothing."""
    under = Permission.LATE_ALLOW
    row = _of_class(request, subject, rule, start, under=under) or _found(request, subject, rule, start, under=under)
    said = Excuse.objects.of(row).first()
    if said is None or not said.waits_for_word:
        messages.info(request, NOTHING_WAITS)
    else:
        actions.allow_excuse(by=request.user, said=said, at=request.at)
        messages.success(request, f"已同意，{_subject(row).name}这次不用谈。")
    from_list = request.POST.get("back") == "excuses"
    return redirect(reverse("listening:excuses") if from_list else _address("check-in", row))


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
