"""The roster, and one child put right by hand."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from privacy import actions as privacy
from schools.models import School, SchoolClass
from schools.permissions import Permission, allow, holds, schools_of
from schools.tables import Empty, take_away
from students import actions
from students.classes import classes_visible_to
from students.forms import AwayForm, BackForm, GuardianForms, StudentForm
from students.listing import ROSTER, RosterFilters
from students.models import Pause, Student
from students.models.students import StudentQuerySet

NOBODY_YET = Empty(
    "名单还是空的",
    "导入一份班级名册，清单就会自己排好。",
    url=reverse_lazy("students:import"),
    action="导入名册",
)


@require_safe
@allow(Permission.STUDENT_LIST)
def roster(request: HttpRequest) -> HttpResponse:
    """Who is in the school, as far as this person may know. Who opened it with 学号 stands in the trail."""
    for school in schools_of(request.user, Permission.STUDENT_IMPORT, at=request.at):
        privacy.record(by_id=request.user.pk, verb="list.numbers", at=request.at, school_id=school.pk, kind="list")
    look = _look(request, Permission.STUDENT_LIST)
    rows = _listed(request, look, Permission.STUDENT_LIST)
    may_import = holds(request.user, Permission.STUDENT_IMPORT, at=request.at)
    empty = NOBODY_YET if may_import else ROSTER.empty
    context = {
        "shown": ROSTER.page(request, rows, look=look, export_url=reverse("students:export"), empty=empty),
        "may_edit": holds(request.user, Permission.STUDENT_EDIT, at=request.at),
        "may_import": may_import,
    }
    return render(request, "students/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.STUDENT_EXPORT)
def export(request: HttpRequest) -> HttpResponse:
    """The roster as a file."""
    look = _look(request, Permission.STUDENT_EXPORT)
    rows = _listed(request, look, Permission.STUDENT_EXPORT)
    schools = schools_of(request.user, Permission.STUDENT_EXPORT, at=request.at)
    sources = [(school, rows.filter(school=school)) for school in schools]
    return take_away(request, ROSTER, sources, look=look, back_url=reverse("students:list"))


def _look(request: HttpRequest, under: Permission) -> RosterFilters:
    return RosterFilters(request.GET, classes=list(classes_visible_to(request.user, at=request.at, under=under)))


def _listed(request: HttpRequest, look: RosterFilters, under: Permission) -> StudentQuerySet:
    """The students that this person reaches, as far as asked for."""
    today = timezone.localdate(request.at)
    rows = Student.objects.visible_to(request.user, at=request.at, under=under).with_class(on=today)
    if look.words:
        rows = rows.matching(look.words)
    return rows.in_class(look.school_class, on=today) if look.school_class else rows


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.STUDENT_EDIT)
def new(request: HttpRequest) -> HttpResponse:
    """Add one child by hand."""
    school = schools_of(request.user, Permission.STUDENT_EDIT, at=request.at)[0]
    today = timezone.localdate(request.at)
    form = StudentForm(request.POST or None, school=school, classes=_classes(school, today), on=today)
    guardians = GuardianForms(request.POST or None, prefix="guardian")
    if request.method == "POST" and form.is_valid() & guardians.is_valid():
        try:
            student = actions.enter_student(by=request.user, at=request.at, guardians=guardians.said, **form.words)
        except actions.NumberTaken as taken:
            form.add_error("national_number", f"这个学籍号已经是{taken.student.name}的。核对一下。")
        else:
            messages.success(request, f"{student.name}加好了。")
            return redirect("student", student=student.uid)
    context = {"form": form, "guardians": guardians, "has_classes": bool(form.classes)}
    return _page(request, context, form, guardians)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.STUDENT_EDIT, of="student")
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put one child right: name, class, numbers, guardians; 转出 and 休学, and the way back."""
    found = Student.objects.visible_to(request.user, at=request.at, under=Permission.STUDENT_EDIT)
    student = get_object_or_404(found.select_related("school"), uid=uid)
    today = timezone.localdate(request.at)
    away = Pause.objects.filter(student=student).exclude(valid_to__lt=today).order_by("valid_from", "pk").first()
    sent = request.POST.get("do", "save") if request.method == "POST" else ""
    form = StudentForm(
        request.POST if sent == "save" else None,
        school=student.school,
        classes=_classes(student.school, today),
        on=today,
        student=student,
    )
    guardians = GuardianForms(
        request.POST if sent == "save" else None, prefix="guardian", initial=GuardianForms.of(student)
    )
    leave = AwayForm(request.POST if sent == "away" else None, initial={"first": today})
    back = BackForm(request.POST if sent == "back" else None, initial={"day": today})
    if sent == "save":
        done = _save(request, student, form, guardians)
    elif sent == "away":
        done = _leave(request, student, leave)
    else:
        done = bool(away) and back.is_valid() and _back(request, away, back)
    if done:
        return redirect("student", student=student.uid)
    context = {
        "student": student,
        "form": form,
        "guardians": guardians,
        "away": away,
        "is_ahead": bool(away and away.valid_from > today),
        "leave": leave,
        "back_form": back,
        "has_classes": bool(form.classes),
    }
    return _page(request, context, form, guardians, leave, back)


def _page(request: HttpRequest, context: dict[str, Any], *forms: Any) -> HttpResponse:
    refused = request.method == "POST" and any(one.is_bound for one in forms)
    return render(request, "students/edit.html", context, status=422 if refused else 200)


def _save(request: HttpRequest, student: Student, form: StudentForm, guardians: GuardianForms) -> bool:
    if not form.is_valid() & guardians.is_valid():
        return False
    try:
        actions.correct_student(by=request.user, student=student, at=request.at, guardians=guardians.said, **form.words)
    except actions.NumberTaken as taken:
        form.add_error("national_number", f"这个学籍号已经是{taken.student.name}的。核对一下。")
        return False
    messages.success(request, f"{student.name}的信息改好了。")
    return True


def _leave(request: HttpRequest, student: Student, form: AwayForm) -> bool:
    if not form.is_valid():
        return False
    try:
        away = actions.pause(by=request.user, student=student, at=request.at, **form.cleaned_data)
    except actions.AlreadyAway:
        form.add_error("first", "这段时间已经登记过休学或转出。先登记返校，或者换个日期。")
        return False
    messages.success(request, f"{student.name}{away.get_kind_display()}，记好了。以前的倾听记录都还在。")
    return True


def _back(request: HttpRequest, away: Pause, form: BackForm) -> bool:
    actions.end_pause(by=request.user, away=away, last=form.last, at=request.at)
    messages.success(request, f"{away.student.name}返校，记好了。")
    return True


def _classes(school: School, on: date) -> list[SchoolClass]:
    """The classes of the running school year."""
    found = school.classes.filter(year=actions.year_name(school, on=on))
    return list(found.select_related("grade").in_school_order())
