"""The moment of a request: the clock is read once, and everything below is asked of that moment."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


class MomentMiddleware:
    """Sets `request.at`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = timezone.now()  # type: ignore[attr-defined]
        return self.get_response(request)
