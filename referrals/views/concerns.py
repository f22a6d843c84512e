"""Concerns: the counselors' list, the raiser's own, and one of them."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Request, fresh
from privacy import actions as privacy
from referrals import actions, reading
from referrals.listing import CONCERNS, ConcernFilters
from referrals.models import Concern
from referrals.worries import own_worry, worries
from schools.permissions import Permission, allow, schools_of
from schools.tables import take_away
from students import notes
from students.models import Student


@require_safe
@allow(Permission.CONCERN_VIEW)
def concerns(request: Request) -> HttpResponse:
    """What waits first, then what was seen; each the newest first. Who opened the list stands in the trail."""
    for school in schools_of(request.user, Permission.CONCERN_VIEW, at=request.at):
        privacy.record(by_id=request.user.pk, verb="list.concerns", at=request.at, school_id=school.pk, kind="list")
    look = ConcernFilters(request.GET)
    rows = look.narrow(Concern.objects.visible_to(request.user, at=request.at))
    shown = CONCERNS.page(request, rows, look=look, export_url=reverse("referrals:export"))
    return render(request, "referrals/list.html", {"shown": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CONCERN_EXPORT)
@fresh
def export(request: Request) -> HttpResponse:
    """The concerns of students in charge, as a file without a word of what was written."""
    look, under = ConcernFilters(request.GET), Permission.CONCERN_EXPORT
    reached = Student.objects.visible_to(request.user, at=request.at, under=under)
    rows = look.narrow(Concern.objects.visible_to(request.user, at=request.at).filter(student__in=reached))
    sources = [(school, rows.filter(school=school)) for school in schools_of(request.user, under, at=request.at)]
    return take_away(request, CONCERNS, sources, look=look, back_url=reverse("referrals:list"))


@require_safe
@allow(Permission.CONCERN_OWN, of="concern")
@fresh
def concern(request: Request, concern: UUID) -> HttpResponse:
    """One concern: to a counselor, and to whoever raised it; the words for their readers, with a row in the trail."""
    rows = Concern.objects.for_list().select_related("seen_by", "referral__owner")
    found = rows.visible_to(request.user, at=request.at).filter(uid=concern).first()
    as_counselor = found is not None
    if found is None:
        found = get_object_or_404(rows.of_raiser(request.user, at=request.at), uid=concern)
    words: notes.Opened | None = None
    if found.words is not None:
        try:
            words = reading.open_concern(found, "words", by=request.user, at=request.at)
        except notes.NotForYou:
            words = None
    answering = notes.concern_counselors(found.school, [found.student], at=request.at) if as_counselor else []
    context = {
        "worry": worries([found], at=request.at)[0],
        "own": own_worry(found, request.user, at=request.at),
        "as_counselor": as_counselor,
        "may_mark": request.user in answering,
        "words": words,
        "has_words": found.words is not None,
    }
    return render(request, "referrals/concern.html", context)


@require_POST
@allow(Permission.CONCERN_VIEW, of="concern")
def seen(request: Request, concern: UUID) -> HttpResponse:
    """看到了."""
    rows = Concern.objects.visible_to(request.user, at=request.at).for_list()
    found = get_object_or_404(rows, uid=concern)
    try:
        actions.mark_seen(by=request.user, concern=found, at=request.at)
    except actions.NotYours:
        raise Http404 from None
    messages.success(request, "记下了。上报的人会知道心理教师已看到。")
    return redirect("referrals:list")
