"""写到一半的: kept while it is typed, given back, listed, put aside. Everybody's own."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import door
from accounts.access import Request, fresh, open_to
from students import actions, drafts
from students.models import Draft


@require_http_methods(["GET", "HEAD", "POST"])
@open_to("signed_in")
def draft(request: Request, form: str, about: UUID) -> HttpResponse:
    """For the script of the form: what was typed before, and keeping what is typed now."""
    if not drafts.is_known(form):
        raise Http404
    if request.headers.get("Q-Owner", str(request.user.uid)) != str(request.user.uid):
        return JsonResponse({"someone_else": True}, status=409)  # a page that another person has left open
    if request.method != "POST":
        found = Draft.objects.of(request.user).filter(form=form, about=about).first()
        return JsonResponse({"token": get_token(request), **_given(request, found)})
    if len(request.body) > drafts.MOST:
        return JsonResponse({"too_long": True}, status=413)
    sent = _sent(request.body)
    if sent is None:
        return JsonResponse({"refused": True}, status=422)
    try:
        kept = actions.keep_draft(by=request.user, form=form, about=about, page=sent[0], typed=sent[1], at=request.at)
    except actions.DraftElsewhere as other:
        return JsonResponse({"elsewhere": True, **_given(request, other.stands)}, status=409)
    except actions.DraftGone:
        return JsonResponse({"gone": True}, status=409)
    when = drafts.when_words(kept.saved_at, at=request.at) if kept else ""
    return JsonResponse({"edition": kept.edition if kept else 0, "when": when})


def _given(request: Request, found: Draft | None) -> dict[str, Any]:
    """What the owner's page is given: the words only to whoever proved lately to be the owner."""
    if found is None:
        return {"edition": 0}
    given = {
        "edition": found.edition,
        "when": drafts.when_words(found.saved_at, at=request.at),
        "key_used": found.key_used,
        "tab": str(found.tab),
    }
    if not door.is_fresh(door.read(request.session), at=request.at, within=settings.CONFIRMED_FOR):
        return given | {"closed": True}
    try:
        typed = drafts.open_typed(found, by=request.user, at=request.at)
    except drafts.NotForYou:
        raise Http404 from None
    if typed is None:
        return given | {"damaged": True}
    return given | {"fields": typed.fields, "words": typed.words}


def _sent(body: bytes) -> tuple[actions.Page, actions.Typed] | None:
    """What the script sends; None for anything else."""
    try:
        said = json.loads(body)
        page = actions.Page(UUID(said["tab"]), int(said["turn"]), int(said["edition"]), said.get("fresh_key") is True)
        fields = [(str(name), str(value)) for name, value in said["fields"]]
        words = [str(name) for name in said["words"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if min(page.turn, page.edition) < 0 or max(page.turn, page.edition) >= 2**31:
        return None
    return page, actions.Typed(fields, words)


@require_safe
@open_to("signed_in")
def mine(request: Request) -> HttpResponse:
    """我的草稿: of which form, about whom as far as one still sees them, since when. No words."""
    return render(request, "students/drafts.html", {"lines": drafts.lines_of(request.user, at=request.at)})


@require_safe
@open_to("signed_in")
@fresh
def text(request: Request, draft: UUID) -> HttpResponse:
    """The words of one draft, also of one whose form its owner cannot open any more."""
    found = _own(request, draft)
    line = drafts.line_of(found, request.user, at=request.at)
    context: dict[str, Any] = {
        "line": line,
        "sub": " · ".join(filter(None, [line.found.name if line.found else "", f"{line.when} 写的"])),
        "texts": [],
    }
    try:
        typed = drafts.open_typed(found, by=request.user, at=request.at)
    except drafts.NotForYou:
        context["is_closed"] = True
    else:
        context["is_damaged"] = typed is None
        context["texts"] = typed.texts if typed else []
    return render(request, "students/draft.html", context)


@require_POST
@open_to("signed_in")
def discard(request: Request, draft: UUID) -> HttpResponse:
    """放弃草稿."""
    actions.discard_draft(by=request.user, draft=_own(request, draft))
    messages.success(request, "草稿已放弃。")
    return redirect("students:drafts")


def _own(request: Request, uid: UUID) -> Draft:
    return get_object_or_404(Draft.objects.of(request.user), uid=uid)
