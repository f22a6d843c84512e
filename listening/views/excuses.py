"""免谈说明: the lead counselor's weekly list."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Request
from listening.given_excuses import excuse_weeks
from schools.permissions import Permission, allow, schools_of


@require_safe
@allow(Permission.EXCUSE_REVIEW)
def excuses(request: Request) -> HttpResponse:
    """What head teachers excused, week by week; what came too late waits here for a word."""
    schools = [
        (school, excuse_weeks(request.user, school, at=request.at))
        for school in schools_of(request.user, Permission.EXCUSE_REVIEW, at=request.at)
    ]
    return render(request, "listening/excuses.html", {"schools": schools})
