"""Classes of a school year, their head teachers, and the school's own telephones."""

from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import Request
from schools import actions, people
from schools.forms import ClassForm, ContactsForm, HeadTeacherForm, next_term
from schools.models import Grade, School, SchoolClass
from schools.permissions import Permission, allow, schools_of
from schools.roles import Role
from schools.views.frame import frame, school_of, school_year

ClassRow = tuple[SchoolClass, str]


@require_http_methods(["GET"])
@allow(Permission.SCHOOL_VIEW)
def classes(request: Request) -> HttpResponse:
    """The classes of one school year by grade, each with its head teachers of today."""
    school = school_of(request, Permission.SCHOOL_VIEW)
    today = timezone.localdate(request.at)
    years = sorted({*school.classes.values_list("year", flat=True)}, reverse=True)
    now = school_year(school, on=today)
    year = request.GET.get("year", now if now in years or not years else years[0])
    found = school.classes.filter(year=year).select_related("grade").in_school_order()
    heads = people.head_teachers(school, on=today)
    context = {
        "year": year,
        "grades": _by_grade(found, heads),
        "years": [(one, f"{reverse('schools:classes')}?{urlencode({'year': one})}", one == year) for one in years],
    }
    return render(request, "schools/classes.html", frame(request, school, "schools:classes") | context)


def _by_grade(found: Iterable[SchoolClass], heads: dict[int, list[str]]) -> list[tuple[Grade, list[ClassRow]]]:
    return [
        (grade, [(one, "、".join(heads.get(one.pk, []))) for one in rows])
        for grade, rows in groupby(found, key=lambda one: one.grade)
    ]


@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT)
def class_new(request: Request) -> HttpResponse:
    """Add a class."""
    school = school_of(request, Permission.SCHOOL_EDIT)
    today = timezone.localdate(request.at)
    year = school_year(school, on=today) or next_term(None, on=today)[1]
    form = ClassForm(request.POST or None, initial={"year": year})
    if form.is_valid():
        try:
            added = actions.add_class(by=request.user, school=school, at=request.at, **form.cleaned_data)
        except actions.NameTaken:
            form.add_error("number", "这个班已经有了。")
        else:
            messages.success(request, f"{added.name}加好了。")
            return redirect("schools:classes")
    context = frame(request, school, "schools:classes") | {"form": form}
    return render(request, "schools/class_form.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT, of="class")
def class_head(request: Request, uid: UUID) -> HttpResponse:
    """Name a head teacher: somebody who is here, or a new account."""
    found = SchoolClass.objects.select_related("grade", "school")
    schools = schools_of(request.user, Permission.SCHOOL_EDIT, at=request.at)
    school_class = get_object_or_404(found, uid=uid, school__in=schools)
    today = timezone.localdate(request.at)
    staff = [one.user for one in people.staff_of(school_class.school, on=today) if not one.heads(school_class)]
    idle = people.idle_of(school_class.school, on=today)
    form = HeadTeacherForm(request.POST or None, people=[*staff, *idle], initial={"since": today})
    context = frame(request, school_class.school, "schools:classes") | {
        "form": form,
        "school_class": school_class,
        "heads": "、".join(people.head_teachers(school_class.school, on=today).get(school_class.pk, [])),
    }
    if form.is_valid():
        answer = _name_head(request, form, school_class)
        if answer is not None:
            return answer
    return render(request, "schools/class_head.html", context, status=422 if form.errors else 200)


def _name_head(request: Request, form: HeadTeacherForm, school_class: SchoolClass) -> HttpResponse | None:
    """Do what the form says; None where it is refused and the form knows why."""
    post = {
        "by": request.user,
        "school": school_class.school,
        "role": Role.HEAD_TEACHER,
        "school_class": school_class,
        "since": form.cleaned_data["since"],
        "title": form.cleaned_data["title"],
        "at": request.at,
    }
    try:
        if form.chosen:
            actions.appoint(user=form.chosen, **post)
            said = f"{school_class.name}的班主任：{form.chosen.name}，提交好了，等第二个人确认后生效。"
            messages.success(request, said)
            return redirect("schools:classes")
        user, password = actions.create_colleague(
            name=form.cleaned_data["name"], username=form.cleaned_data["username"], **post
        )
    except actions.SelfGrant:
        form.add_error("who", "不能给自己任命。请另一位校务管理员来办。")
    except actions.KeptApart:
        form.add_error("who", "系统管理员不能当班主任，换一位。")
    except actions.NameTaken:
        form.add_error("username", "这个用户名已经有人用了，换一个。")
    else:
        return first_password(
            request, school_class.school, user_name=user.name, username=user.username, password=password
        )
    return None


def first_password(
    request: Request, school: School, *, user_name: str, username: str, password: str, is_reset: bool = False
) -> HttpResponse:
    """The only page that ever shows a first password: the answer to the form that made it, kept by nobody."""
    context = frame(request, school, "schools:staff") | {
        "person_name": user_name,
        "username": username,
        "password": password,
        "is_reset": is_reset,
    }
    return render(request, "schools/first_password.html", context)


@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT)
def settings(request: Request) -> HttpResponse:
    """The school's own telephone, and whom to call at once."""
    school = school_of(request, Permission.SCHOOL_EDIT)
    form = ContactsForm(request.POST or None, instance=school)
    if form.is_valid():
        actions.save_contacts(by=request.user, school=school, at=request.at, **form.cleaned_data)
        messages.success(request, "学校电话保存好了。")
        return redirect("schools:settings")
    context = frame(request, school, "schools:settings") | {"form": form}
    return render(request, "schools/settings.html", context, status=422 if form.errors else 200)
