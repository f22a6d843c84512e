"""重点关爱: who is cared for more, when to look again, and when somebody last listened. For counselors' eyes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from listening.last_talks import LastTalk, last_talks
from schools.models import School, SchoolClass
from schools.permissions import Permission, schools_of
from students.care import current_tiers, labels_on, waiting_proposals
from students.care_words import review_words, tone_of
from students.models import CareTier, Student, TierAssignment, TierProposal


@dataclass(frozen=True, slots=True)
class CareRow:
    """One student of the list."""

    student: Student
    class_name: str
    held: TierAssignment | None
    waiting: TierProposal | None
    in_charge: bool
    on: date
    labels: tuple[str, ...] = ()
    last: LastTalk | None = None

    @property
    def axis(self) -> int:
        return self.held.axis if self.held else CareTier.Axis.S0

    @property
    def tone(self) -> str:
        return tone_of(self.axis)

    @property
    def tier_name(self) -> str:
        return self.held.tier.name if self.held else ""

    @property
    def review(self) -> str:
        return review_words(self.held.review_on if self.held else None, on=self.on)

    @property
    def review_due(self) -> bool:
        return bool(self.held and self.held.review_on and self.held.review_on <= self.on)

    @property
    def days(self) -> int | None:
        return self.last.days_ago(self.on) if self.last else None


SHOWN: dict[str, tuple[str, Callable[[CareRow], bool]]] = {
    "": ("全部", lambda row: True),
    "mine": ("我负责的", lambda row: row.in_charge),
    "waiting": ("等待确认", lambda row: row.waiting is not None),
    "review": ("该复评了", lambda row: row.review_due),
}


def care_rows(person: User, *, at: datetime) -> list[CareRow]:
    """Everybody above the last place of the axis, and whoever a proposal waits for.

    The most care first, within it the earliest review.
    """
    rows: list[CareRow] = []
    for school in schools_of(person, Permission.CARE_VIEW, at=at):
        rows += _of_school(school, person, at=at)
    return sorted(rows, key=_place)


def _place(row: CareRow) -> tuple[int, date, str, int]:
    review = row.held.review_on if row.held and row.held.review_on else date.max
    return -row.axis, review, row.student.pinyin, row.student.pk


def _of_school(school: School, person: User, *, at: datetime) -> list[CareRow]:
    on = timezone.localdate(at)
    held = current_tiers(school, on=on)
    waiting = waiting_proposals(school)
    cared_for = {pk for pk, one in held.items() if one.axis > CareTier.Axis.S0} | set(waiting)
    reached = Student.objects.visible_to(person, at=at, under=Permission.CARE_VIEW).filter(school=school)
    students: list[Any] = list(
        reached.enrolled_on(on).filter(pk__in=cared_for).with_class(on=on).select_related("school")
    )
    charge = Student.objects.visible_to(person, at=at, under=Permission.CARE_EDIT).filter(pk__in=cared_for)
    mine = set(charge.values_list("pk", flat=True))
    classes = SchoolClass.objects.select_related("grade").in_bulk({one.class_id for one in students})
    return [
        CareRow(
            student=one,
            class_name=classes[one.class_id].name,
            held=held.get(one.pk),
            waiting=waiting.get(one.pk),
            in_charge=one.pk in mine,
            on=on,
        )
        for one in students
    ]


def with_details(rows: list[CareRow], person: User, *, at: datetime) -> list[CareRow]:
    """The rows of one page with their labels and the last talk."""
    labels: dict[int, tuple[str, ...]] = {}
    talks: dict[int, LastTalk] = {}
    opened = Student.objects.visible_to(person, at=at, under=Permission.COUNSELING_VIEW)
    by_school: dict[School, list[int]] = {}
    for row in rows:
        by_school.setdefault(row.student.school, []).append(row.student.pk)
    for school, students in by_school.items():
        carried = labels_on(school, on=timezone.localdate(at), students=students)
        labels |= {pk: tuple(one.label.name for one in ones) for pk, ones in carried.items()}
        talks |= last_talks(school, students, sees_counselors=opened)
    return [replace(row, labels=labels.get(row.student.pk, ()), last=talks.get(row.student.pk)) for row in rows]
