"""漏谈: what was missed and still stands, by class, in the order of the register. Nobody is ranked."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from listening.models import CheckIn
from listening.owners import Owners
from listening.words import day_words
from schools.models import School
from schools.permissions import Permission, holds

MOST_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Filter:
    """What the address asks for."""

    mine: bool = False
    rule: UUID | None = None
    start: date | None = None
    school_class: UUID | None = None


@dataclass(frozen=True, slots=True)
class MissedRow:
    """One missed check-in."""

    check_in: CheckIn
    days: int  # calendar days since the due day
    can_log: bool
    can_open: bool

    @property
    def words(self) -> str:
        return f"过期 {self.days} 天"

    @property
    def note(self) -> str:
        """When the period was due, for the heading."""
        return f"{day_words(self.check_in.period.due)}到期"

    @property
    def url(self) -> str:
        row = self.check_in
        return reverse("listening:check-in", args=[row.student.uid, row.rule.uid, row.period.start])


def missed_rows(person: User, school: School, asked: Filter, *, at: datetime) -> list[MissedRow]:
    """The missed check-ins of the running and the last term that this person may see, newest period first."""
    on = timezone.localdate(at)
    rows = CheckIn.objects.visible_to(person, at=at, under=Permission.MISSED_VIEW).filter(school=school).missed()
    rows = rows.under_rules_seen_by(person, at=at)
    if asked.rule:
        rows = rows.filter(rule__uid=asked.rule)
    if asked.start:
        rows = rows.filter(period__start=asked.start)
    else:
        since = (
            school.terms.filter(first_day__lte=on).order_by("-first_day").values_list("first_day", flat=True).first()
        )
        rows = rows.filter(period__start__gte=since) if since else rows
    if asked.school_class:
        rows = rows.filter(school_class__uid=asked.school_class)
    found = list(rows.for_list()[:MOST_ROWS])
    if asked.mine:
        owners = Owners(school, on=on)
        found = [row for row in found if person.pk in owners.of(row.rule, row.student_id, row.school_class_id)]
    can_log = holds(person, Permission.CONVERSATION_CREATE, at=at)
    can_open = holds(person, Permission.CHECK_IN_VIEW, at=at)
    found.sort(key=lambda row: row.period.start, reverse=True)
    return [MissedRow(row, (on - row.period.due).days, can_log=can_log, can_open=can_open) for row in found]
