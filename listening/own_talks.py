"""What a person has listened to: today's talks for the head of the own list, and whom they met in a period."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from accounts.models import User
from listening.models import ConversationStudent
from listening.quotas import Outcome
from schools.models import School


@dataclass(slots=True)
class OwnTalk:
    """One talk of today, as a line names it."""

    uid: UUID
    outcome: Outcome
    students: list[str] = field(default_factory=list)

    @property
    def names(self) -> str:
        """林知夏、马依依."""
        return "、".join(self.students)

    @property
    def what_else(self) -> str:
        """未到: said of a talk that did not come about."""
        return "" if self.outcome == Outcome.MADE else str(self.outcome.label)


@dataclass(frozen=True, slots=True)
class OwnTalks:
    """Today's talks, the newest first, and the students listened to between two days."""

    today: list[OwnTalk]
    met: set[int]


def own_talks(person: User, school: School, *, first: date, last: date, on: date) -> OwnTalks:
    """The talks that this person listened in, of today and from `first` to `last`; one query."""
    lines = ConversationStudent.objects.filter(
        school=school,
        day__range=(min(first, on), max(last, on)),
        conversation__listener=person,
        conversation__deleted_at=None,
    ).order_by("-conversation__recorded_at", "-conversation", "student")
    today: dict[UUID, OwnTalk] = {}
    met = set()
    for student, name, day, uid, outcome in lines.values_list(
        "student", "student__name", "day", "conversation__uid", "conversation__outcome"
    ):
        if day == on:
            today.setdefault(uid, OwnTalk(uid, Outcome(outcome))).students.append(name)
        if outcome == Outcome.MADE and first <= day <= last:
            met.add(student)
    return OwnTalks(list(today.values()), met)
