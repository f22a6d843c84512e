"""Care of one student: its history, a proposal, and the word of whoever confirms it. For counselors."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request, fresh
from privacy import actions as privacy
from schools.permissions import Permission, allow
from students import actions, drafts, notes
from students.care import care_of, current_card
from students.care_forms import ProposalForm
from students.care_words import reader_words, review_words, tone_of
from students.models import CareTier, Student, StudentLabel, TierAssignment, TierProposal


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history: a tier that was given, or a proposal that came to nothing."""

    day: date
    tier: CareTier
    tone: str
    who: str
    proposal: TierProposal | None
    given: bool


@require_safe
@allow(Permission.CARE_VIEW, of="student")
def care(request: Request, uid: UUID) -> HttpResponse:
    """What is known of one student's care, and how it came about. Who opened it stands in the trail."""
    student = student_under(request, uid, Permission.CARE_VIEW)
    privacy.record(
        by_id=request.user.pk,
        verb="care.view",
        at=request.at,
        school_id=student.school_id,
        kind="student",
        uid=student.uid,
    )
    today = timezone.localdate(request.at)
    now = care_of(student, on=today)
    labels = StudentLabel.objects.filter(student=student).select_related("label", "given_by", "ended_by")
    context = {
        "student": student,
        "now": now,
        "tone": tone_of(now.held.axis if now.held else now.tier.axis),
        "review": review_words(now.held.review_on if now.held else None, on=today),
        "review_due": now.review_is_due(today),
        "lines": _history(student),
        "labels": now.labels,
        "ended": [one for one in labels.order_by("-valid_to", "pk") if one not in now.labels],
        "in_charge": actions.is_in_charge(request.user, student, at=request.at),
        "has_card": current_card(student) is not None,
    }
    return render(request, "students/care.html", context)


def student_under(request: Request, uid: UUID, permission: Permission) -> Student:
    """The student of the address, as far as this person reaches under the permission; else the absent page."""
    reached = Student.objects.visible_to(request.user, at=request.at, under=permission)
    return get_object_or_404(reached.select_related("school"), uid=uid)


def _history(student: Student) -> list[Line]:
    given = TierAssignment.objects.filter(student=student).select_related(
        "tier", "proposed_by", "confirmed_by", "proposal"
    )
    came_to_nothing = TierProposal.objects.filter(
        student=student, state__in=(TierProposal.State.DECLINED, TierProposal.State.WITHDRAWN)
    )
    lines = [Line(one.valid_from, one.tier, tone_of(one.axis), _given_by(one), one.proposal, True) for one in given]
    lines += [
        Line(
            timezone.localdate(one.decided_at),
            one.tier,
            tone_of(one.axis),
            f"{one.proposed_by.name}提议，{one.get_state_display()}",
            one,
            False,
        )
        for one in came_to_nothing.newest()
    ]
    order = {id(line): place for place, line in enumerate(lines)}
    return sorted(lines, key=lambda line: (line.day, order[id(line)]), reverse=True)


def _given_by(one: TierAssignment) -> str:
    if one.proposed_by is None or one.confirmed_by is None:
        return ""
    if one.proposal is None and one.proposed_by == one.confirmed_by:
        return f"{one.confirmed_by.name}登记"
    return f"{one.proposed_by.name}提议，{one.confirmed_by.name}确认"


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CARE_EDIT, of="student")
def propose(request: Request, uid: UUID) -> HttpResponse:
    """Say which tier, and why; nothing changes yet."""
    student = student_under(request, uid, Permission.CARE_EDIT)
    today = timezone.localdate(request.at)
    now = care_of(student, on=today)
    if now.waiting and request.method != "POST":
        return redirect("students:care-proposal", student.uid, now.waiting.uid)
    tiers = CareTier.objects.filter(school=student.school).in_use()
    initial = {"tier": str(now.tier.uid)} if now.held and "keep" in request.GET else None
    form = ProposalForm(request.POST or None, tiers=list(tiers), today=today, initial=initial)
    if form.is_valid():
        try:
            with drafts.saving(request, "proposal", student.uid):
                made = actions.propose(by=request.user, student=student, at=request.at, **form.cleaned_data)
        except actions.AlreadyWaiting:
            form.add_error(None, "刚刚有同事提了一份，请先看看那一份。您写的还在这里，草稿也留着。")
            now = care_of(student, on=today)
        else:
            return redirect("students:care-proposal", student.uid, made.uid)
    seen_by = notes.readers(
        notes.Text.CARE_REASON, author=request.user, school=student.school, students=[student], at=request.at
    )
    context = {
        "student": student,
        "now": now,
        "tone": tone_of(now.held.axis if now.held else now.tier.axis),
        "form": form,
        "tiers": tiers,
        "readers": reader_words(seen_by, author=request.user),
    }
    return render(request, "students/care_propose.html", context, status=422 if form.errors else 200)


