"""Concerns: the counselors' list, the raiser's own, and one of them."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Request, fresh
from referrals import actions
from referrals.models import Concern
from referrals.worries import MOST_WAITING, own_worry, waiting_for, worries
from schools.permissions import Permission, allow
from students import notes

PAGE = 20
MOST = 400


@require_safe
@allow(Permission.CONCERN_VIEW)
def concerns(request: Request) -> HttpResponse:
    """What waits first, then what was seen; each the newest first."""
    shown = _shown(request.GET.get("shown", ""))
    reached = Concern.objects.visible_to(request.user, at=request.at).for_list()
    waiting = waiting_for(request.user, at=request.at)
    if len(waiting) == MOST_WAITING:
        waiting = list(reached.unseen())
    seen = list(reached.seen()[: shown + 1])
    rows = worries([*waiting, *seen[:shown]], at=request.at)
    context = {
        "waiting": rows[: len(waiting)],
        "seen": rows[len(waiting) :],
        "more": min(shown + PAGE, MOST) if len(seen) > shown < MOST else 0,
        "next": PAGE,
    }
    return render(request, "referrals/list.html", context)


@require_safe
@allow(Permission.CONCERN_OWN)
def mine(request: Request) -> HttpResponse:
    """What this person has raised, and how far it has come."""
    shown = _shown(request.GET.get("shown", ""))
    own = list(Concern.objects.of_raiser(request.user, at=request.at).for_list()[: shown + 1])
    context = {
        "own": [own_worry(one, request.user, at=request.at) for one in own[:shown]],
        "more": min(shown + PAGE, MOST) if len(own) > shown < MOST else 0,
        "next": PAGE,
    }
    return render(request, "referrals/mine.html", context)


def _shown(text: str) -> int:
    """How many rows: what the address asks for, within reason."""
    return min(max(int(text), PAGE), MOST) if text.isascii() and text.isdigit() and len(text) < 5 else PAGE


@require_safe
@allow(Permission.CONCERN_OWN, of="concern")
@fresh
def concern(request: Request, concern: UUID) -> HttpResponse:
    """One concern: to a counselor, and to whoever raised it; the words for their readers, with a row in the trail."""
    rows = Concern.objects.for_list().select_related("seen_by")
    found = rows.visible_to(request.user, at=request.at).filter(uid=concern).first()
    as_counselor = found is not None
    if found is None:
        found = get_object_or_404(rows.of_raiser(request.user, at=request.at), uid=concern)
    about = [found.student]
    words: notes.Opened | None = None
    if found.words is not None:
        try:
            words = notes.open_note(
                found.words,
                by=request.user,
                kind=notes.Text.CONCERN,
                place=found.words_place,
                author=found.raised_by,
                school=found.school,
                students=about,
                at=request.at,
            )
        except notes.NotForYou:
            words = None
    answering = notes.concern_counselors(found.school, about, at=request.at) if as_counselor else []
    context = {
        "worry": worries([found], at=request.at)[0],
        "own": own_worry(found, request.user, at=request.at),
        "as_counselor": as_counselor,
        "may_mark": request.user in answering,
        "words": words,
        "has_words": found.words is not None,
    }
    return render(request, "referrals/concern.html", context)


@require_POST
@allow(Permission.CONCERN_VIEW, of="concern")
def seen(request: Request, concern: UUID) -> HttpResponse:
    """看到了."""
    rows = Concern.objects.visible_to(request.user, at=request.at).for_list()
    found = get_object_or_404(rows, uid=concern)
    try:
        actions.mark_seen(by=request.user, concern=found, at=request.at)
    except actions.NotYours:
        raise Http404 from None
    messages.success(request, "记下了。上报的人会知道心理教师已看到。")
    return redirect("referrals:list")
