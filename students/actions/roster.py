"""A student changes: class, leave, tier, mentor, guardian."""

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import User
from privacy import actions as privacy
from schools import actions as schools
from schools.models import SchoolClass
from schools.roles import Role
from students.models import CareTier, Enrolment, Guardian, Mentor, Pause, RosterChange, Student, TierAssignment
from students.pinyin import initials_of, pinyin_of

ONE_DAY = timedelta(days=1)


def note_change(student: Student, kind: RosterChange.Kind, day: date, *, at: datetime) -> RosterChange:
    """What begins or ends about this student on this day, for whoever keeps figures from it."""
    return RosterChange.objects.create(
        school_id=student.school_id, student=student, kind=kind, effective_on=day, look_on=day, at=at
    )


@transaction.atomic
def add_student(
    *,
    by: User | None,
    name: str,
    school_class: SchoolClass,
    since: date,
    at: datetime,
    gender: str = "",
    number: str = "",
    national_number: str = "",
) -> Student:
    """A new child in a class from a day on."""
    student = Student.objects.create(
        school_id=school_class.school_id,
        name=name,
        pinyin=pinyin_of(name),
        initials=initials_of(name),
        gender=gender,
        number=number,
        national_number=national_number,
    )
    Enrolment.objects.create(school_id=student.school_id, student=student, school_class=school_class, valid_from=since)
    note_change(student, RosterChange.Kind.CLASS, since, at=at)
    _record(by, "student.add", student, at)
    return student


@transaction.atomic
def move_class(*, by: User | None, student: Student, to: SchoolClass, on: date, at: datetime) -> Enrolment:
    """Another class from a day on; what was written under the old one stays there."""
    student.enrolments.filter(valid_from__gte=on).delete()
    student.enrolments.filter(valid_to=None).update(valid_to=on - ONE_DAY)
    enrolment = Enrolment.objects.create(school_id=student.school_id, student=student, school_class=to, valid_from=on)
    note_change(student, RosterChange.Kind.CLASS, on, at=at)
    _record(by, "student.move", student, at)
    return enrolment


@transaction.atomic
def pause(
    *, by: User | None, student: Student, kind: Pause.Kind, first: date, last: date | None, at: datetime
) -> Pause:
    """休学 or 转出 from a day to a day (open: until further notice)."""
    away = Pause.objects.create(school_id=student.school_id, student=student, kind=kind, valid_from=first, valid_to=last)
    note_change(student, RosterChange.Kind.PAUSE, first, at=at)
    if last is not None:
        note_change(student, RosterChange.Kind.PAUSE, last + ONE_DAY, at=at)
    _record(by, "student.pause", student, at)
    return away


@transaction.atomic
def set_tier(
    *, by: User | None, student: Student, tier: CareTier, on: date, at: datetime, confirmed_by: User | None = None
) -> TierAssignment:
    """The tier of a student from a day on, set by people. Said twice for one day, the later word stands."""
    assignment, _ = TierAssignment.objects.update_or_create(
        student=student,
        valid_from=on,
        defaults={"school_id": student.school_id, "tier": tier, "proposed_by": by, "confirmed_by": confirmed_by or by},
    )
    note_change(student, RosterChange.Kind.TIER, on, at=at)
    _record(by, "student.tier", student, at)
    return assignment


@transaction.atomic
def pair_mentor(*, by: User | None, teacher: User, student: Student, since: date, at: datetime) -> Mentor:
    """Pair a teacher with a student from a day on; the teacher holds the role of a mentor from then at the latest."""
    mentor = Mentor.objects.create(school_id=student.school_id, teacher=teacher, student=student, valid_from=since)
    schools.ensure_membership(by=by, user=teacher, school=student.school, role=Role.MENTOR, since=since, at=at)
    note_change(student, RosterChange.Kind.MENTOR, since, at=at)
    _record(by, "student.mentor", student, at)
    return mentor


@transaction.atomic
def link_guardian(
    *,
    by: User | None,
    student: Student,
    name: str,
    at: datetime,
    since: date,
    relation: str = "",
    phone: str = "",
    user: User | None = None,
) -> Guardian:
    """A guardian of a student, perhaps with an account."""
    guardian = Guardian.objects.create(
        school_id=student.school_id, student=student, name=name, relation=relation, phone=phone, user=user
    )
    if user is not None:
        schools.ensure_membership(by=by, user=user, school=student.school, role=Role.GUARDIAN, since=since, at=at)
        note_change(student, RosterChange.Kind.GUARDIAN, since, at=at)
    _record(by, "student.guardian", student, at)
    return guardian


def _record(by: User | None, verb: str, student: Student, at: datetime) -> None:
    privacy.record(
        by_id=by.pk if by else None, verb=verb, at=at, school_id=student.school_id, kind="student", uid=student.uid
    )