WORDS = {"confirm": actions.confirm_tier, "decline": actions.decline, "withdraw": actions.withdraw}
DONE = {
    "confirm": "确认好了，从今天起按这一层关爱。",
    "decline": "没有采纳，提议和理由都留着。",
    "withdraw": "撤回了，提议和理由都留着。",
}


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CARE_VIEW, of="proposal")
@fresh
def proposal(request: Request, uid: UUID, proposal: UUID) -> HttpResponse:
    """One proposal with its reason; confirmed, declined or withdrawn by whoever may."""
    student = student_under(request, uid, Permission.CARE_VIEW)
    rows = TierProposal.objects.visible_to(request.user, at=request.at).filter(student=student)
    found = get_object_or_404(rows.newest(), uid=proposal)
    error = ""
    if request.method == "POST":
        error = _answered(request, found)
        if not error:
            return redirect("students:care", student.uid)
    return _proposal_page(request, student, found, error)


def _answered(request: Request, found: TierProposal) -> str:
    """Do what was asked; returns why not."""
    asked = request.POST.get("do", "")
    if asked not in WORDS:
        return "选一个答复：确认、不采纳或撤回。"
    try:
        WORDS[asked](by=request.user, proposal=found, at=request.at)
    except actions.AlreadyAnswered:
        return "这份提议刚刚有人答复过了。"
    except actions.NeedsSecondPerson:
        return "降低关爱层级，要由另一位心理教师确认。"
    except actions.SchemeChanged:
        return "学校换了分级方案，这份提议已经不适用。请撤回，再按新方案提一份。"
    except actions.NotInCharge:
        raise Http404 from None
    messages.success(request, DONE[asked])
    return ""


def _proposal_page(request: Request, student: Student, found: TierProposal, error: str) -> HttpResponse:
    found.refresh_from_db(fields=["state", "decided_by", "decided_at", "axis_before"])
    try:
        reason = notes.open_note(
            found.reason,
            by=request.user,
            kind=notes.Text.CARE_REASON,
            place=found.reason_place,
            author=found.proposed_by,
            school=found.school,
            students=[student],
            at=request.at,
        )
    except notes.NotForYou:
        raise Http404 from None
    today = timezone.localdate(request.at)
    now = care_of(student, on=today)
    may_confirm = found.waits and actions.may_confirm(request.user, found, at=request.at)
    in_charge = actions.is_in_charge(request.user, student, at=request.at)
    own = found.proposed_by_id == request.user.pk
    axis = now.held.axis if now.held else now.tier.axis
    context: dict[str, Any] = {
        "student": student,
        "proposal": found,
        "reason": reason,
        "error": error,
        "now": now,
        "now_tone": tone_of(axis),
        "tone": tone_of(found.axis),
        "lowers": found.axis < axis if found.waits else found.lowers,
        "keeps": found.waits and found.tier_id == now.tier.pk,
        "may_confirm": may_confirm,
        "may_decline": found.waits and not own and (in_charge or may_confirm),
        "may_withdraw": found.waits and own,
    }
    return render(request, "students/care_proposal.html", context, status=422 if error else 200)
