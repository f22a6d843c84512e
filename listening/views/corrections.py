"""The facts of a talk: corrected or taken back with a reason; the lead counselor's word for a late entry."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Request
from accounts.models import User
from listening import actions
from listening.choosing import classmates, kinds_for
from listening.forms import DeleteForm, FactsForm
from listening.late import NEEDS_A_WORD, earliest_day, waits_for_word
from listening.models import Conversation
from listening.models.conversations import ConversationQuerySet
from listening.quotas import Hat, Kind
from listening.sheet import is_counselor
from listening.views.conversations import students_seen, talks_seen
from listening.words import long_day
from schools.models import Membership
from schools.permissions import Permission, allow
from schools.roles import Role
from students.models import Enrolment, Guardian, Mentor, Student

GONE = "这条记录已经删除，没有改动。"


def _own(request: Request, conversation: UUID) -> Conversation:
    """A standing talk that this person listened in or wrote down."""
    return get_object_or_404(talks_seen(request).standing().of_person(request.user), uid=conversation)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CONVERSATION_OWN, of="conversation")
def edit(request: Request, conversation: UUID) -> HttpResponse:
    """更正: other facts, with a reason; how they stood is kept and every requirement they touch is settled."""
    talk = _own(request, conversation)
    today = timezone.localdate(request.at)
    students = list(talk.about.all())
    about = students_seen(request, students)
    mates = classmates(request.user, about[0], on=today, at=request.at)
    offered = list(dict.fromkeys([*about, *mates]))
    form = FactsForm(
        request.POST or None,
        talk=talk,
        about=about,
        offered=offered,
        listeners=_listeners(request.user, talk, about),
        today=today,
        earliest=earliest_day(talk.school, today=today),
        may=_kinds(request, talk, about[0], offered),
        guardians=_guardians(talk, about),
        is_counselor=is_counselor(request.user, talk.school, at=request.at) and talk.listener == request.user,
    )
    if form.is_valid():
        changes = form.changes(unseen=[one for one in students if one not in about])
        if not changes:
            messages.info(request, "没有改动。")
            return redirect("listening:conversation", talk.uid)
        try:
            actions.edit_conversation(
                by=request.user, talk=talk, at=request.at, why=form.cleaned_data["why"], **changes
            )
        except actions.AlreadyDeleted:
            messages.warning(request, GONE)
            return redirect("listening:list")
        messages.success(request, "已更正，原来的内容还在。")
        if waits_for_word(talk):
            messages.warning(request, NEEDS_A_WORD)
        still_seen = talks_seen(request).filter(pk=talk.pk).exists()
        return redirect("listening:conversation", talk.uid) if still_seen else redirect("listening:list")
    context = {"talk": talk, "form": form, "sub": _sub(about, talk), "unseen": len(students) - len(about)}
    return render(request, "listening/facts.html", context, status=422 if form.errors else 200)


def _kinds(request: Request, talk: Conversation, student: Student, offered: list[Student]) -> dict[Kind, set[int]]:
    """The kinds that it could have been; what peers did together is a talk of theirs and nothing else."""
    if talk.hat == Hat.PEER:
        return {Kind.TALK: {one.pk for one in offered}}
    return kinds_for(request.user, student, offered, at=request.at)


def _guardians(talk: Conversation, about: list[Student]) -> list[Guardian]:
    """Who is named now, and whom one could turn to at home on that day."""
    linked = Guardian.objects.active_on(talk.day).filter(student__in=about).order_by("student", "pk")
    return list(dict.fromkeys([*([talk.guardian] if talk.guardian else []), *linked]))


def _listeners(person: User, talk: Conversation, about: list[Student]) -> list[User]:
    """Who can have listened: whoever is named now, this person, and the teachers of these students on that day."""
    found = [talk.listener]
    if talk.by_counselor:  # who talked with a counselor is theirs alone
        return found
    classes = Enrolment.objects.on(talk.day).filter(student__in=about).values("school_class")
    held = Membership.objects.valid_on(talk.day).filter(
        school=talk.school, role__in=(Role.HEAD_TEACHER, Role.SUBJECT_TEACHER), school_class__in=classes
    )
    paired = Mentor.objects.on(talk.day).filter(student__in=about)
    found += [person, *(one.user for one in held.select_related("user").order_by("role", "pk"))]
    found += [one.teacher for one in paired.select_related("teacher").order_by("pk")]
    return list(dict.fromkeys(found))


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CONVERSATION_OWN, of="conversation")
def delete(request: Request, conversation: UUID) -> HttpResponse:
    """删除, with a reason: nothing counts it any more, and that it was there stays on record."""
    # One that is deleted already is found as well: a second press says the same as the first.
    talk = get_object_or_404(talks_seen(request).of_person(request.user), uid=conversation)
    form = DeleteForm(request.POST or None)
    if talk.deleted_at is not None:
        return redirect("listening:conversation", talk.uid)
    if form.is_valid():
        actions.delete_conversation(by=request.user, talk=talk, at=request.at, why=form.cleaned_data["why"])
        messages.success(request, "已删除。谁、何时、为什么，都留有记录。")
        return redirect("listening:conversation", talk.uid)
    sub = _sub(students_seen(request, list(talk.about.all())), talk)
    context = {"talk": talk, "form": form, "sub": sub}
    return render(request, "listening/delete.html", context, status=422 if form.errors else 200)


def _sub(students: list[Student], talk: Conversation) -> str:
    """林知夏 · 11月18日 星期二."""
    return f"{'、'.join(one.name for one in students)} · {long_day(talk.day)}"


@require_POST
@allow(Permission.LATE_ALLOW, of="conversation")
def allow_late(request: Request, conversation: UUID) -> HttpResponse:
    """同意补录计入: the lead counselor's word. Said again it changes nothing."""
    talk = get_object_or_404(_under_the_lead(request.user, request.at), uid=conversation)
    if not waits_for_word(talk):
        messages.info(request, "这次倾听不需要再同意。")
    else:
        try:
            actions.allow_late(by=request.user, talk=talk, at=request.at)
        except actions.AlreadyDeleted:
            messages.warning(request, GONE)
            return redirect("listening:list")
        messages.success(request, "已同意，这次补录计入。")
    return redirect("listening:conversation", talk.uid)


def _under_the_lead(person: User, at: datetime) -> ConversationQuerySet:
    reached = Student.objects.visible_to(person, at=at, under=Permission.LATE_ALLOW)
    return Conversation.objects.standing().filter(about__in=reached).select_related("school").distinct()
