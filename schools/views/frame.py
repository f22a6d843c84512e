"""What the pages below /school/ share: which school, which of them one may open, which school year."""

from datetime import date
from typing import Any

from django.urls import reverse

from accounts.access import Request
from schools.models import School, SchoolClass, Term
from schools.permissions import Permission, holds, schools_of

SECTIONS = (
    ("学期", "schools:terms", Permission.SCHOOL_VIEW),
    ("校历", "schools:calendar", Permission.SCHOOL_VIEW),
    ("班级", "schools:classes", Permission.SCHOOL_VIEW),
    ("人员", "schools:staff", Permission.SCHOOL_VIEW),
    ("待确认", "schools:posts", Permission.POST_CONFIRM),
    ("学校电话", "schools:settings", Permission.SCHOOL_EDIT),
)


def school_of(request: Request, permission: Permission) -> School:
    """The school that this page speaks of: the first in which the person holds the permission."""
    return schools_of(request.user, permission, at=request.at)[0]


def frame(request: Request, school: School, here: str) -> dict[str, Any]:
    """Context of every page below /school/."""
    return {
        "school": school,
        "may_edit": school in schools_of(request.user, Permission.SCHOOL_EDIT, at=request.at),
        "sections": [
            (label, reverse(name), name == here)
            for label, name, permission in SECTIONS
            if holds(request.user, permission, at=request.at)
        ],
    }


def school_year(school: School, *, on: date) -> str:
    """The school year of this day: of the term that has begun last, else of the first to come, else of the classes."""
    begun = Term.objects.filter(school=school, first_day__lte=on).order_by("-first_day", "pk").first()
    term = begun or Term.objects.filter(school=school).order_by("first_day", "pk").first()
    if term:
        return term.year
    years = SchoolClass.objects.filter(school=school).order_by("-year", "pk").values_list("year", flat=True)
    return years.first() or ""
