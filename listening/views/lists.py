"""My list."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Request
from listening import actions
from listening.my_list import my_lists
from listening.views.talks import say_what_was_saved
from schools.permissions import Permission, allow, schools_of
from students import attention


@require_safe
@allow(Permission.MY_LIST_VIEW)
def my_list(request: Request) -> HttpResponse:
    """Whom to listen to next."""
    say_what_was_saved(request)
    for school in schools_of(request.user, Permission.MY_LIST_VIEW, at=request.at):
        actions.settle_changes(school, on=timezone.localdate(request.at), at=request.at)
    lists = my_lists(request.user, at=request.at)
    for one in lists:
        one.mark(attention.marked(request.user, one.waiting, at=request.at))
    cards = attention.cards_for(request.user, at=request.at)
    return render(request, "listening/my_list.html", {"lists": lists, "cards": cards})
