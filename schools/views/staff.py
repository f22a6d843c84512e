"""The people of a school and what they do in it, from when to when."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import second_factor
from accounts.access import Request
from accounts.models import User
from schools import actions, people
from schools.forms import AppointForm, EndForm, NewPersonForm
from schools.models import Membership, School
from schools.permissions import Permission, allow, schools_of
from schools.roles import STAFF_ROLES, Role
from schools.views.classes import first_password
from schools.views.frame import frame, school_of, school_year

SELF_GRANT = "不能给自己这个任职。请另一位校务管理员来办。"
KEPT_APART = "系统管理员不能同时有看得到学生的任职，换一位。"
FEW_ENOUGH = 20  # people whom one sees at a glance: nothing is folded
NAME_TAKEN = "这个用户名已经有人用了，换一个。"


@require_http_methods(["GET"])
@allow(Permission.SCHOOL_VIEW)
def staff(request: Request) -> HttpResponse:
    """Who works here now, grouped by person; by role if the address names one."""
    school = school_of(request, Permission.SCHOOL_VIEW)
    today = timezone.localdate(request.at)
    role = request.GET.get("role", "")
    words = request.GET.get("q", "").strip()
    here = reverse("schools:staff")
    context = frame(request, school, "schools:staff")
    colleagues = people.staff_of(school, on=today, role=role)
    if words:
        colleagues = people.named(colleagues, words)
    context |= {
        "colleagues": colleagues,
        "kinds": people.by_kind(colleagues),
        "is_open": bool(role or words) or len(colleagues) <= FEW_ENOUGH,
        "words": words,
        "role": role,
        "idle": people.idle_of(school, on=today) if context["may_edit"] and not role and not words else [],
        "roles": [
            ("全部", here, not role),
            *((one.label, f"{here}?{urlencode({'role': one})}", one == role) for one in Role if one in STAFF_ROLES),
        ],
    }
    return render(request, "schools/staff.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT)
def staff_new(request: Request) -> HttpResponse:
    """Make an account. Its first password stands on the answer and nowhere else."""
    school = school_of(request, Permission.SCHOOL_EDIT)
    today = timezone.localdate(request.at)
    year = school_year(school, on=today)
    form = NewPersonForm(request.POST or None, school=school, year=year, initial={"since": today})
    if form.is_valid():
        try:
            user, password = actions.create_colleague(
                by=request.user,
                school=school,
                name=form.cleaned_data["name"],
                username=form.cleaned_data["username"],
                at=request.at,
                **form.appointment,
            )
        except actions.NameTaken:
            form.add_error("username", NAME_TAKEN)
        else:
            return first_password(request, school, user_name=user.name, username=user.username, password=password)
    context = frame(request, school, "schools:staff") | {"form": form}
    return render(request, "schools/staff_new.html", context, status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class Post:
    """A membership as its person's page shows it."""

    held: Membership
    duty: str
    when: str  # waits, now, later or over


@require_http_methods(["GET"])
@allow(Permission.SCHOOL_VIEW, of="person")
def person(request: Request, uid: UUID) -> HttpResponse:
    """One person and what they do, did and will do here."""
    school, user = _person(request, uid, Permission.SCHOOL_VIEW)
    return render(request, "schools/person.html", _person_context(request, school, user))


def _person(request: Request, uid: UUID, permission: Permission) -> tuple[School, User]:
    schools = schools_of(request.user, permission, at=request.at)
    user = get_object_or_404(people.accounts_of(schools), uid=uid)
    return next((one for one in schools if user.memberships.filter(school=one).exists()), schools[0]), user


def _person_context(request: Request, school: School, user: User) -> dict[str, Any]:
    today = timezone.localdate(request.at)
    rows = Membership.objects.filter(user=user, school=school, role__in=STAFF_ROLES)
    newest = rows.select_related("grade", "school_class__grade").order_by(
        F("valid_to").desc(nulls_first=True), "-valid_from", "pk"
    )
    return frame(request, school, "schools:staff") | {
        "person": user,
        "posts": [Post(held, people.duty(held), _when(held, today)) for held in newest],
        "is_self": user == request.user,
        "has_factor": second_factor.is_set(user),
    }


