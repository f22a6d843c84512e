"""Whom a page is about: students to choose by class or by name, under the permission of that page."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.models import User
from schools.models import SchoolClass
from schools.permissions import Permission
from students.models import Enrolment, Student

MOST = 60  # rows on the page that asks whom


@dataclass(frozen=True, slots=True)
class Choice:
    """One student to choose, with the class of that day."""

    student: Student
    class_name: str


def classmates(person: User, student: Student, *, under: Permission, on: date, at: datetime) -> list[Student]:
    """The student and, by name, the others of the class whom this person reaches."""
    klass = Enrolment.objects.on(on).filter(student=student).values("school_class")[:1]
    others = Student.objects.visible_to(person, at=at, under=under).filter(
        pk__in=Enrolment.objects.on(on).filter(school_class__in=klass).values("student")
    )
    return [student, *others.exclude(pk=student.pk).by_name()]


def students_to_choose(
    person: User, *, under: Permission, on: date, at: datetime, school_class: UUID | None = None, words: str = ""
) -> list[Choice]:
    """Those of one class, or those whose name, pinyin or initials fit; at most sixty."""
    rows = Student.objects.visible_to(person, at=at, under=under).with_class(on=on)
    if words:
        rows = rows.matching(words)
    if school_class:
        rows = rows.filter(pk__in=Enrolment.objects.on(on).filter(school_class__uid=school_class).values("student"))
    found = list(rows.by_name()[:MOST])
    numbers = {number for one in found if (number := one.__dict__["class_id"])}
    names = SchoolClass.objects.filter(pk__in=numbers).select_related("grade").in_bulk()
    return [Choice(one, names[one.__dict__["class_id"]].name if one.__dict__["class_id"] else "") for one in found]
