"""Who is what to a case, who is asked next, and whom to call when it is about life."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from accounts.models import User
from privacy.models import ReadEntry
from referrals.models import Referral, SuspectedGuardian, Task
from referrals.stages import Who
from schools.models import Membership, School
from schools.permissions import is_staff, memberships_of
from schools.roles import STAFF_ROLES, Role
from students.models import Enrolment, Guardian, Student
from students.notes import concern_counselors, is_relative

PUBLIC = (("12356", "全国心理援助热线"), ("110", "报警"), ("120", "急救"))
DEPUTY = "副组长"


def parts_of(person: User | None, referral: Referral, *, at: datetime) -> frozenset[Who]:
    """Everything that this person is to this case now. A relative has no part but that of a guardian or reporter."""
    if person is None:
        return frozenset({Who.CLOCK})
    found = set(_family_parts(person, referral, at=at))
    if not is_relative(person, [referral.student]):
        found |= _staff_parts(person, referral, at=at)
    return frozenset(found)


def _family_parts(person: User, referral: Referral, *, at: datetime) -> Iterable[Who]:
    if referral.concerns.filter(raised_by=person).exists():
        yield Who.REPORTER
    held = [one for one in memberships_of(person, at=at) if one.school_id == referral.school_id]
    if any(one.role == Role.GUARDIAN for one in held):
        links = Guardian.objects.active_on(timezone.localdate(at)).filter(user=person, student=referral.student_id)
        if links.exclude(pk__in=suspected(referral)).exists():
            yield Who.GUARDIAN


def _staff_parts(person: User, referral: Referral, *, at: datetime) -> set[Who]:
    found: set[Who] = set()
    for held in memberships_of(person, at=at):
        if held.school_id == referral.school_id and held.role in STAFF_ROLES:
            found |= _parts_by_role(held, referral, timezone.localdate(at))
    if Who.COLLEAGUE in found:
        if person in concern_counselors(referral.school, [referral.student], at=at):
            found.add(Who.COUNSELOR)
        if referral.owner_id == person.pk:
            found.add(Who.OWNER)
    tasks = Task.objects.filter(referral=referral, assignee=person).open()
    if is_staff(person, referral.school, at=at) and tasks.exists():
        found.add(Who.ASSIGNEE)
    return found


def _parts_by_role(held: Membership, referral: Referral, day: date) -> set[Who]:
    match held.role:
        case Role.COUNSELOR:
            return {Who.COLLEAGUE, Who.LEAD} if held.is_lead else {Who.COLLEAGUE}
        case Role.LEADER:
            return {Who.LEADER, Who.HEAD} if held.is_lead else {Who.LEADER}
        case Role.HEAD_TEACHER:
            here = Enrolment.objects.on(day).filter(student=referral.student_id, school_class=held.school_class_id)
            return {Who.HEAD_TEACHER} if here.exists() else set()
    return set()


def suspected(referral: Referral) -> list[int]:
    """The guardians who are told nothing of this case."""
    return list(SuspectedGuardian.objects.filter(referral=referral).values_list("guardian", flat=True))


# Who is asked


def leads(school: School, student: Student, *, at: datetime) -> list[User]:
    """The lead counselor."""
    return _people(school, student, Role.COUNSELOR, at=at, is_lead=True)


def leaders(school: School, student: Student, *, at: datetime) -> list[User]:
    """The whole leadership group."""
    return _people(school, student, Role.LEADER, at=at)


def heads(school: School, student: Student, *, at: datetime) -> list[User]:
    """组长."""
    return _people(school, student, Role.LEADER, at=at, is_lead=True)


def counselors(school: School, student: Student, *, at: datetime) -> list[User]:
    """Every counselor of the school."""
    return _people(school, student, Role.COUNSELOR, at=at)


def ladder(level: int, referral: Referral, *, at: datetime) -> list[User]:
    """Whom the clock asks: the lead counselor, then the 副组长 (without one the other members), then the 组长."""
    school, student = referral.school, referral.student
    match level:
        case 1:
            return leads(school, student, at=at)
        case 2:
            deputies = _people(school, student, Role.LEADER, at=at, title__contains=DEPUTY)
            return deputies or _people(school, student, Role.LEADER, at=at, is_lead=False)
    return heads(school, student, at=at)


def _people(school: School, student: Student, role: Role, *, at: datetime, **more: object) -> list[User]:
    held = Membership.objects.valid_on(timezone.localdate(at)).filter(school=school, role=role, user__is_active=True)
    people = dict.fromkeys(one.user for one in held.filter(**more).select_related("user").order_by("pk"))
    return [one for one in people if not is_relative(one, [student])]


# Whom to call


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the list of people to call now."""

    name: str
    part: str
    phone: str = ""  # empty: go there, or ask the office


def people_to_call(
    school: School, *, at: datetime, by: User | None = None, student: Student | None = None, harm: bool = False
) -> list[Call]:
    """Lead counselor, leaders, guardians, 12356, 110, 120, from the school's own data.

    Guardians stand here once the student is known, for a member of staff `by`, with a row in the trail; not those who
    may have done harm, and while somebody says 疑似侵害 (`harm`) none.
    """
    day = timezone.localdate(at)
    held = Membership.objects.valid_on(day).filter(school=school, user__is_active=True).select_related("user")
    calls = [Call(one.user.name, "心理组长") for one in held.filter(role=Role.COUNSELOR, is_lead=True).order_by("pk")]
    if school.urgent_contact or school.urgent_phone:
        calls.append(Call(school.urgent_contact, "学校紧急联系人", school.urgent_phone))
    calls += [
        Call(one.user.name, one.title or ("组长" if one.is_lead else "领导小组"))
        for one in held.filter(role=Role.LEADER).order_by("-is_lead", "pk")
    ]
    if student is not None and by is not None and not harm and is_staff(by, school, at=at):
        calls += _guardians(student, by=by, at=at)
    if school.helpline:
        calls.append(Call(school.name, "学校心理电话", school.helpline))
    return calls + [Call(words, "", number) for number, words in PUBLIC]


def _guardians(student: Student, *, by: User, at: datetime) -> list[Call]:
    live = SuspectedGuardian.objects.filter(referral__student=student).values("guardian")
    links = Guardian.objects.active_on(timezone.localdate(at)).filter(student=student).exclude(pk__in=live)
    if Referral.objects.filter(student=student, has_harm=True).live().exists():
        return []  # who did it is not known yet: the counselor calls
    found = [Call(one.name, one.relation or "监护人", one.phone) for one in links.order_by("pk")]
    if found:
        ReadEntry.objects.create(
            at=at,
            by_id=by.pk,
            school_id=student.school_id,
            table="guardian",
            field="phone",
            uid=student.uid,
            student_id=student.pk,
        )
    return found
