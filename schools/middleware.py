"""The moment of a request: the clock is read once, and everything below is asked of that moment.

And as what a person acts, and who has to have a second factor: both go by roles.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts import door
from accounts.models import User
from schools.permissions import every_membership_of
from schools.roles import Role


class MomentMiddleware:
    """Sets `request.at`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = timezone.now()  # type: ignore[attr-defined]
        return self.get_response(request)


HAT = "hat"
"""Under which key the session keeps the hat that was chosen."""


class HatMiddleware:
    """Lets a person act as what was chosen in this session; `permissions.hat_worn` reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if isinstance(request.user, User):
            request.user.hat = request.session.get(HAT, "")  # type: ignore[attr-defined]
        return None


NEEDS_FACTOR = frozenset({Role.COUNSELOR, Role.LEADER, Role.REGISTRAR, Role.BUREAU, Role.ADMINISTRATOR})
"""Who reads the most, or decides who may (access paper). The bureau takes figures of all schools away with it."""

BEFORE_FACTOR = frozenset(
    {
        "second-factor-new",
        "account_change_password",
        "account_logout",
        "confirm",
        "lock",
        "unlock",
        "help",
        "lines",
        "urgent",
        "healthz",
        "readyz",
    }
)
"""Names of the pages that are open before it is set up: setting it up, the way out, and help, which never waits."""


class SecondFactorMiddleware:
    """Leads whoever needs a second factor and has none to setting it up. Asks the database once a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        if not settings.SECOND_FACTOR_REQUIRED or match is None or match.view_name in BEFORE_FACTOR:
            return None
        user = request.user
        if not isinstance(user, User) or door.has_factor(request, user):
            return None
        held = every_membership_of(user, at=door.moment_of(request))
        return redirect("second-factor-new") if any(one.role in NEEDS_FACTOR for one in held) else None
