"""Pages that look across: 今日 by role, and one student."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from listening import actions as listening
from listening.words import long_day
from privacy import actions as privacy
from reports.student_page import student_page
from reports.today import today_of
from schools.permissions import Permission, allow, holds, open_to, schools_of
from students.models import Student


@require_safe
@open_to("signed_in")
def home(request: HttpRequest) -> HttpResponse:
    """What this person has to do today. Where it names those whom a counselor is asked to see, it is such a list."""
    page = today_of(request.user, at=request.at)
    if page.asked or page.declined:
        for school in schools_of(request.user, Permission.CONCERN_VIEW, at=request.at):
            privacy.record(by_id=request.user.pk, verb="list.concerns", at=request.at, school_id=school.pk, kind="list")
    context = {
        "page": page,
        "sub": long_day(timezone.localdate(request.at)),
        "may_log": holds(request.user, Permission.CONVERSATION_CREATE, at=request.at),
    }
    return render(request, "reports/home.html", context)


@require_safe
@allow(Permission.STUDENT_VIEW, of="student")
def student(request: HttpRequest, student: UUID) -> HttpResponse:
    """One student, each part by its own right."""
    seen = Student.objects.visible_to(request.user, at=request.at, under=Permission.STUDENT_VIEW).select_related(
        "school"
    )
    found = get_object_or_404(seen, uid=student)
    listening.settle_changes(found.school, on=timezone.localdate(request.at), at=request.at)
    return render(request, "reports/student.html", {"page": student_page(found, request.user, at=request.at)})
