"""和谁聊: whom a person may log a talk with, and whom the form offers."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from accounts.models import User
from listening.quotas import Kind
from schools.permissions import Permission, holds
from students import choosing
from students.choosing import Choice
from students.models import Student
from students.models.students import StudentQuerySet


def loggable(person: User, *, at: datetime) -> StudentQuerySet:
    """The students about whom this person may log a talk now."""
    return Student.objects.visible_to(person, at=at, under=Permission.CONVERSATION_CREATE)


def classmates(person: User, student: Student, *, on: date, at: datetime) -> list[Student]:
    """The student and, by name, the others of the class about whom this person may log a talk."""
    return choosing.classmates(person, student, under=Permission.CONVERSATION_CREATE, on=on, at=at)


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
    return choosing.students_to_choose(
        person, under=Permission.CONVERSATION_CREATE, on=on, at=at, school_class=school_class, words=words
    )
