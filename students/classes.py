"""The classes that a person reaches: those of the students that they reach."""

from datetime import datetime

from django.utils import timezone

from accounts.models import User
from schools.models import SchoolClass
from schools.models.classes import SchoolClassQuerySet
from schools.permissions import Permission
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
