"""Logging a talk."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods

from accounts.access import Request
from accounts.models import User
from listening import actions
from listening.choosing import classmates, kinds_for, loggable, students_to_choose
from listening.forms import TalkForm
from listening.late import NEEDS_A_WORD, earliest_day, waits_for_word
from listening.models import CheckIn, Conversation, Topic
from listening.models.conversations import Channel
from listening.my_list import my_lists
from listening.quotas import Hat, Kind, Outcome, Status
from listening.words import day_words, now_words
from referrals.models import Concern
from schools.permissions import Permission, allow, hat_worn, memberships_of, schools_of
from schools.roles import Role
from students import drafts, notes
from students.choosing import Choice
from students.classes import classes_visible_to
from students.models import Guardian, Student

SAVED = "saved"  # in the address: which talk the page before has saved
JUST = timedelta(minutes=2)
LAST_PLACE = "last-place"  # in the session: free text has no place in an address


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CONVERSATION_CREATE)
def new(request: Request) -> HttpResponse:
    """记一次: everything is preset but the student; without one it asks whom."""
    today = timezone.localdate(request.at)
    if request.method != "POST":
        say_what_was_saved(request)
    chosen = request.GET.get("student") or next(iter(request.POST.getlist("students")), None)
    if not chosen:
        return _whom(request, today)
    student = get_object_or_404(loggable(request.user, at=request.at), uid=_uuid_or_absent(chosen))
    usual = _usual(request, student, today)
    if usual is not None and usual.is_valid():
        return _save(request, usual, student, today)
    offered = classmates(request.user, student, on=today, at=request.at)
    may = kinds_for(request.user, student, offered, at=request.at)
    earliest = earliest_day(student.school, today=today)
    form = TalkForm(
        request.POST or None,
        students=offered,
        topics=Topic.objects.filter(school=student.school),
        today=today,
        earliest=earliest,
        may=may,
        guardians=_guardians(student, today) if len(may) > 1 else [],
        is_counselor=_is_counselor(request, student),
        asked=_asked_to_look(request, student),
        initial={"students": [str(student.uid)], **_asked(request, today=today, earliest=earliest, kinds=list(may))},
    )
    if form.is_valid():
        return _save(request, form, student, today)
    following = _next(request, student)
    return render(
        request,
        "listening/new.html",
        {
            "title": f"记一次{Kind(form.initial['kind']).label}",
            "form": form,
            "student": student,
            "next_student": following,
            "nearest": [str(one.uid) for one in (student, following) if one],
            "needs": _needs(request, student, today),
            "readers": _reader_words(request, student, _note_kind(request, student)),
            "worry_readers": _reader_words(request, student, notes.Text.CONCERN),
            "kept": _kept_words(form, today),
            "others": [one for one in offered if one != student],
        },
        status=422 if form.errors else 200,
    )


def _usual(request: Request, student: Student, today: date) -> TalkForm | None:
    """What is sent most: a talk of today with this one student. It needs to know of nobody else, and no other day.

    It takes less than the whole form does; what it does not take is for that one to judge and to answer.
    """
    sent = request.POST
    if sent.getlist("students") != [str(student.uid)] or sent.get("kind", "") not in ("", Kind.TALK):
        return None
    student.school = next(
        one
        for one in schools_of(request.user, Permission.CONVERSATION_CREATE, at=request.at)
        if one.pk == student.school_id
    )
    return TalkForm(
        sent,
        students=[student],
        topics=Topic.objects.filter(school=student.school),
        today=today,
        earliest=today,
        may={Kind.TALK: {student.pk}},
        is_counselor=_is_counselor(request, student),
    )


def _guardians(student: Student, today: date) -> list[Guardian]:
    """Whom one may turn to at home: linked today and not barred."""
    return list(student.guardians.active_on(today).order_by("pk"))


def _asked(request: Request, *, today: date, earliest: date, kinds: Sequence[Kind]) -> dict[str, Any]:
    """What the address presets: the kind, and what was kept from the talk before. Anything else is passed over."""
    asked = request.GET
    found: dict[str, Any] = {"clock": timezone.localtime(request.at).time()}
    if asked.get("kind") in kinds:
        found["kind"] = asked["kind"]
    if asked.get("channel") in Channel.values:
        found["channel"] = asked["channel"]
    if "again" in asked and (place := request.session.get(LAST_PLACE)):
        found["place"] = place
    day = _day(asked.get("day", ""))
    if day is not None and earliest <= day < today:
        found |= {"day": day, "clock": None}  # what the clock says now was not then
    return found


def _kept_words(form: TalkForm, today: date) -> str:
    """11月17日 · 操场: what the fold of day and place holds that is not usual."""
    day = form.initial["day"]
    return " · ".join(filter(None, [day_words(day) if day != today else "", form.initial.get("place", "")]))


def _asked_to_look(request: Request, student: Student) -> str:
    """顾文静老师: who is asked by 需要心理教师关注."""
    in_charge = notes.counselors_in_charge(student.school, [student], at=request.at)
    return "、".join(f"{one.name}老师" for one in in_charge if not notes.is_relative(one, [student]))


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _needs(request: Request, student: Student, today: date) -> str:
    """一对一谈满 15 分钟，计入本双周: what the first requirement asks that this talk could meet."""
    roles = {held.role for held in memberships_of(request.user, at=request.at)}
    running = CheckIn.objects.visible_to(request.user, at=request.at, under=Permission.MY_LIST_VIEW).filter(
        student=student, period__start__lte=today, period__end__gte=today
    )
    if Role.COUNSELOR not in roles:
        running = running.of_teachers()
    for row in running.exclude(status=Status.EXCUSED).select_related("rule", "period").order_by("rule__order", "pk"):
        rule = row.rule
        if roles.intersection(rule.roles) and rule.minutes:
            together = "一对一谈" if rule.together == 1 else f"最多 {rule.together} 位一起，"
            return f"{together}满 {rule.minutes} 分钟，计入{now_words(rule.period)}"
    return ""


def _uuid_or_absent(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _save(request: Request, form: TalkForm, page_of: Student, today: date) -> HttpResponseRedirect:
    data = form.cleaned_data
    students: list[Student] = data["students"]
    with drafts.saving(request, "log", page_of.uid):
        talk = actions.log_conversation(
            by=request.user,
            students=students,
            kind=data["kind"],
            day=data["day"],
            clock=data["clock"],
            at=request.at,
            minutes=data["minutes"] or 0,
            outcome=Outcome(data["outcome"]),
            channel=data["channel"],
            place=data["place"],
            guardian=data["guardian"],
            guardian_name=data["guardian_name"] or "",
            hat=Hat(hat_worn(request.user, at=request.at) or Hat.STAFF),
            topics=data["topics"] if "topics" in request.POST else (),
            note=data["note"],
            by_counselor=data["as_counselor"],
            worry=data["worry_words"] if data["worry"] else None,
            worried_about=data["worried_about"],
            request_key=data["request_key"],
        )
    said = {SAVED: str(talk.uid)}  # the next page says so: a message in the session would cost a second commit
    if following := request.POST.get("next"):
        if data["place"] or request.session.get(LAST_PLACE):
            request.session[LAST_PLACE] = data["place"]
        return redirect(f"{reverse('listening:new')}?{urlencode(_kept(data, following, today) | said)}")
    return redirect(f"{reverse('listening:list')}?{urlencode(said)}")


def say_what_was_saved(request: Request) -> None:
    """已保存: on the page that follows the form, about a talk that this person has just entered."""
    uid = _uuid_or_absent(request.GET.get(SAVED, ""))
    mine = Conversation.objects.filter(recorded_by=request.user, recorded_at__gte=request.at - JUST, uid=uid)
    talk = mine.select_related("school").prefetch_related("lines__student").first() if uid.int else None
    if talk is None:
        return
    asked = "已请心理教师看一看。" if Concern.objects.filter(conversation_uid=uid).exists() else ""
    messages.success(request, f"已保存。{talk.names}，{day_words(talk.day)}。{asked}")
    if waits_for_word(talk):
        messages.warning(request, NEEDS_A_WORD)


def _kept(data: dict[str, Any], following: str, today: date) -> dict[str, str]:
    """The next one's address, with day and channel where they are not usual; the place stays in the session."""
    kept = {"student": str(_uuid_or_absent(following))}
    if data["day"] != today:
        kept["day"] = data["day"].isoformat()
    if data["channel"] != Channel.FACE:
        kept["channel"] = data["channel"]
    if data["place"]:
        kept["again"] = "1"
    return kept


