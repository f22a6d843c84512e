"""The labels of one student: given and taken off with a reason."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request, fresh
from schools.permissions import Permission, allow
from students import actions, drafts, notes
from students.care import labels_on
from students.care_forms import EndLabelForm, LabelForm
from students.care_words import reader_words
from students.models import CareLabel, Student, StudentLabel
from students.views.care import student_under


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CARE_EDIT, of="student")
def give(request: Request, uid: UUID) -> HttpResponse:
    """Give the student a label."""
    student = student_under(request, uid, Permission.CARE_EDIT)
    today = timezone.localdate(request.at)
    carried = {one.label_id for one in labels_on(student.school, on=today, students=[student.pk]).get(student.pk, [])}
    labels = CareLabel.objects.filter(school=student.school, is_offered=True).exclude(pk__in=carried)
    form = LabelForm(request.POST or None, labels=list(labels))
    if form.is_valid():
        try:
            with drafts.saving(request, "label", student.uid):
                actions.give_label(by=request.user, student=student, at=request.at, **form.cleaned_data)
        except actions.HasLabel:
            form.add_error("label", "这个标签刚刚有同事加上了。")
        else:
            messages.success(request, "标签加好了，从今天算起。")
            return redirect("students:care", student.uid)
    context = {"student": student, "form": form, "readers": _readers(request, student), "labels": labels}
    return render(request, "students/care_label.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CARE_EDIT, of="label")
def end(request: Request, uid: UUID, given: UUID) -> HttpResponse:
    """Take a label off."""
    student = student_under(request, uid, Permission.CARE_EDIT)
    running = StudentLabel.objects.filter(student=student, valid_to=None).select_related("label", "school", "student")
    found = get_object_or_404(running, uid=given)
    form = EndLabelForm(request.POST or None)
    if form.is_valid():
        try:
            with drafts.saving(request, "label-end", found.uid):
                actions.end_label(by=request.user, given=found, at=request.at, **form.cleaned_data)
        except actions.LabelEnded:
            messages.info(request, "这个标签刚刚有同事取下了。")
        else:
            messages.success(request, "标签取下了，今天是最后一天。以前的记录都还在。")
        return redirect("students:care", student.uid)
    context = {"student": student, "given": found, "form": form, "readers": _readers(request, student)}
    return render(request, "students/care_label_end.html", context, status=422 if form.errors else 200)


@require_safe
@allow(Permission.CARE_VIEW, of="label")
@fresh
def why(request: Request, uid: UUID, given: UUID) -> HttpResponse:
    """Why a label was given, and why it was taken off."""
    student = student_under(request, uid, Permission.CARE_VIEW)
    rows = StudentLabel.objects.filter(student=student).select_related("label", "school", "given_by", "ended_by")
    found = get_object_or_404(rows, uid=given)
    opened = []
    for words, sealed, author, place in (
        ("为什么加", found.reason, found.given_by, found.reason_place),
        ("为什么取下", found.end_reason, found.ended_by, found.end_reason_place),
    ):
        if sealed is not None and author is not None:
            text = notes.open_note(
                sealed,
                by=request.user,
                kind=notes.Text.CARE_REASON,
                place=place,
                author=author,
                school=found.school,
                students=[student],
                at=request.at,
            )
            opened.append((words, author, text))
    return render(request, "students/care_label_why.html", {"student": student, "given": found, "opened": opened})


def _readers(request: Request, student: Student) -> str:
    seen_by = notes.readers(
        notes.Text.CARE_REASON, author=request.user, school=student.school, students=[student], at=request.at
    )
    return reader_words(seen_by, author=request.user)
