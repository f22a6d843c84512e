"""The door of every request: sessions that are over or locked, and the first password that comes before anything else.

Files below /static/ never come this far.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import again, devices, door
from accounts.door import Standing
from accounts.models import User

HELP = frozenset({"help", "lines", "urgent"})
"""Names of the pages that never wait."""
WATCHED = frozenset({"healthz", "readyz"})
OPEN = HELP | WATCHED | {"account_change_password", "account_logout", "lock", "unlock"}
"""Names of the pages that are open before the first password is changed: the change itself, and the way out."""
AT_THE_DOOR = frozenset({"account_login", "account_logout", "mfa_authenticate", "lock", "unlock"})
"""Names of the pages that a closed session still reaches."""


class DoorMiddleware:
    """Ends sessions in time, keeps locked ones shut, and lets no browser keep a page of somebody signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response["Cache-Control"] = "no-store"
        signed_in = getattr(request, "signed_in", None)
        if isinstance(signed_in, User):
            devices.keep(request, response, signed_in)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.view_name in WATCHED or not isinstance(request.user, User):
            return None
        at = door.moment_of(request)
        found = door.read(request.session)
        how = door.standing(found, at=at, idle=settings.SESSION_IDLE, most=settings.SESSION_MOST)
        if how is Standing.OPEN:
            assert found is not None
            door.pass_by(request, found, at=at)
            return None
        name = match.view_name
        if how is Standing.LOCKED:
            return self._locked(request, name)
        if request.method == "POST" and name not in AT_THE_DOOR | HELP:
            return again.ask_in_place(request, how)
        door.end(request, how, at=at)
        return None

    @staticmethod
    def _locked(request: HttpRequest, name: str) -> HttpResponse | None:
        looks = request.method in ("GET", "HEAD")
        if name in AT_THE_DOOR and not (looks and name == "account_logout"):  # its page has the menu around it
            return None
        if name in HELP:
            request.user = AnonymousUser()  # help never waits, and shows nothing of the person
            del request._messages  # type: ignore[attr-defined]  # nor what was just saved: that waits in the session
            return None
        if looks:
            return again.lead_to(request, "unlock")
        return again.ask_in_place(request, Standing.LOCKED)


class FirstPasswordMiddleware:
    """Leads to the change of password."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.view_name in OPEN:
            return None
        if isinstance(request.user, User) and request.user.must_change_password:
            return redirect("account_change_password")
        return None