def _is_counselor(request: Request, student: Student) -> bool:
    """Whether this person is a counselor of the student's school."""
    held = memberships_of(request.user, at=request.at)
    return any(one.role == Role.COUNSELOR and one.school_id == student.school_id for one in held)


def _whom(request: Request, today: date) -> HttpResponse:
    """和谁聊了: by class, or by name."""
    words = request.GET.get("q", "").strip()
    school_class = request.GET.get("class")
    classes = list(classes_visible_to(request.user, at=request.at, under=Permission.CONVERSATION_CREATE))
    chosen = next((one for one in classes if str(one.uid) == school_class), None)
    if chosen is None and len(classes) == 1:
        chosen = classes[0]
    found: list[Choice] = []
    if words or chosen or not classes:
        found = students_to_choose(
            request.user,
            on=today,
            at=request.at,
            school_class=chosen.uid if chosen and not words else None,
            words=words,
        )
    kind = request.GET.get("kind", "")
    context = {
        "found": found,
        "classes": classes,
        "chosen": chosen,
        "words": words,
        "kind": kind if kind in Kind.values and kind != Kind.TALK else "",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "listening/whom.html", context, status=status)


def _next(request: Request, student: Student) -> Student | None:
    """The next one of my list after this one."""
    for one in my_lists(request.user, at=request.at):
        waiting = [entry.student for group in one.groups for entry in group.entries]
        if waiting and one.school.pk == student.school_id:
            return next((other for other in waiting if other.pk != student.pk), None)
    return None


def _note_kind(request: Request, student: Student) -> notes.Text:
    return notes.Text.COUNSELING_NOTE if _is_counselor(request, student) else notes.Text.WORK_NOTE


def _reader_words(request: Request, student: Student, kind: notes.Text) -> str:
    """谁能看到, from the rule that guards the reading."""
    seen_by = notes.readers(kind, author=request.user, school=student.school, students=[student], at=request.at)
    return reader_words(seen_by, author=request.user)


def reader_words(readers: Sequence[User], *, author: User) -> str:
    """您本人和心理教师顾文静: who can read what `author` writes."""
    words = ["您本人" if one == author else f"心理教师{one.name}" for one in readers]
    return words[0] if len(words) == 1 else "、".join(words[:-1]) + "和" + words[-1]
