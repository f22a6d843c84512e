"""紧急查看: opened with a reason, looked at by whoever has a part in it, reviewed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request, fresh
from accounts.models import User
from privacy.keyring import Place
from schools.permissions import Permission, allow
from students import actions, drafts, notes
from students.care_words import reader_words
from students.glass import Circle, circle_of, contacts, for_review, may_open, readers_of, seen_in, standing_of
from students.glass_forms import GlassForm, GlassReviewForm
from students.models import BreakGlass, Guardian, Student
from students.views.care import student_under

PAGE = 30
ONE = "一次只看一位同学。先结束正在看的那一次，再来打开这一次。"


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.GLASS_OPEN, of="student")
@fresh
def glass_open(request: Request, uid: UUID) -> HttpResponse:
    """Say why; it opens at once, and others are told at once."""
    student = student_under(request, uid, Permission.GLASS_OPEN)
    if not may_open(request.user, student, at=request.at):
        raise Http404
    standing = standing_of(request.user, at=request.at)
    if standing and standing.student_id == student.pk:
        return redirect("students:glass", standing.uid)
    form = GlassForm(request.POST or None)
    if form.is_valid():
        try:
            with drafts.saving(request, "glass", student.uid):
                opened = actions.open_glass(
                    by=request.user, student=student, reason=form.cleaned_data["reason"], at=request.at
                )
        except actions.OneAtATime as one:
            standing = one.glass
            if standing.student_id == student.pk:  # a double tap
                return redirect("students:glass", standing.uid)
            form.add_error(None, ONE)
        except actions.MayNotOpen:
            raise Http404 from None
        else:
            return redirect("students:glass", opened.uid)
    circle = circle_of(request.user, student, at=request.at)
    context = {
        "student": student,
        "form": form,
        "standing": standing,
        "told": circle.told_words,
        "readers": _reader_words(request, request.user, student, circle.told),
    }
    return render(request, "students/glass_open.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.GLASS_VIEW, of="glass")
@fresh
def glass(request: Request, glass: UUID) -> HttpResponse:
    """One opening: what it opens, to who opened it; who, why and what was read, to whoever has a part in it."""
    found = _found(request, glass)
    circle = circle_of(found.by, found.student, at=request.at)
    own = found.by_id == request.user.pk
    if not own and request.user not in readers_of(found, circle, at=request.at):
        raise Http404
    form = GlassReviewForm(request.POST if request.POST.get("do") == "review" else None)
    error = ""
    if request.method == "POST":
        error = _done(request, found, form)
        if not error and not form.errors:
            return redirect("students:glass", found.uid)
        found = _found(request, glass)
    return _page(request, found, circle, form, error)


def _found(request: Request, uid: UUID) -> BreakGlass:
    """The opening of the address, if this person reaches its student."""
    reached = Student.objects.visible_to(request.user, at=request.at, under=Permission.GLASS_VIEW)
    return get_object_or_404(BreakGlass.objects.with_people().filter(student__in=reached), uid=uid)


STEPS = {"ask": actions.ask_second, "agree": actions.agree, "close": actions.close_glass}
DONE = {
    "ask": "已请同事确认。有一位同意以后，这里就能看记录。",
    "agree": "记下了，您同意了。",
    "close": "结束了。",
    "review": "复核好了。",
}


def _done(request: Request, found: BreakGlass, form: GlassReviewForm) -> str:
    """Do what was asked; returns why not."""
    asked = request.POST.get("do", "")
    try:
        if asked == "review":
            if not form.is_valid():
                return ""
            with drafts.saving(request, "glass-review", found.uid):
                actions.review_glass(by=request.user, glass=found, words=form.cleaned_data["words"], at=request.at)
        elif asked in STEPS:
            STEPS[asked](by=request.user, glass=found, at=request.at)
        else:
            return "选一个操作。"
    except actions.GlassOver:
        return "这次紧急查看已经结束了。"
    except actions.AlreadyAgreed:
        return "刚刚已经有同事同意了。"
    except actions.GlassStands:
        return "还在查看中，结束以后再复核。"
    except actions.AlreadyReviewed:
        return "刚刚已经有人复核了。"
    except actions.MayNotOpen:
        raise Http404 from None
    messages.success(request, DONE[asked])
    return ""


def _page(request: Request, found: BreakGlass, circle: Circle, form: GlassReviewForm, error: str) -> HttpResponse:
    own = found.by_id == request.user.pk
    stands = found.stands(at=request.at)
    reviews = for_review(request.user, at=request.at).filter(pk=found.pk).exists()
    context: dict[str, Any] = {
        "glass": found,
        "student": found.student,
        "own": own,
        "stands": stands,
        "ended_at": found.ended_at,
        "opens_notes": own and found.opens_notes(at=request.at),
        "reason": _words(request, found, circle, found.reason, found.reason_place),
        "guardians": _guardians(request, found) if own and stands else None,
        "told": circle.told_words,
        "seen": seen_in([found.uid]).get(found.uid),
        "may_agree": not own and stands and found.asked_at and not found.second_by and request.user in circle.seconds,
        "may_review": reviews and not stands and found.reviewed_by is None,
        "review": None,
        "readers": _reader_words(request, found.by, found.student, readers_of(found, circle, at=request.at)),
        "form": form,
        "error": error,
    }
    if found.review_words is not None:
        context["review"] = _words(request, found, circle, found.review_words, found.review_words_place)
    return render(request, "students/glass.html", context, status=422 if error or form.errors else 200)


def _words(request: Request, found: BreakGlass, circle: Circle, sealed: bytes, place: Place) -> notes.Opened:
    """Why it was opened, or what its review says, with a row in the trail."""
    try:
        return notes.open_note(
            sealed,
            by=request.user,
            kind=notes.Text.GLASS_REASON,
            place=place,
            author=found.by,
            school=found.school,
            students=[found.student],
            at=request.at,
            addressed=readers_of(found, circle, at=request.at),
        )
    except notes.NotForYou:
        raise Http404 from None


def _reader_words(request: Request, by: User, student: Student, addressed: Sequence[User]) -> str:
    """谁能看到 of why it was opened and of its review, from the rule that guards the reading."""
    seen_by = notes.readers(
        notes.Text.GLASS_REASON,
        author=by,
        school=student.school,
        students=[student],
        at=request.at,
        addressed=addressed,
    )
    first = sorted(seen_by, key=lambda one: one != request.user)
    return reader_words(first, author=request.user, others=first)


def _guardians(request: Request, found: BreakGlass) -> list[tuple[Guardian, bool]]:
    """Each with whether contact is barred now."""
    active = Guardian.objects.active_on(timezone.localdate(request.at)).filter(student=found.student_id)
    kept = set(active.values_list("pk", flat=True))
    return [(one, one.pk not in kept) for one in contacts(found, by=request.user, at=request.at)]


@require_safe
@allow(Permission.GLASS_REVIEW)
def glasses(request: Request) -> HttpResponse:
    """What this person reviews, what waits first."""
    rows = for_review(request.user, at=request.at).with_people()
    waiting = rows.unreviewed().count()
    page = Paginator(rows.waiting_first(), PAGE).get_page(request.GET.get("page"))
    seen = seen_in([one.uid for one in page])
    context = {
        "page": page,
        "rows": [(one, seen.get(one.uid), one.stands(at=request.at)) for one in page],
        "waiting": waiting,
    }
    return render(request, "students/glasses.html", context)
