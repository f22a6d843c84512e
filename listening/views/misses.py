"""漏谈: the list, and the list as a file."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request
from listening import actions
from listening.missed import MISSED, MissedFilters, missed_rows
from schools.permissions import Permission, allow, holds, schools_of
from schools.tables import take_away
from students.classes import classes_visible_to


@require_safe
@allow(Permission.MISSED_VIEW)
def missed(request: Request) -> HttpResponse:
    """Whom nobody has listened to in time, so that somebody does."""
    look = _look(request, Permission.MISSED_VIEW)
    schools = []
    for school in schools_of(request.user, Permission.MISSED_VIEW, at=request.at):
        actions.settle_changes(school, on=timezone.localdate(request.at), at=request.at)
        rows = missed_rows(request.user, school, look, at=request.at)
        schools.append((school, MISSED.page(request, rows, look=look, export_url=reverse("listening:missed-export"))))
    return render(request, "listening/missed.html", {"schools": schools})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.MISSED_EXPORT)
def missed_export(request: Request) -> HttpResponse:
    """The same of the own class or the grades in charge. Who is asked for by a counselor's rule is not in it."""
    look = _look(request, Permission.MISSED_EXPORT)
    under = Permission.MISSED_EXPORT
    sources = [
        (school, missed_rows(request.user, school, look, under=under, at=request.at).of_teachers())
        for school in schools_of(request.user, under, at=request.at)
    ]
    return take_away(request, MISSED, sources, look=look, back_url=reverse("listening:missed"))


def _look(request: Request, under: Permission) -> MissedFilters:
    """What the address asks for. An id that is none is a page that does not exist."""
    for name in ("rule", "class"):
        if text := request.GET.get(name):
            try:
                UUID(text)
            except ValueError as reason:
                raise Http404 from reason
    classes = list(classes_visible_to(request.user, at=request.at, under=under))
    may_own = holds(request.user, Permission.CONVERSATION_CREATE, at=request.at)
    return MissedFilters(request.GET, classes=classes, may_own=may_own)