def _when(held: Membership, today: date) -> str:
    if held.waits:
        return "waits"
    if held.valid_from > today:
        return "later"
    return "over" if held.valid_to and held.valid_to < today else "now"


@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT, of="person")
def appoint(request: Request, uid: UUID) -> HttpResponse:
    """Give a person a role."""
    school, user = _person(request, uid, Permission.SCHOOL_EDIT)
    today = timezone.localdate(request.at)
    held = Membership.objects.spanning(today).filter(user=user, school=school).select_related("grade", "school_class")
    year = school_year(school, on=today)
    form = AppointForm(request.POST or None, school=school, year=year, held=held, initial={"since": today})
    if form.is_valid():
        try:
            given = actions.appoint(by=request.user, user=user, school=school, at=request.at, **form.appointment)
        except actions.SelfGrant:
            form.add_error("role", SELF_GRANT)
        except actions.KeptApart:
            form.add_error("role", KEPT_APART)
        else:
            said = "提交好了，等第二个人确认后生效。" if given.waits else "记好了。"
            messages.success(request, f"{user.name}：{people.duty(given)}，{said}")
            return redirect("schools:person", uid=user.uid)
    context = frame(request, school, "schools:staff") | {"form": form, "person": user}
    return render(request, "schools/appoint.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT, of="membership")
def membership_end(request: Request, uid: UUID) -> HttpResponse:
    """Say which day is the last of a role."""
    schools = schools_of(request.user, Permission.SCHOOL_EDIT, at=request.at)
    found = Membership.objects.filter(school__in=schools, role__in=STAFF_ROLES)
    held = get_object_or_404(found.select_related("user", "school", "grade", "school_class__grade"), uid=uid)
    form = EndForm(request.POST or None, initial={"last_day": timezone.localdate(request.at)})
    if form.is_valid():
        try:
            actions.end_membership(
                by=request.user, membership=held, last_day=form.cleaned_data["last_day"], at=request.at
            )
        except actions.LastRegistrar:
            form.add_error("last_day", "学校至少要有一位校务管理员。先任命下一位，再结束这一位。")
        else:
            said = "撤回了。" if held.waits else "最后一天记好了。"
            messages.success(request, f"{held.user.name}：{people.duty(held)}，{said}")
            return redirect("schools:staff")
    assert held.school is not None  # found by its school
    context = frame(request, held.school, "schools:staff") | {"form": form, "held": held, "duty": people.duty(held)}
    return render(request, "schools/membership_end.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT, of="person")
def person_password(request: Request, uid: UUID) -> HttpResponse:
    """A new first password for somebody who forgot the own one; asks once more before."""
    school, user = _person(request, uid, Permission.SCHOOL_EDIT)
    context = frame(request, school, "schools:staff") | {"person": user, "refused": False}
    if request.method == "POST":
        try:
            password = actions.reset_password(by=request.user, user=user, school=school, at=request.at)
        except actions.KeptApart:
            return render(request, "schools/person_password.html", context | {"refused": True}, status=422)
        return first_password(
            request, school, user_name=user.name, username=user.username, password=password, is_reset=True
        )
    return render(request, "schools/person_password.html", context)


@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT, of="person")
def person_factor(request: Request, uid: UUID) -> HttpResponse:
    """End the second factor of somebody whose phone is gone; asks once more before."""
    school, user = _person(request, uid, Permission.SCHOOL_EDIT)
    context = frame(request, school, "schools:staff") | {"person": user, "refused": ""}
    if request.method == "POST":
        try:
            actions.reset_second_factor(by=request.user, user=user, school=school, at=request.at)
        except actions.SelfGrant:
            context["refused"] = "自己的两步验证请另一位校务管理员来重设。"
        except actions.KeptApart:
            context["refused"] = "系统管理员的两步验证不由学校重设。"
        else:
            messages.success(request, f"{user.name}的两步验证重设好了。他下次登录时会知道。")
            return redirect("schools:person", uid=user.uid)
    return render(request, "schools/person_factor.html", context, status=422 if context["refused"] else 200)
