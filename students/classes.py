"""The classes that a person reaches: those of the students that they reach."""

from datetime import datetime

from django.utils import timezone

from accounts.models import User
from schools.models import SchoolClass
from schools.models.classes import SchoolClassQuerySet
from schools.permissions import Permission, Reach, granting
from students.models import Enrolment, Student


def classes_visible_to(person: User, *, at: datetime, under: Permission) -> SchoolClassQuerySet:
    """One line over Student.visible_to, in the school's order; a class without students is nobody's."""
    reached = Student.objects.visible_to(person, at=at, under=under)
    here = Enrolment.objects.on(timezone.localdate(at)).filter(student__in=reached)
    return (
        SchoolClass.objects.filter(pk__in=here.values("school_class"))
        .select_related("grade", "school")
        .in_school_order()
    )


def reaches_class(person: User, school_class: SchoolClass, permission: Permission, *, at: datetime) -> bool:
    """Whether the permission reaches this class as a whole, by the memberships alone: no query of its own."""
    for held, reach in granting(person, permission, at=at):
        if held.school_id != school_class.school_id:
            continue
        named = held.school_class_id == school_class.pk or held.grade_id == school_class.grade_id
        everywhere = held.school_class_id is None and held.grade_id is None
        by_scope = reach in (Reach.SCOPE, Reach.CHARGE) and (named or everywhere)
        if reach is Reach.SCHOOL or by_scope or (reach in (Reach.CHARGE, Reach.LEAD) and held.is_lead):
            return True
    return False
