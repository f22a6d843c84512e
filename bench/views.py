"""Two pages that only the benchmark has: one that does nothing, and a board that asks nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from listening.views import boards
from schools.permissions import Permission, allow

kept: dict[str, Any] = {}


@require_POST
@allow(Permission.CONVERSATION_CREATE)
def empty(request: HttpRequest) -> HttpResponse:
    """The session, the person, the permission, and nothing else."""
    return HttpResponse(status=204)


@require_safe
@allow(Permission.BOARD_VIEW, of="class")
def board(request: HttpRequest, school_class: UUID) -> HttpResponse:
    """The template of the board over what it was given the last time; only the frame around it asks the database."""
    return render(request, "listening/board.html", kept)


@contextmanager
def keeping() -> Iterator[None]:
    """Keep what the board gives to its template."""

    def keep(request: HttpRequest, template: str, context: dict[str, Any], **more: Any) -> HttpResponse:
        kept.update(context)
        return render(request, template, context, **more)

    with patch.object(boards, "render", keep):
        yield
