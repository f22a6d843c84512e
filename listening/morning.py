"""The morning digest: at most one row a person and school day, with what is due, what ends tomorrow, what was missed.

The reminder of a check-in is a sentence of the digest on the school day before its due day: at most one each. Nothing
is told at night, and nothing on a day without school, but on the first weekday after a term's end, when the last
misses are told.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from listening.models import CheckIn
from listening.owners import Owners
from notifications import actions as notifications
from notifications import texts
from notifications.models import InboxItem
from schools.calendar import SchoolCalendar
from schools.models import School


@dataclass(slots=True)
class Morning:
    """What one person is told."""

    due: int = 0
    ends_next: int = 0  # due on the next school day
    missed: int = 0  # since the last digest


def is_told_on(calendar: SchoolCalendar, day: date) -> bool:
    """School days; and the first weekday after a term, when there is nothing to come."""
    if calendar.is_school_day(day):
        return True
    last = calendar.last_school_day(day)
    if last is None or calendar.term_of(day) is not None or day.weekday() > 4:
        return False
    return all(date.fromordinal(one).weekday() > 4 for one in range(last.toordinal() + 1, day.toordinal()))


def digest(school: School, *, day: date, at: datetime) -> int:
    """Put the morning's row into each owner's inbox. Returns how many rows are new. Twice gives the same rows."""
    calendar = school.calendar()
    if not is_told_on(calendar, day):
        return 0
    mornings = _mornings(school, calendar, day=day)
    told = InboxItem.objects.filter(school=school, key=f"digest:{day}").count()
    for person, morning in mornings.items():
        notifications.tell(
            to_id=person,
            school=school,
            key=f"digest:{day}",
            text=texts.digest(due=morning.due, ends_next=morning.ends_next, missed=morning.missed),
            path=reverse("home"),
            at=at,
        )
    return InboxItem.objects.filter(school=school, key=f"digest:{day}").count() - told


def _mornings(school: School, calendar: SchoolCalendar, *, day: date) -> dict[int, Morning]:
    owners = Owners(school, on=day)
    found: dict[int, Morning] = defaultdict(Morning)
    next_day = calendar.next_school_day(day)
    rows = CheckIn.objects.filter(school=school, period__start__lte=day, period__due__gte=day).due()
    for row in rows.select_related("rule", "period").only("rule", "period", "student_id", "school_class_id"):
        for owner in owners.of(row.rule, row.student_id, row.school_class_id):
            found[owner].due += 1
            found[owner].ends_next += row.period.due == next_day
    before = calendar.last_school_day(date.fromordinal(day.toordinal() - 1))
    if before is not None:
        missed = CheckIn.objects.filter(school=school, period__due__gte=before, period__due__lt=day).missed()
        for row in missed.select_related("rule", "period"):
            for owner in owners.of(row.rule, row.student_id, row.school_class_id):
                found[owner].missed += 1
    return found
