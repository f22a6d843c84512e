"""紧急查看: who may open one, who is told, who is the second person, who reviews, and what it opens at once.

Source: the access paper, break-glass. It opens the guardians' phones for an hour; notes with a second person's word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from privacy.models import ReadEntry
from schools.models import Membership
from schools.permissions import Permission, granting
from schools.roles import Role
from students.models import BreakGlass, Guardian, StaffRelative, Student
from students.models.glass import BreakGlassQuerySet
from students.notes import NotForYou, counselors_in_charge


@dataclass(frozen=True, slots=True)
class Circle:
    """Who has a part in an opening by one person for one student, that person and relatives left out."""

    in_charge: list[User]
    reviewers: list[User]
    seconds: list[User]  # who may agree that notes are read
    titles: dict[int, str]

    @property
    def told(self) -> list[User]:
        """At once."""
        return list(dict.fromkeys([*self.in_charge, *self.reviewers]))

    @property
    def told_words(self) -> str:
        """顾文静老师和程远山校长."""
        words = [f"{one.name}{self.titles.get(one.pk, '老师')}" for one in self.told]
        return "、".join(words[:-1]) + "和" + words[-1] if len(words) > 1 else "".join(words)


def circle_of(by: User, student: Student, *, at: datetime) -> Circle:
    """The 组长 reviews; where none can, who opened it or is a relative, other leaders and the lead counselor do."""
    held = Membership.objects.valid_on(timezone.localdate(at)).filter(
        school=student.school_id, role__in=(Role.LEADER, Role.COUNSELOR)
    )
    kin = _kin(student)
    able = [one for one in held.select_related("user").order_by("pk") if one.user_id not in {*kin, by.pk}]
    heads = [one.user for one in able if one.role == Role.LEADER and one.is_lead]
    others = [one.user for one in able if one.role == Role.LEADER or one.is_lead]
    here = {one.user_id for one in able}
    in_charge = counselors_in_charge(student.school, [student], at=at)
    return Circle(
        in_charge=[one for one in in_charge if one.pk in here],
        reviewers=list(dict.fromkeys(heads or others)),
        seconds=list(dict.fromkeys(one.user for one in able)),
        titles={one.user_id: one.title or "老师" for one in able if one.role == Role.LEADER},
    )


def _kin(student: Student) -> set[int]:
    """Whose relative the student is: `Student.objects.kin_of` the other way round. A test compares the two."""
    parents = Guardian.objects.filter(student=student, user__isnull=False).values_list("user", flat=True)
    return {*parents, *StaffRelative.objects.filter(student=student).values_list("person", flat=True)}


def may_open(person: User, student: Student, *, at: datetime) -> bool:
    """Other counselors of the school and the leadership group; who is in charge needs none, a relative gets none."""
    reached = Student.objects.visible_to(person, at=at, under=Permission.GLASS_OPEN)
    if not reached.filter(pk=student.pk).exists():
        return False
    return person not in counselors_in_charge(student.school, [student], at=at)


def standing_of(person: User, *, at: datetime) -> BreakGlass | None:
    """The one that this person has open now, as long as the student is still reached."""
    reached = Student.objects.visible_to(person, at=at, under=Permission.GLASS_OPEN)
    rows = BreakGlass.objects.standing(at=at).filter(by=person, student__in=reached)
    return rows.with_people().first()


def contacts(glass: BreakGlass, *, by: User, at: datetime) -> list[Guardian]:
    """The guardians with their phones, and a row in the trail. Raises NotForYou."""
    reached = Student.objects.visible_to(by, at=at, under=Permission.GLASS_OPEN)
    if glass.by_id != by.pk or not glass.stands(at=at) or not reached.filter(pk=glass.student_id).exists():
        raise NotForYou
    ReadEntry.objects.create(
        at=at,
        by_id=by.pk,
        school_id=glass.school_id,
        table="guardian",
        field="phone",
        uid=glass.student.uid,
        student_id=glass.student_id,
        glass=glass.uid,
    )
    return list(Guardian.objects.filter(student=glass.student_id).order_by("pk"))


def readers_of(glass: BreakGlass, circle: Circle, *, at: datetime) -> list[User]:
    """Who reads why it was opened: who is told, who agreed, and whoever may agree while that is asked for."""
    found = list(circle.told)
    if glass.second_by:
        found += [one for one in circle.seconds if one == glass.second_by]
    elif glass.asked_at and glass.stands(at=at):
        found += circle.seconds
    return list(dict.fromkeys(found))


def for_review(person: User, *, at: datetime) -> BreakGlassQuerySet:
    """What this person reviews: the same rule as in `circle_of`, for a list. Never the own ones."""
    found = Q(pk__in=[])
    for held, _ in granting(person, Permission.GLASS_REVIEW, at=at):
        found |= _of_head(held) if is_head(held) else _of_another(held, at=at)
    reached = Student.objects.visible_to(person, at=at, under=Permission.GLASS_REVIEW)
    return BreakGlass.objects.filter(found, student__in=reached).exclude(by=person)


def is_head(held: Membership) -> bool:
    """The 组长."""
    return held.role == Role.LEADER and held.is_lead


def _of_head(held: Membership) -> Q:
    return Q(school=held.school_id)


def _of_another(held: Membership, *, at: datetime) -> Q:
    """What no 组长 of the school can review."""
    heads = Membership.objects.valid_on(timezone.localdate(at)).filter(
        school=held.school_id, role=Role.LEADER, is_lead=True
    )
    found = Q(school=held.school_id)
    for head in heads.select_related("user"):
        found &= Q(by=head.user) | Q(student__in=Student.objects.kin_of(head.user))
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What the trail says was read in one opening."""

    phones: int = 0  # how often
    texts: int = 0  # how many

    @property
    def words(self) -> str:
        parts = [f"看监护人电话 {self.phones} 次"] if self.phones else []
        parts += [f"看记录 {self.texts} 段"] if self.texts else []
        return "，".join(parts) or "什么都没有看"


def seen_in(glasses: Iterable[UUID]) -> dict[UUID, Seen]:
    """By opening; one query for all."""
    rows = ReadEntry.objects.filter(glass__in=list(glasses)).order_by().values("glass")
    phone = Q(table="guardian")
    counted = rows.annotate(phones=Count("pk", filter=phone), texts=Count("uid", filter=~phone, distinct=True))
    return {one["glass"]: Seen(one["phones"], one["texts"]) for one in counted}


def unreviewed_count(person: User, memberships: Sequence[Membership], *, at: datetime) -> int:
    """How many wait for the 组长."""
    if not any(is_head(held) for held in memberships):
        return 0
    return for_review(person, at=at).unreviewed().count()
