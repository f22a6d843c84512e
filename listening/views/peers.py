"""同伴活动: what a class did together, written down by its peer supporter or by the head teacher."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request, fresh
from accounts.models import User
from listening import actions
from listening.class_check_ins import class_states
from listening.forms.peers import ActivityForm, form_words
from listening.late import earliest_day
from listening.models import Conversation
from listening.quotas import Hat
from listening.views.talks import reader_words
from listening.words import day_words, long_day
from schools.models import Membership, SchoolClass
from schools.permissions import Permission, allow, is_staff
from schools.roles import Role
from students import drafts, notes
from students.classes import classes_visible_to
from students.models import Enrolment, Student


def _class(request: Request, school_class: UUID) -> SchoolClass:
    seen = classes_visible_to(request.user, at=request.at, under=Permission.PEER_ACTIVITY)
    return get_object_or_404(seen, uid=school_class)


def _classmates(request: Request, klass: SchoolClass, today: date) -> list[Student]:
    seen = Student.objects.visible_to(request.user, at=request.at, under=Permission.PEER_ACTIVITY)
    return list(seen.in_class(klass, on=today).by_name())


def _peers(request: Request, klass: SchoolClass, today: date) -> list[User]:
    """Under whose hat it may be written: a peer supporter's own, or, for the head teacher, one of the class's."""
    held = Membership.objects.valid_on(today).filter(role=Role.PEER, school_class=klass)
    if not is_staff(request.user, klass.school, at=request.at):
        held = held.filter(user=request.user)
    return list(dict.fromkeys(one.user for one in held.select_related("user").order_by("pk")))


def _own(request: Request, klass: SchoolClass) -> QuerySet[Conversation]:
    """What this person wrote down for this class: all of it for staff, that of the last 24 hours for a peer."""
    of_class = Enrolment.objects.filter(school_class=klass).values("student")
    rows = Conversation.objects.standing().filter(school=klass.school, hat=Hat.PEER, recorded_by=request.user)
    if not is_staff(request.user, klass.school, at=request.at):
        rows = rows.filter(recorded_at__gt=request.at - notes.PEERS_OWN_FOR)
    return rows.filter(lines__student__in=of_class).distinct().select_related("school", "listener", "recorded_by")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.PEER_ACTIVITY, of="class")
def peers(request: Request, school_class: UUID) -> HttpResponse:
    """What the class owes, a form for one more activity, and what this person wrote down lately."""
    klass = _class(request, school_class)
    today = timezone.localdate(request.at)
    actions.settle_changes(klass.school, on=today, at=request.at)
    students, leading = _classmates(request, klass, today), _peers(request, klass, today)
    form = None
    if leading:
        form = ActivityForm(
            request.POST or None,
            students=students,
            peers=leading,
            today=today,
            earliest=earliest_day(klass.school, today=today),
        )
        if form.is_valid():
            with drafts.saving(request, "peers", klass.uid):
                _save(request, form)
            return redirect("listening:peers", klass.uid)
    staff = is_staff(request.user, klass.school, at=request.at)
    context = {
        "klass": klass,
        "form": form,
        "is_staff": staff,
        "states": class_states([klass], day=today),
        "own": [(one, form_words(one.channel)) for one in _own(request, klass).newest()[:10]],
        "readers": _readers(request, klass, students, staff=staff),
        "worry_readers": _worry_readers(request, klass, students),
    }
    refused = request.method == "POST"
    return render(request, "listening/peers.html", context, status=422 if refused else 200)


def _save(request: Request, form: ActivityForm) -> None:
    data = form.cleaned_data
    actions.log_activity(
        by=request.user,
        listener=data["listener"],
        students=data["students"],
        day=data["day"],
        minutes=data["minutes"],
        channel=data["channel"],
        at=request.at,
        request_key=data["request_key"],
        note=data["note"],
        worried_about=data["worried_about"],
        worry=data["worry"],
    )
    asked = "已请心理教师看一看。" if data["worried_about"] else ""
    messages.success(request, f"已记下，{day_words(data['day'])}，{len(data['students'])} 位同学。{asked}")


def _readers(request: Request, klass: SchoolClass, students: Sequence[Student], *, staff: bool) -> str:
    """谁能看到, from the rule that guards the reading."""
    seen_by = notes.readers(
        notes.Text.PEER_NOTE, author=request.user, school=klass.school, students=students, at=request.at
    )
    words = reader_words(seen_by, author=request.user)
    return words if staff else words.replace("您本人", "你自己（24 小时内）", 1)


def _worry_readers(request: Request, klass: SchoolClass, students: Sequence[Student]) -> str:
    found = notes.concern_counselors(klass.school, students, at=request.at)
    return "、".join(f"心理教师{one.name}" for one in found) or "心理教师"


@require_safe
@allow(Permission.PEER_ACTIVITY, of="conversation")
@fresh
def peer_activity(request: Request, school_class: UUID, activity: UUID) -> HttpResponse:
    """One activity with what was written, for whoever wrote it; a row in the trail for each look."""
    klass = _class(request, school_class)
    talk = get_object_or_404(_own(request, klass), uid=activity)
    today = timezone.localdate(request.at)
    known = {one.pk for one in _classmates(request, klass, today)}
    took_part = list(talk.about.by_name())
    try:
        note = notes.open_note(
            talk.note,
            by=request.user,
            kind=notes.Text.PEER_NOTE,
            place=talk.note_place,
            author=talk.recorded_by,
            school=talk.school,
            students=took_part,
            at=request.at,
            written_at=talk.recorded_at,
        )
    except notes.NotForYou as reason:
        raise Http404 from reason
    shown = [one for one in took_part if one.pk in known]
    context = {
        "klass": klass,
        "talk": talk,
        "day": long_day(talk.day),
        "how": form_words(talk.channel),
        "students": shown,
        "more": len(took_part) - len(shown),
        "note": note,
        "is_staff": is_staff(request.user, klass.school, at=request.at),
        "until": timezone.localtime(talk.recorded_at + notes.PEERS_OWN_FOR),
    }
    return render(request, "listening/peer_activity.html", context)
