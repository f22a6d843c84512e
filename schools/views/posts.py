"""待确认的任职: the second person's word on a role, one or thirty at a time."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Request
from accounts.models import User
from schools import actions, appointments, people
from schools.forms import WordForm
from schools.models import Membership, School
from schools.permissions import Permission, allow, holds
from schools.views.frame import frame, school_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """A role that waits, as the list shows it."""

    held: Membership
    duty: str
    whose: str  # whose word it waits for, where it is not the viewer's
    may_withdraw: bool


@require_http_methods(["GET", "POST"])
@allow(Permission.POST_CONFIRM)
def posts(request: Request) -> HttpResponse:
    """What waits for this person's word, and what waits for others'."""
    school = school_of(request, Permission.POST_CONFIRM)
    mine, others = _waiting(request, school)
    form = WordForm(request.POST or None, waiting=[one.held for one in mine])
    if form.is_valid():
        if form.is_yes:
            done = actions.confirm(by=request.user, memberships=form.chosen, at=request.at)
            messages.success(request, f"确认了 {len(done)} 项任职，他们现在就能用了。")
        else:
            done = actions.decline(by=request.user, memberships=form.chosen, at=request.at)
            messages.success(request, f"{len(done)} 项任职没有同意，已经退回。")
        return redirect("schools:posts")
    context = frame(request, school, "schools:posts") | {"mine": mine, "others": others, "form": form}
    return render(request, "schools/posts.html", context, status=422 if form.errors else 200)


def _waiting(request: Request, school: School) -> tuple[list[Waiting], list[Waiting]]:
    rows = appointments.waiting_in(school)
    second = appointments.Seconds(school, on=timezone.localdate(request.at))
    asked = {one.pk: second.asked(one) for one in rows}
    names = dict(User.objects.filter(pk__in=set().union(*asked.values())).values_list("pk", "name"))
    may_end = holds(request.user, Permission.SCHOOL_EDIT, at=request.at)
    shown = [
        Waiting(one, people.duty(one), "、".join(names[pk] for pk in sorted(asked[one.pk])), may_end) for one in rows
    ]
    mine = [one for one in shown if request.user.pk in asked[one.held.pk]]
    return mine, [one for one in shown if one not in mine]
