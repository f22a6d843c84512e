"""Help, hotlines and whom to call now. Open without signing in; then without anything of a school's own."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from schools import help_words, people, privacy_words
from schools.models import Membership, School
from schools.permissions import memberships_of, open_to
from schools.roles import Role


@login_not_required
@require_http_methods(["GET"])
@open_to("everyone")
def index(request: HttpRequest) -> HttpResponse:
    """What this person does here, role by role."""
    held = {Role(one.role) for one in _memberships(request)}
    return render(
        request, "help/index.html", {"roles": [(role.label, help_words.DOES[role]) for role in Role if role in held]}
    )


@require_http_methods(["GET"])
@open_to("signed_in")
def privacy(request: HttpRequest) -> HttpResponse:
    """谁能看到什么."""
    context = {"promise": privacy_words.PROMISE, "parts": privacy_words.WHO_SEES}
    return render(request, "help/privacy.html", context)


@login_not_required
@require_http_methods(["GET"])
@open_to("everyone")
def lines(request: HttpRequest) -> HttpResponse:
    """Hotlines and where to find help."""
    context = {
        "listening": help_words.LISTENING_LINES,
        "public": help_words.PUBLIC_LINES,
        "schools": [school for school in _schools(request) if school.helpline],
    }
    return render(request, "help/lines.html", context)


@login_not_required
@require_http_methods(["GET"])
@open_to("everyone")
def urgent(request: HttpRequest) -> HttpResponse:
    """People and numbers to call now, then the six steps of the runbook."""
    today = timezone.localdate(request.at)  # type: ignore[attr-defined]
    context = {
        "schools": [(school, people.lead_counselor(school, on=today)) for school in _schools(request)],
        "runbook": help_words.RUNBOOK,
    }
    return render(request, "help/urgent.html", context)


def _memberships(request: HttpRequest) -> list[Membership]:
    user = request.user
    return memberships_of(user, at=request.at) if isinstance(user, User) else []  # type: ignore[attr-defined]


def _schools(request: HttpRequest) -> list[School]:
    """The schools that the person belongs to now, each once; none when signed out."""
    found = {one.school.pk: one.school for one in _memberships(request) if one.school}
    return list(found.values())
