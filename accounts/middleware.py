"""Whoever has a first password changes it before anything else."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User

OPEN = frozenset({"account_change_password", "account_logout", "help", "lines", "urgent", "healthz", "readyz"})
"""Names of the pages that are open before: the change itself, the way out, and help, which never waits."""


class FirstPasswordMiddleware:
    """Leads to the change of password. Files below /static/ never come this far."""

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
