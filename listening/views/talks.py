"""Logging a talk, and one talk as it stands."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from listening import actions
from listening.choosing import Choice, classmates, loggable, students_to_choose
from listening.forms import TalkForm
from listening.models import CheckIn, Conversation, Topic
from listening.my_list import my_lists
from listening.quotas import Outcome, Status
from listening.words import long_day, now_words
from schools.permissions import Permission, allow, memberships_of
from schools.roles import Role
from students import notes
from students.classes import classes_visible_to
from students.models import Student

BACKDATING_DAYS = 60  # a talk further back is not remembered well enough to be written down alone


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CONVERSATION_CREATE)
def new(request: HttpRequest) -> HttpResponse:
    """记一次: everything is preset but the student; without one it asks whom."""
    today = timezone.localdate(request.at)
    chosen = request.GET.get("student") or next(iter(request.POST.getlist("students")), None)
    if not chosen:
        return _whom(request, today)
    reached = loggable(request.user, at=request.at).select_related("school")
    student = get_object_or_404(reached, uid=_uuid_or_absent(chosen))
    alone = set(request.POST.getlist("students")) == {str(student.uid)}
    if alone and (form := _form(request, [student], today)).is_valid():
        return _save(request, form, today)  # the usual case asks nobody who the classmates are
    offered = classmates(request.user, student, on=today, at=request.at)
    form = _form(request, offered, today)
    if form.is_valid():
        return _save(request, form, today)
    following = _next(request, student)
    return render(
        request,
        "listening/new.html",
        {
            "form": form,
            "student": student,
            "next_student": following,
            "nearest": [str(one.uid) for one in (student, following) if one],
            "needs": _needs(request, student, today),
            "readers": _reader_words(request.user, student, request),
            "others": [one for one in offered if one != student],
        },
        status=422 if form.errors else 200,
    )


def _form(request: HttpRequest, offered: Sequence[Student], today: date) -> TalkForm:
    """The form about these students; the first one is chosen."""
    return TalkForm(
        request.POST or None,
        students=offered,
        topics=Topic.objects.filter(school=offered[0].school_id),
        today=today,
        earliest=today - timedelta(days=BACKDATING_DAYS),
        initial={"students": [str(offered[0].uid)], "clock": timezone.localtime(request.at).time()},
    )


def _needs(request: HttpRequest, student: Student, today: date) -> str:
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


def _save(request: HttpRequest, form: TalkForm, today: date) -> HttpResponseRedirect:
    data = form.cleaned_data
    students: list[Student] = data["students"]
    actions.log_conversation(
        by=request.user,
        students=students,
        day=data["day"],
        clock=data["clock"],
        at=request.at,
        minutes=(data["minutes"] or 0) if data["outcome"] == Outcome.MADE else 0,
        outcome=Outcome(data["outcome"]),
        channel=data["channel"],
        place=data["place"],
        topics=data["topics"],
        note=data["note"],
        by_counselor=_talks_as_counselor(request),
        request_key=data["request_key"],
    )
    names = "、".join(one.name for one in students)
    messages.success(request, f"已保存。{names}，{data['day'].month}月{data['day'].day}日。")
    if following := request.POST.get("next"):
        return redirect(f"{reverse('listening:new')}?student={_uuid_or_absent(following)}")
    return redirect("listening:list")


def _talks_as_counselor(request: HttpRequest) -> bool:
    """A counselor's talk is 心理辅导 unless said otherwise."""
    return any(held.role == Role.COUNSELOR for held in memberships_of(request.user, at=request.at))


def _whom(request: HttpRequest, today: date) -> HttpResponse:
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
    context = {"found": found, "classes": classes, "chosen": chosen, "words": words}
    status = 422 if request.method == "POST" else 200
    return render(request, "listening/whom.html", context, status=status)


def _next(request: HttpRequest, student: Student) -> Student | None:
    """The next one of my list after this one."""
    for one in my_lists(request.user, at=request.at):
        waiting = [entry.student for group in one.groups for entry in group.entries]
        if waiting and one.school.pk == student.school_id:
            return next((other for other in waiting if other.pk != student.pk), None)
    return None


def _reader_words(author: User, student: Student, request: HttpRequest) -> str:
    """谁能看到, from the rule that guards the reading: 您本人和心理教师顾文静."""
    kind = notes.Text.COUNSELING_NOTE if _talks_as_counselor(request) else notes.Text.WORK_NOTE
    seen_by = notes.readers(kind, author=author, school=student.school, students=[student], at=request.at)
    words = ["您本人" if one == author else f"心理教师{one.name}" for one in seen_by]
    return words[0] if len(words) == 1 else "、".join(words[:-1]) + "和" + words[-1]


@require_safe
@allow(Permission.CONVERSATION_OWN, of="conversation")
def conversation(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """One talk; its note for those who may read it, with a row in the trail."""
    seen = (
        Conversation.objects.visible_to(request.user, at=request.at)
        .standing()
        .select_related("school", "listener", "recorded_by")
    )
    talk = get_object_or_404(seen, uid=conversation)
    reached = Student.objects.visible_to(request.user, at=request.at, under=Permission.CONVERSATION_OWN)
    students = list(talk.about.all())
    shown = [one for one in students if one in set(reached.filter(pk__in=[s.pk for s in students]))]
    kind = notes.Text.COUNSELING_NOTE if talk.by_counselor else notes.Text.WORK_NOTE
    note: notes.Opened | None = None
    if talk.note is not None:
        try:
            note = notes.open_note(
                talk.note,
                by=request.user,
                kind=kind,
                place=talk.note_place,
                author=talk.recorded_by,
                school=talk.school,
                students=students,
                at=request.at,
            )
        except notes.NotForYou:
            note = None
    context = {
        "talk": talk,
        "students": shown,
        "more": len(students) - len(shown),
        "note": note,
        "has_note": talk.note is not None,
        "topics": list(talk.topics.all()),
        "day": long_day(talk.day),
        "sub": f"{talk.get_kind_display()} · {long_day(talk.day)}",
    }
    return render(request, "listening/conversation.html", context)
