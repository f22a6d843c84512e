"""What a view says of itself, and what it is given. Every view of the house is declared; a test looks for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts import again
from accounts.models import User

View = Callable[..., HttpResponse]


class Request(HttpRequest):
    """A request as a page behind the sign-in receives it: somebody's, at one moment."""

    user: User
    at: datetime


@dataclass(frozen=True, slots=True)
class Declared:
    """What a view says of itself; `list_routes` and the house rules read it."""

    permission: str
    of: str


def open_to(audience: str) -> Callable[[View], View]:
    """Declare a page that asks for no membership: `everyone` (also signed out) or `signed_in`."""

    def wrap(view: View) -> View:
        view.declared = Declared(permission=audience, of="page")  # type: ignore[attr-defined]
        return view

    return wrap


def fresh(view: View) -> View:
    """Open a page with confidential text only to whoever gave password or code within the last 15 minutes.

    Stands below `@allow`. A GET is led to the question and back; what a POST carries stays with the question.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = again.step_up(request)
        return view(request, *args, **kwargs) if asked is None else asked

    return inner
