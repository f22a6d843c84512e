"""教职工的亲属: whom the school shuts out from a student, beside the parents."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request
from schools.people import staff_of
from schools.permissions import Permission, allow
from students import actions
from students.forms import RelativeForm
from students.models import StaffRelative, Student


@require_safe
@allow(Permission.KIN_EDIT)
def relatives(request: Request) -> HttpResponse:
    """All that are written down, by the name of the member of staff."""
    seen = Student.objects.visible_to(request.user, at=request.at, under=Permission.KIN_EDIT)
    rows = StaffRelative.objects.filter(student__in=seen).select_related("person", "student")
    return render(request, "students/relatives.html", {"rows": rows.order_by("person__name", "person", "pk")})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.KIN_EDIT, of="student")
def of_student(request: Request, uid: UUID) -> HttpResponse:
    """The relatives of one student on the staff, and one more."""
    student = _student(request, uid)
    noted = list(StaffRelative.objects.filter(student=student).select_related("person").order_by("pk"))
    known = {one.person_id for one in noted}
    today = timezone.localdate(request.at)
    people = [one.user for one in staff_of(student.school, on=today) if one.user.pk not in known]
    form = RelativeForm(request.POST or None, people=[one for one in people if one != request.user])
    if form.is_valid():
        said = actions.note_relative(
            by=request.user,
            student=student,
            person=form.chosen,
            relation=form.cleaned_data["relation"],
            at=request.at,
        )
        messages.success(request, f"{said.person.name}看不到{student.name}了。")
        return redirect("students:relatives-of", uid=student.uid)
    context = {"student": student, "noted": noted, "form": form}
    return render(request, "students/relatives_of.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.KIN_EDIT, of="student")
def forget(request: Request, uid: UUID, relative: UUID) -> HttpResponse:
    """Take back what was written down by mistake; asks once more before."""
    student = _student(request, uid)
    found = StaffRelative.objects.filter(student=student).select_related("person", "student")
    noted = get_object_or_404(found, uid=relative)
    context = {"student": student, "noted": noted, "refused": False}
    if request.method == "POST":
        try:
            actions.forget_relative(by=request.user, relative=noted, at=request.at)
        except actions.NeedsAnother:
            return render(request, "students/relative_forget.html", context | {"refused": True}, status=422)
        messages.success(request, "取消好了。")
        return redirect("students:relatives-of", uid=student.uid)
    return render(request, "students/relative_forget.html", context)


def _student(request: Request, uid: UUID) -> Student:
    found = Student.objects.visible_to(request.user, at=request.at, under=Permission.KIN_EDIT)
    return get_object_or_404(found.select_related("school"), uid=uid)
