"""My list, and the requirements behind it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from listening import actions
from listening.boards import rhythm
from listening.models import QuotaRule
from listening.my_list import my_lists
from schools.permissions import Permission, allow, schools_of


@require_safe
@allow(Permission.MY_LIST_VIEW)
def my_list(request: HttpRequest) -> HttpResponse:
    """Whom to listen to next."""
    for school in schools_of(request.user, Permission.MY_LIST_VIEW, at=request.at):
        actions.settle_changes(school, on=timezone.localdate(request.at), at=request.at)
    return render(request, "listening/my_list.html", {"lists": my_lists(request.user, at=request.at)})


@require_safe
@allow(Permission.RULE_VIEW)
def rules(request: HttpRequest) -> HttpResponse:
    """The requirements in use, as words; those of counselors alone are for counselors and leaders."""
    at, today = request.at, timezone.localdate(request.at)
    schools = schools_of(request.user, Permission.RULE_VIEW, at=at)
    in_use = QuotaRule.objects.filter(school__in=schools).in_use_on(today).in_order().select_related("school")
    if not schools_of(request.user, Permission.SCHOOL_FIGURES_VIEW, at=at):
        in_use = in_use.teachers()
    rows = [(rule, rhythm(rule)) for rule in in_use]
    return render(request, "listening/rules.html", {"rows": rows})
