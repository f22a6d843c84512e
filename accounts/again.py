"""Asking once more who is there, in place: what was being sent goes back to the browser and on with the proof.

Nothing of it is kept here in between: a half-written note must not lie in a session.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from accounts import door
from accounts.door import Standing
from accounts.forms import AgainForm

MARK = "again-here"
"""In every form that asks: it says that this is the answer, also in the demo, where there is nothing to type."""

WHY = {
    Standing.OPEN: ("请再确认一次是您本人", "要看的内容只给该看的人。确认一次，15 分钟内不再问。"),
    Standing.LOCKED: ("已锁屏", "确认是您本人，就从刚才的地方继续。"),
    Standing.IDLE: ("您离开了一会儿，已自动退出", "重新登录，就从刚才的地方继续，写好的内容还在。"),
    Standing.OVER: ("登录时间到了，已自动退出", "重新登录，就从刚才的地方继续，写好的内容还在。"),
}


def ask_in_place(request: HttpRequest, how: Standing) -> HttpResponse | None:
    """None when the request carries the proof: it may go on. Else a page that asks and keeps what was sent."""
    whole = how in (Standing.IDLE, Standing.OVER)
    form = AgainForm(request.POST if MARK in request.POST else None, request=request, whole=whole)
    if form.is_bound and form.is_valid():
        if whole:
            door.come_back(request)
        door.confirm(request, at=door.moment_of(request))
        return None
    answer = page(request, form, how, action=request.get_full_path(), kept=kept_of(request), status=422)
    if getattr(request, "htmx", False):  # the whole page changes, not the part that was asked for
        answer["HX-Retarget"] = "body"
        answer["HX-Reswap"] = "innerHTML"
    return answer


def page(
    request: HttpRequest,
    form: AgainForm,
    how: Standing,
    *,
    action: str = "",
    kept: list[tuple[str, str]] | None = None,
    back_to: str = "",
    status: int = 200,
) -> HttpResponse:
    title, why = WHY[how]
    context = {
        "form": form,
        "mark": MARK,
        "title": title,
        "why": why,
        "action": action,
        "kept": kept or [],
        "loses_files": bool(request.FILES),
        "back_to": back_to,
        "person_name": request.user.name if request.user.is_authenticated else "",
        "is_locked": how is Standing.LOCKED,
    }
    return render(request, "accounts/again.html", context, status=status)


def kept_of(request: HttpRequest) -> list[tuple[str, str]]:
    """What was sent, without the token, without what answers us, and without passwords: no page carries one."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and not name.startswith("again-") and "password" not in name
        for value in values
        if isinstance(value, str)
    ]


def lead_to(request: HttpRequest, name: str) -> HttpResponse:
    """To the page that asks, and from there back here."""
    answer = lead_to_page(name, request.get_full_path())
    return HttpResponseClientRedirect(answer.url) if getattr(request, "htmx", False) else answer


def lead_to_page(name: str, back_to: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': back_to})}")


def step_up(request: HttpRequest) -> HttpResponse | None:
    """None for whoever proved within the last quarter of an hour to be the person signed in; else what asks for it."""
    at = door.moment_of(request)
    if door.is_fresh(door.read(request.session), at=at, within=settings.CONFIRMED_FOR):
        return None
    if request.method in ("GET", "HEAD"):
        return lead_to(request, "confirm")
    return ask_in_place(request, Standing.OPEN)
