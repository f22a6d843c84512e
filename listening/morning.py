"""The morning digest: at most one row a person and school day, with what is due, what ends tomorrow, what was missed.

The reminder of a check-in is a sentence of the digest on the school day before its due day: at most one each. Nothing
is told at night, and nothing on a day without school, but on the first weekday after a term's end, when the last
misses are told. Beside it the counselors in charge hear of children who declined twice in a row.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from listening.declined import declined
from listening.models import CheckIn, ClassCheckIn, QuotaRule
from listening.owners import Owners
from listening.quotas import Status
from notifications import actions as notifications
from notifications import texts
from notifications.models import InboxItem
from schools.calendar import SATURDAY, SchoolCalendar
from schools.models import School

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Morning:
    """What one person is told: students, each once, under however many requirements."""

    due: set[int] = field(default_factory=set)
    ends_next: set[int] = field(default_factory=set)  # due on the next school day
    missed: set[int] = field(default_factory=set)  # since the school day before
    classes_due: set[int] = field(default_factory=set)  # that owe something as a whole (同伴)
    classes_end_next: set[int] = field(default_factory=set)
    classes_missed: set[int] = field(default_factory=set)

    @property
    def words(self) -> str:
        return texts.digest(
            due=len(self.due),
            ends_next=len(self.ends_next),
            missed=len(self.missed),
            classes_due=len(self.classes_due),
            classes_end_next=len(self.classes_end_next),
            classes_missed=len(self.classes_missed),
        )


def is_told_on(calendar: SchoolCalendar, day: date) -> bool:
    """School days; and the first weekday after a term, when there is nothing to come."""
    if calendar.is_school_day(day):
        return True
    last = calendar.last_school_day(day)
    if last is None or calendar.term_of(day) is not None or day.weekday() >= SATURDAY:
        return False
    between = (date.fromordinal(one) for one in range(last.toordinal() + 1, day.toordinal()))
    # Days off inside the term may lie between its last school day and its end.
    return all(one.weekday() >= SATURDAY or calendar.term_of(one) is not None for one in between)


def digest(school: School, *, day: date, at: datetime) -> int:
    """Put the morning's row into each owner's inbox. Returns how many rows are new. Twice gives the same rows."""
    calendar = school.calendar()
    if not is_told_on(calendar, day):
        return 0
    key = f"digest:{day}"
    told = InboxItem.objects.filter(school=school, key=key).count()
    words = {person: one.words for person, one in _mornings(school, calendar, day=day).items()}
    notifications.tell_each(words, school=school, key=key, path=reverse("home"), at=at)
    tell_declined(school, on=day, at=at)
    return InboxItem.objects.filter(school=school, key=key).count() - told


def tell_declined(school: School, *, on: date, at: datetime) -> None:
    """To the counselors in charge: a child declined twice in a row. One row a person, requirement and period."""
    owners = Owners(school, on=on)
    hear: dict[str, set[int]] = defaultdict(set)
    for one in declined(school, on=on):
        hear[f"declined:{one.rule.lineage}:{one.period.start}"] |= owners.in_charge(one.school_class)
    for key, people in hear.items():
        words = dict.fromkeys(people, texts.declined_again())
        notifications.tell_each(words, school=school, key=key, path=reverse("home"), at=at)


def _mornings(school: School, calendar: SchoolCalendar, *, day: date) -> dict[int, Morning]:
    owners = Owners(school, on=day)
    rules = QuotaRule.objects.filter(school=school).in_bulk()
    found: dict[int, Morning] = defaultdict(Morning)
    next_day = calendar.next_school_day(day)
    before = calendar.last_school_day(day - ONE_DAY) or day
    running = Q(status=Status.DUE, period__start__lte=day, period__due__gte=day)
    just_over = Q(status=Status.MISSED, period__due__gte=before, period__due__lt=day)
    rows = CheckIn.objects.filter(running | just_over, school=school)
    for rule, student, school_class, status, due in rows.values_list(
        "rule", "student", "school_class", "status", "period__due"
    ):
        for owner in owners.of(rules[rule], student, school_class):
            morning = found[owner]
            if status == Status.MISSED:
                morning.missed.add(student)
                continue
            morning.due.add(student)
            if due == next_day:
                morning.ends_next.add(student)
    of_classes = ClassCheckIn.objects.filter(running | just_over, school=school)
    for rule, klass, status, due in of_classes.values_list("rule", "school_class", "status", "period__due"):
        for owner in owners.of_class(rules[rule], klass):
            morning = found[owner]
            if status == Status.MISSED:
                morning.classes_missed.add(klass)
                continue
            morning.classes_due.add(klass)
            if due == next_day:
                morning.classes_end_next.add(klass)
    return found
