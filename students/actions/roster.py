"""A student changes: class, leave, tier, mentor, guardian."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from privacy import actions as privacy
from schools import actions as schools
from schools.models import SchoolClass
from schools.roles import Role
from students.models import CareTier, Enrolment, Guardian, Mentor, Pause, RosterChange, Student, TierAssignment
from students.pinyin import initials_of, pinyin_of

ONE_DAY = timedelta(days=1)


class NumberTaken(Exception):
    """Another child of the school has this 学籍号."""

    def __init__(self, student: Student) -> None:
        super().__init__(student)
        self.student = student


class AlreadyAway(Exception):
    """These days touch 休学 or 转出 that is recorded already."""


def note_change(
    student: Student, kind: RosterChange.Kind, day: date, *, at: datetime, left: SchoolClass | None = None
) -> RosterChange:
    """What begins or ends about this student on this day, for whoever keeps figures from it; `left`: an old class."""
    return RosterChange.objects.create(
        school_id=student.school_id, student=student, kind=kind, left=left, effective_on=day, look_on=day, at=at
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


@dataclass(frozen=True, slots=True)
class GuardianWords:
    """What a form says of a guardian; an empty name takes away one without account."""

    name: str
    relation: str = ""
    phone: str = ""
    uid: UUID | None = None


@transaction.atomic
def enter_student(
    *,
    by: User,
    school_class: SchoolClass,
    since: date,
    at: datetime,
    guardians: Sequence[GuardianWords] = (),
    **facts: str,
) -> Student:
    """A new child by hand, with guardians; `facts` are name, gender, number, national_number. Raises NumberTaken."""
    number_free(school_class.school_id, facts["national_number"])
    student = add_student(by=by, school_class=school_class, since=since, at=at, **facts)
    _keep_guardians(student, guardians)
    return student


@transaction.atomic
def correct_student(
    *,
    by: User,
    student: Student,
    school_class: SchoolClass | None,
    since: date,
    at: datetime,
    guardians: Sequence[GuardianWords] = (),
    **facts: str,
) -> Student:
    """Put a child right by hand; another class holds from a day on. Raises NumberTaken.

    A guardian who has an account stays, whatever is said: access to a child is not ended by an empty line.
    """
    number_free(student.school_id, facts["national_number"], but=student)
    for name, value in facts.items():
        setattr(student, name, value)
    student.pinyin, student.initials = pinyin_of(student.name), initials_of(student.name)
    student.save()
    now = student.enrolments.filter(valid_to=None).first()
    if school_class is not None and (now is None or now.school_class_id != school_class.pk):
        move_class(by=by, student=student, to=school_class, on=since, at=at)
    _keep_guardians(student, guardians)
    _record(by, "student.edit", student, at)
    return student


def number_free(school_id: int, national_number: str, *, but: Student | None = None) -> None:
    """Raises NumberTaken when another child of the school has this 学籍号."""
    others = Student.objects.filter(school=school_id, national_number=national_number)
    found = others.exclude(pk=but.pk if but else 0).first() if national_number else None
    if found:
        raise NumberTaken(found)


def _keep_guardians(student: Student, guardians: Sequence[GuardianWords]) -> None:
    known = {one.uid: one for one in student.guardians.all()}
    for said in guardians:
        guardian = known.get(said.uid) if said.uid else Guardian(school_id=student.school_id, student=student)
        if guardian is None or (not said.name and guardian.user_id):
            continue
        if said.name:
            guardian.name, guardian.relation, guardian.phone = said.name, said.relation, said.phone
            guardian.save()
        elif guardian.pk:
            guardian.delete()


@transaction.atomic
def move_class(*, by: User | None, student: Student, to: SchoolClass, on: date, at: datetime) -> Enrolment:
    """Another class from a day on; what was written under the old one stays there."""
    later, running = student.enrolments.filter(valid_from__gte=on), student.enrolments.filter(valid_to=None)
    left = {old.school_class_id: old.school_class for old in (later | running).select_related("school_class")}
    later.delete()
    student.enrolments.filter(valid_to=None).update(valid_to=on - ONE_DAY)
    enrolment = Enrolment.objects.create(school_id=student.school_id, student=student, school_class=to, valid_from=on)
    old_classes: list[SchoolClass | None] = [*left.values()]
    for old in old_classes or [None]:
        note_change(student, RosterChange.Kind.CLASS, on, at=at, left=old)
    _record(by, "student.move", student, at)
    return enrolment


@transaction.atomic
def pause(
    *, by: User | None, student: Student, kind: Pause.Kind, first: date, last: date | None, at: datetime
) -> Pause:
    """休学 or 转出 from a day to a day (open: until further notice). Raises AlreadyAway."""
    if Pause.objects.touching(first, last or date.max).filter(student=student).exists():
        raise AlreadyAway
    away = Pause.objects.create(
        school_id=student.school_id, student=student, kind=kind, valid_from=first, valid_to=last
    )
    note_change(student, RosterChange.Kind.PAUSE, first, at=at)
    if last is not None:
        note_change(student, RosterChange.Kind.PAUSE, last + ONE_DAY, at=at)
    _record(by, "student.pause", student, at)
    return away


@transaction.atomic
def end_pause(*, by: User | None, away: Pause, last: date, at: datetime) -> None:
    """The last day away. Before the first day: it is taken back as if it had never been."""
    if last < away.valid_from:
        note_change(away.student, RosterChange.Kind.PAUSE, away.valid_from, at=at)
        away.delete()
    else:
        for day in {last + ONE_DAY, *([away.valid_to + ONE_DAY] if away.valid_to else [])}:
            note_change(away.student, RosterChange.Kind.PAUSE, day, at=at)
        Pause.objects.filter(pk=away.pk).update(valid_to=last)
    _record(by, "student.back", away.student, at)


@transaction.atomic
def set_tier(
    *, by: User | None, student: Student, tier: CareTier, on: date, at: datetime, confirmed_by: User | None = None
) -> TierAssignment:
    """The tier of a student from a day on, as a word that stands already. The later word of a day stands.

    Lowering by one person is refused by the database: proposals are the way (students/actions/tiers.py).
    """
    before = TierAssignment.objects.filter(student=student, valid_from__lte=on).order_by("-valid_from", "-pk").first()
    assignment = TierAssignment.objects.create(
        school_id=student.school_id,
        student=student,
        tier=tier,
        axis_before=before.axis if before else CareTier.Axis.S0,
        axis=tier.axis,
        valid_from=on,
        proposed_by=by,
        confirmed_by=confirmed_by or by,
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
