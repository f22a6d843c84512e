"""支持要点: read by the teachers it is for, written by the counselor in charge."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request, fresh
from schools.permissions import Permission, allow
from students import actions, drafts, notes
from students.care import current_card
from students.care_forms import CardForm
from students.care_words import reader_words
from students.models import CareCard, Student
from students.views.care import student_under


def opened(request: Request, card: CareCard, student: Student) -> notes.Opened:
    """The words of a card, with a row in the trail. Raises NotForYou."""
    return notes.open_note(
        card.text,
        by=request.user,
        kind=notes.Text.CARE_CARD,
        place=card.text_place,
        author=card.by,
        school=card.school,
        students=[student],
        at=request.at,
        addressed=list(card.addressed.all()),
    )


@require_safe
@allow(Permission.CARE_CARD_VIEW, of="student")
@fresh
def card(request: Request, uid: UUID) -> HttpResponse:
    """The card as it stands; to counselors also its earlier editions."""
    student = student_under(request, uid, Permission.CARE_CARD_VIEW)
    reached = Student.objects.visible_to(request.user, at=request.at, under=Permission.CARE_VIEW)
    as_counselor = reached.filter(pk=student.pk).exists()
    found = current_card(student)
    editions = CareCard.objects.none()
    if as_counselor:
        editions = CareCard.objects.filter(student=student).select_related("by", "school").order_by("-edition")
        if (asked := request.GET.get("edition", "")).isdecimal() and len(asked) < 5:
            found = get_object_or_404(editions, edition=int(asked))
    if found is None and not as_counselor:
        raise Http404
    try:
        text = opened(request, found, student) if found and found.text is not None else None
    except notes.NotForYou:
        raise Http404 from None
    context = {
        "student": student,
        "card": found,
        "text": text,
        "as_counselor": as_counselor,
        "addressed": list(found.addressed.all()) if found and as_counselor else [],
        "editions": editions,
        "in_charge": actions.is_in_charge(request.user, student, at=request.at),
    }
    return render(request, "students/card.html", context)


def _newest(student: Student) -> CareCard | None:
    """The last edition, also one that took the card back."""
    return CareCard.objects.filter(student=student).select_related("school", "by").order_by("-edition").first()


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CARE_EDIT, of="student")
@fresh
def edit(request: Request, uid: UUID) -> HttpResponse:
    """Write the card, or take it back."""
    student = student_under(request, uid, Permission.CARE_EDIT)
    newest = _newest(student)
    heads, others = notes.card_teachers(student.school, [student], at=request.at)
    initial: dict[str, Any] = {"read": newest.edition if newest else 0, "text": "", "addressed": []}
    if newest and request.method != "POST":
        initial |= {
            "text": opened(request, newest, student).text or "",
            "addressed": [str(one.uid) for one in newest.addressed.all()],
        }
    stands: str | None = None
    form = CardForm(request.POST or None, school=student.school, teachers=others, initial=initial)
    if form.is_valid():
        try:
            with drafts.saving(request, "card", student.uid):
                actions.write_card(
                    by=request.user,
                    student=student,
                    text=form.cleaned_data["text"],
                    addressed=form.chosen,
                    read=form.cleaned_data["read"],
                    at=request.at,
                )
        except actions.CardChanged:
            newest = _newest(student)
            stands = (opened(request, newest, student).text or "") if newest else ""
            if newest and newest.by_id == request.user.pk and stands == form.cleaned_data["text"]:
                return redirect("students:card", student.uid)  # sent twice: the first one stands
            # What was typed goes on over the edition that is shown beside it.
            read = newest.edition if newest else 0
            sent = {"text": form.cleaned_data["text"], "addressed": [str(one.uid) for one in form.chosen], "read": read}
            form = CardForm(sent, school=student.school, teachers=others)
            form.add_error(None, "刚刚有人改过支持要点。现在的内容和您写的都在下面，看一看再保存。")
        else:
            taken_back = not form.cleaned_data["text"]
            messages.success(request, "支持要点收回了，以前的稿子都还在。" if taken_back else "支持要点保存好了。")
            return redirect("students:card", student.uid)
    seen_by = notes.readers(
        notes.Text.CARE_CARD,
        author=request.user,
        school=student.school,
        students=[student],
        at=request.at,
        addressed=form.chosen,
    )
    context = {
        "student": student,
        "form": form,
        "readers": reader_words(seen_by, author=request.user, heads=heads, others=others),
        "has_others": bool(others),
        "stands": stands,
    }
    return render(request, "students/card_edit.html", context, status=422 if form.errors else 200)
