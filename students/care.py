"""Who has which tier and which labels on a day, and what waits for a word. For counselors' eyes.

Nothing here changes by itself: a tier is what the latest assignment says, whatever its review date.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from schools.models import School
from students.models import CareCard, CareTier, Student, StudentLabel, TierAssignment, TierProposal


def current_tiers(school: School, *, on: date, students: Collection[int] | None = None) -> dict[int, TierAssignment]:
    """The assignment that holds on this day, by student; who has none is in the last tier."""
    given = TierAssignment.objects.filter(school=school, valid_from__lte=on)
    if students is not None:
        given = given.filter(student__in=students)
    return {one.student_id: one for one in given.select_related("tier").order_by("valid_from", "pk")}


def axis_on(student: Student, *, on: date) -> CareTier.Axis:
    """Where the student stands on the common axis on this day."""
    held = current_tiers(student.school, on=on, students=[student.pk]).get(student.pk)
    return CareTier.Axis(held.axis) if held else CareTier.Axis.S0


def labels_on(school: School, *, on: date, students: Collection[int]) -> dict[int, list[StudentLabel]]:
    """The labels of this day, by student."""
    rows = StudentLabel.objects.on(on).filter(school=school, student__in=students)
    found: dict[int, list[StudentLabel]] = {}
    for one in rows.select_related("label").order_by("label__order", "pk"):
        found.setdefault(one.student_id, []).append(one)
    return found


def waiting_proposals(school: School, *, students: Collection[int] | None = None) -> dict[int, TierProposal]:
    """What waits for a counselor's word, by student."""
    rows = TierProposal.objects.filter(school=school).waiting()
    if students is not None:
        rows = rows.filter(student__in=students)
    return {one.student_id: one for one in rows.select_related("tier", "proposed_by")}


def current_card(student: Student) -> CareCard | None:
    """The card as it stands; None where none was written, or it was taken back."""
    newest = CareCard.objects.filter(student=student).select_related("school", "by").order_by("-edition").first()
    return newest if newest and newest.text is not None else None


@dataclass(frozen=True, slots=True)
class Care:
    """What counselors know of one student's care on a day."""

    tier: CareTier
    held: TierAssignment | None
    waiting: TierProposal | None
    labels: list[StudentLabel]

    def review_is_due(self, on: date) -> bool:
        """Whether somebody should look again by this day."""
        return self.held is not None and self.held.review_on is not None and self.held.review_on <= on


def care_of(student: Student, *, on: date) -> Care:
    """Everything of one student."""
    held = current_tiers(student.school, on=on, students=[student.pk]).get(student.pk)
    return Care(
        tier=held.tier if held else last_tier(student.school),
        held=held,
        waiting=waiting_proposals(student.school, students=[student.pk]).get(student.pk),
        labels=labels_on(student.school, on=on, students=[student.pk]).get(student.pk, []),
    )


def last_tier(school: School) -> CareTier:
    """The tier of everyone without an assignment, in the scheme in use."""
    return CareTier.objects.filter(school=school).in_use().order_by("-order", "pk")[0]
