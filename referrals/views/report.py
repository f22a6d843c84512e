"""上报: a worry is said within a minute, whom to call when it is about life, and how far the own ones have come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request
from referrals import actions, reading
from referrals.circle import PUBLIC, Call, people_to_call
from referrals.forms.report import ReportForm, Speaker, speaker_in, speaker_of
from referrals.models import Concern, State
from referrals.requirements import Urgency
from referrals.worries import OwnWorry, own_worry
from schools.models import School
from schools.permissions import Permission, allow, hat_worn, memberships_of
from schools.roles import Hat
from students import drafts, notes
from students.care_words import reader_words
from students.choosing import Choice, classmates, students_to_choose
from students.classes import classes_visible_to
from students.models import Guardian, Student

PAGE = 20
MOST = 400
CALLS_FOR = timedelta(hours=24)  # how long the page after 危及生命 goes on naming the guardians
FIRST = ("120", "110")

TITLES = {
    Speaker.STAFF: ("上报", "一分钟写完；心理教师会看，看了会告诉您"),
    Speaker.GUARDIAN: ("找心理教师", "一两句就行，心理教师会看"),
    Speaker.STUDENT: ("找心理老师", "一两句就行，心理老师会看"),
    Speaker.PEER: ("告诉心理老师", "一两句就行，剩下的交给老师"),
}
SENT = {
    Speaker.STAFF: "已上报。心理教师看了，这里会告诉您。",
    Speaker.GUARDIAN: "已收到，心理教师会看。",
    Speaker.STUDENT: "已收到，心理老师会看。谢谢你说出来。",
    Speaker.PEER: "已收到，心理老师会看。谢谢你说出来，剩下的交给老师。",
}


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CONCERN_OWN)
def new(request: Request) -> HttpResponse:
    """One short form; without a student it asks whom. A family has no one to choose where there is only one."""
    reached = _reached(request)
    student = _chosen(request, reached)
    if student is None:
        return _whom(request)
    speaker = speaker_of(request.user, student, at=request.at)
    form = ReportForm(
        request.POST or None,
        students=_offered(request, student, speaker),
        speaker=speaker,
        guardians=_guardians(request, student),
        initial={"urgency": Urgency.LIFE} if _asks_for_life(request) else {},
    )
    if form.is_valid():
        return _send(request, form, student)
    title, sub = TITLES[speaker]
    context = {
        "title": title,
        "sub": sub,
        "mine_title": _title_of_mine(request),
        "form": form,
        "student": student,
        "others": form.known.keys() - {str(student.uid)},
        "readers": _readers(request, student, speaker),
        "calls": _calls(student.school, request),
        "urgent_url": f"{reverse('referrals:urgent')}?student={student.uid}",
    }
    return render(request, "referrals/report.html", context, status=422 if form.errors else 200)


def _reached(request: Request) -> QuerySet[Student]:
    """About whom this person may report; a guardian who is barred has no such page."""
    reached = actions.may_report_about(request.user, at=request.at).select_related("school")
    if hat_worn(request.user, at=request.at) == Hat.GUARDIAN and not reached.exists():
        raise Http404
    return reached


def _chosen(request: Request, reached: QuerySet[Student]) -> Student | None:
    """Whom the page is about: out of reach is as absent."""
    asked = request.GET.get("student") or next(iter(request.POST.getlist("students")), None)
    if asked:
        return get_object_or_404(reached, uid=_uuid_or_absent(asked))
    if hat_worn(request.user, at=request.at) in (Hat.GUARDIAN, Hat.STUDENT):
        few = list(reached.order_by("pk")[:2])
        return few[0] if len(few) == 1 else None
    return None


def _uuid_or_absent(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _asks_for_life(request: Request) -> bool:
    return request.GET.get("urgency") == str(Urgency.LIFE.value)


def _offered(request: Request, student: Student, speaker: Speaker) -> Sequence[Student]:
    """The class, to choose several of; a pupil speaks of the own record, a guardian of the own children."""
    if speaker is Speaker.STUDENT:
        return [student]
    if speaker is Speaker.GUARDIAN:
        return [student, *_reached(request).exclude(pk=student.pk).order_by("pk")]
    today = timezone.localdate(request.at)
    return classmates(request.user, student, under=Permission.CONCERN_OWN, on=today, at=request.at)


def _may_see_guardians(request: Request, student: Student) -> bool:
    seen = Student.objects.visible_to(request.user, at=request.at, under=Permission.GUARDIAN_PHONE_VIEW)
    return seen.filter(pk=student.pk).exists()


def _guardians(request: Request, student: Student) -> list[Guardian]:
    """Whom this person may name as suspected: only whoever knows the guardians anyway."""
    if not _may_see_guardians(request, student):
        return []
    return list(Guardian.objects.active_on(timezone.localdate(request.at)).filter(student=student).order_by("pk"))


def _readers(request: Request, student: Student, speaker: Speaker) -> str:
    """谁能看到, from the rule that guards the reading."""
    seen_by = notes.readers(
        notes.Text.CONCERN, author=request.user, school=student.school, students=[student], at=request.at
    )
    words = reader_words(seen_by, author=request.user)
    return words if speaker in (Speaker.STAFF, Speaker.GUARDIAN) else words.replace("您本人", "你自己", 1)


def _send(request: Request, form: ReportForm, page_of: Student) -> HttpResponse:
    data = form.cleaned_data
    with drafts.saving(request, "report", page_of.uid):
        actions.report(
            by=request.user,
            students=data["students"],
            report=form.report,
            at=request.at,
            request_key=data["request_key"],
        )
    if data["urgency"] == Urgency.LIFE:
        return redirect(f"{reverse('referrals:urgent')}?sent={data['request_key']}")
    messages.success(request, SENT[form.speaker])
    return redirect("referrals:mine")


# 关于谁


def _whom(request: Request) -> HttpResponse:
    """By class, or by name; a family from its own few."""
    words, today = request.GET.get("q", "").strip(), timezone.localdate(request.at)
    school = _schools(request)[0]
    speaker = speaker_in(request.user, school, at=request.at)
    classes = []
    if speaker in (Speaker.STAFF, Speaker.PEER):
        classes = list(classes_visible_to(request.user, at=request.at, under=Permission.CONCERN_OWN))
    chosen = next((one for one in classes if str(one.uid) == request.GET.get("class")), None)
    if chosen is None and len(classes) == 1:
        chosen = classes[0]
    found: list[Choice] = []
    if words or chosen or not classes:
        found = students_to_choose(
            request.user,
            under=Permission.CONCERN_OWN,
            on=today,
            at=request.at,
            school_class=chosen.uid if chosen and not words else None,
            words=words,
        )
    title, _ = TITLES[speaker]
    context = {
        "title": title,
        "actions": [(_title_of_mine(request), reverse("referrals:mine"), "", False)],
        "is_family": speaker in (Speaker.GUARDIAN, Speaker.STUDENT),
        "found": found,
        "classes": classes,
        "chosen": chosen,
        "words": words,
        "more": f"&urgency={Urgency.LIFE.value}" if _asks_for_life(request) else "",
        "is_urgent": _asks_for_life(request),
    }
    return render(request, "referrals/report_whom.html", context, status=422 if request.method == "POST" else 200)


def _schools(request: Request) -> list[School]:
    """The schools in which this person may report now, each once."""
    found = {one.school.pk: one.school for one in memberships_of(request.user, at=request.at) if one.school}
    return list(found.values())


# 危及生命


@dataclass(frozen=True, slots=True)
class Calls:
    """Numbers to tap, and people who are fetched by somebody else."""

    ring: list[Call]
    fetch: list[Call]

    @property
    def fetch_words(self) -> str:
        """顾文静（心理组长）、程远山（校长）."""
        return "、".join(f"{one.name}（{one.part}）" for one in self.fetch)


def _calls(school: School, request: Request, student: Student | None = None, *, guardians: bool = False) -> Calls:
    """120 and 110 first, then whoever is of the school; the guardians where this person is to see them."""
    found = people_to_call(
        school, at=request.at, by=request.user if guardians else None, student=student if guardians else None
    )
    public = {number for number, _ in PUBLIC}
    first = sorted((one for one in found if one.phone in FIRST), key=lambda one: FIRST.index(one.phone))
    near = [one for one in found if one.phone and one.phone not in public]
    last = [one for one in found if one.phone in public and one.phone not in FIRST]
    return Calls([*first, *near, *last], [one for one in found if not one.phone])


@require_safe
@allow(Permission.CONCERN_OWN)
def urgent(request: Request) -> HttpResponse:
    """Whom to call now, before anything is written; and again once it is sent, then with the guardians.

    Guardians' numbers are for whoever has them anyway, and for a colleague who has just sent that a life is in danger:
    then the counselors and leaders know it too. Each opening is a row in the trail (circle.py).
    """
    reached = _reached(request)
    sent = _sent(request)
    if "sent" in request.GET and not sent:
        raise Http404
    students = [one.student for one in sent]
    if not sent and request.GET.get("student"):
        students = [get_object_or_404(reached, uid=_uuid_or_absent(request.GET["student"]))]
    groups = [
        _calls(one.school, request, one, guardians=bool(sent) or _may_see_guardians(request, one)) for one in students
    ] or [_calls(school, request) for school in _schools(request)]
    school = students[0].school if students else _schools(request)[0]
    student = students[0] if students else None
    speaker = (
        speaker_of(request.user, student, at=request.at) if student else speaker_in(request.user, school, at=request.at)
    )
    context = {
        "calls": _joined(groups),
        "names": "、".join(one.name for one in students),
        "sent": sent,
        "student": None if sent else student,
        "is_self": speaker is Speaker.STUDENT,
        "is_staff": speaker is Speaker.STAFF,
        "form": ReportForm(students=[student], speaker=speaker, initial={"urgency": Urgency.LIFE})
        if student and not sent
        else None,
    }
    return render(request, "referrals/urgent.html", context)


def _sent(request: Request) -> list[Concern]:
    """What this person has just sent under this number, where a life is in danger."""
    key = _uuid_or_absent(request.GET.get("sent", ""))
    if not key.int:
        return []
    own = Concern.objects.of_raiser(request.user, at=request.at).filter(request_key=key, urgency=Urgency.LIFE)
    return list(own.filter(raised_at__gte=request.at - CALLS_FOR).select_related("student__school").order_by("pk"))


def _joined(groups: Sequence[Calls]) -> Calls:
    """Each number once, the public ones where they stood."""
    ring = dict.fromkeys(one for group in groups for one in group.ring)
    fetch = dict.fromkeys(one for group in groups for one in group.fetch)
    public = {number for number, _ in PUBLIC} - set(FIRST)
    return Calls(sorted(ring, key=lambda one: one.phone in public), list(fetch))


# 我上报的


@require_safe
@allow(Permission.CONCERN_OWN)
def mine(request: Request) -> HttpResponse:
    """What this person has raised, and how far it has come; an answer is opened one by one."""
    _reached(request)
    shown = _shown(request.GET.get("shown", ""))
    rows = Concern.objects.of_raiser(request.user, at=request.at)
    own = list(rows.for_list()[: shown + 1])
    asked = _uuid_or_absent(request.GET.get("reply", ""))
    answered = get_object_or_404(rows.for_list().select_related("reply_by"), uid=asked) if asked.int else None
    context = {
        "title": _title_of_mine(request),
        "own": [own_worry(one, request.user, at=request.at) for one in own[:shown]],
        "answered": answered,
        "reply": _reply(request, own_worry(answered, request.user, at=request.at)) if answered else None,
        "more": min(shown + PAGE, MOST) if len(own) > shown < MOST else 0,
        "next": PAGE,
    }
    return render(request, "referrals/mine.html", context)


def _title_of_mine(request: Request) -> str:
    """In the words of whoever looks."""
    match hat_worn(request.user, at=request.at):
        case Hat.GUARDIAN:
            return "我告诉老师的"
        case Hat.STUDENT:
            return "我说过的"
    return "我上报的"


def _reply(request: Request, own: OwnWorry) -> notes.Opened:
    """What was answered, for whoever may hear that there is an answer."""
    if own.concern.state != State.ANSWERED or not own.is_answered:
        raise Http404
    try:
        return reading.open_reply(own.concern, by=request.user, at=request.at)
    except notes.NotForYou:
        raise Http404 from None


def _shown(text: str) -> int:
    """How many rows: what the address asks for, within reason."""
    return min(max(int(text), PAGE), MOST) if text.isascii() and text.isdigit() and len(text) < 5 else PAGE
