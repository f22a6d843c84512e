"""和谁聊: whom a person may log a talk with, and whom the form offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.models import User
from listening.quotas import Kind
from schools.models import SchoolClass
from schools.permissions import Permission, holds
from students.models import Enrolment, Student
from students.models.students import StudentQuerySet

MOST = 60  # rows on the page that asks whom


@dataclass(frozen=True, slots=True)
class Choice:
    """One student to choose, with the class of that day."""

    student: Student
    class_name: str


def loggable(person: User, *, at: datetime) -> StudentQuerySet:
    """The students about whom this person may log a talk now."""
    return Student.objects.visible_to(person, at=at, under=Permission.CONVERSATION_CREATE)


def classmates(person: User, student: Student, *, on: date, at: datetime) -> list[Student]:
    """The student and, by name, the others of the class about whom this person may log a talk."""
    klass = Enrolment.objects.on(on).filter(student=student).values("school_class")[:1]
    others = loggable(person, at=at).filter(
        pk__in=Enrolment.objects.on(on).filter(school_class__in=klass).values("student")
    )
    return [student, *others.exclude(pk=student.pk).by_name()]


KINDS = {Kind.CONTACT: Permission.CONTACT_CREATE, Kind.VISIT: Permission.VISIT_CREATE}


def kinds_for(person: User, student: Student, offered: Sequence[Student], *, at: datetime) -> dict[Kind, set[int]]:
    """The kinds that this person may log with the student, each with all of the offered of whom that is true."""
    found = {Kind.TALK: {one.pk for one in offered}}
    for kind, permission in KINDS.items():
        if holds(person, permission, at=at):
            reached = Student.objects.visible_to(person, at=at, under=permission).filter(pk__in=found[Kind.TALK])
            numbers = set(reached.values_list("pk", flat=True))
            if student.pk in numbers:
                found[kind] = numbers
    return found


def students_to_choose(
    person: User, *, on: date, at: datetime, school_class: UUID | None = None, words: str = ""
) -> list[Choice]:
    """Those of one class, or those whose name, pinyin or initials fit; at most sixty."""
    rows = loggable(person, at=at).with_class(on=on)
    if words:
        rows = rows.matching(words)
    if school_class:
        rows = rows.filter(pk__in=Enrolment.objects.on(on).filter(school_class__uid=school_class).values("student"))
    found = list(rows.by_name()[:MOST])
    numbers = {number for one in found if (number := one.__dict__["class_id"])}
    names = SchoolClass.objects.filter(pk__in=numbers).select_related("grade").in_bulk()
    return [Choice(one, names[one.__dict__["class_id"]].name if one.__dict__["class_id"] else "") for one in found]
