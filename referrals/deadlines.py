"""By when something has to happen, and who is asked when it has not. Pure: the school's days come in.

Source: 转介 in the rule book; the numbers are presets that a school may change (school_rules.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import TextChoices
from django.utils import timezone

from referrals.requirements import LEVELS, Colour, Urgency
from referrals.stages import Stage
from schools.calendar import SATURDAY, SchoolCalendar

DAY_ENDS = time(18, 0)  # what is due on a day is due when the school day is over
ONE_DAY = timedelta(days=1)


class Unit(TextChoices):
    """What a span is counted in."""

    AT_ONCE = "at_once", "立即"
    HOURS = "hours", "小时"
    SCHOOL_DAYS = "school_days", "个上课日"
    DAYS = "days", "天"


@dataclass(frozen=True, slots=True)
class Span:
    """So many hours, days or school days."""

    unit: Unit
    n: int = 0

    def __str__(self) -> str:
        return self.unit.label if self.unit == Unit.AT_ONCE else f"{self.n} {self.unit.label}"


AT_ONCE = Span(Unit.AT_ONCE)


def hours(n: int) -> Span:
    return Span(Unit.HOURS, n)


def school_days(n: int) -> Span:
    return Span(Unit.SCHOOL_DAYS, n)


def days(n: int) -> Span:
    return Span(Unit.DAYS, n)


Colours = Mapping[Colour, Span]
C = Colour
TO_ACCEPT: Mapping[Urgency, Span] = {
    Urgency.LATER: school_days(2),
    Urgency.WEEK: school_days(1),
    Urgency.TODAY: hours(4),
    Urgency.LIFE: AT_ONCE,
}
BY_STAGE: Mapping[Stage, Colours] = {
    Stage.ACCEPTED: {C.BLUE: school_days(5), C.YELLOW: school_days(3), C.ORANGE: hours(24), C.RED: AT_ONCE},
    # Until a plan stands; then its review is due.
    Stage.IN_SCHOOL: {C.BLUE: school_days(5), C.YELLOW: school_days(3), C.ORANGE: school_days(1), C.RED: hours(24)},
    Stage.PANEL: {C.BLUE: school_days(5), C.YELLOW: school_days(5), C.ORANGE: school_days(5), C.RED: hours(24)},
    Stage.FAMILY_MEETING: dict.fromkeys((C.BLUE, C.YELLOW, C.ORANGE), school_days(3)) | {C.RED: school_days(0)},
    Stage.EXTERNAL: dict.fromkeys((C.BLUE, C.YELLOW, C.ORANGE, C.RED), days(14)),
    Stage.RETURN_REVIEW: dict.fromkeys((C.BLUE, C.YELLOW, C.ORANGE, C.RED), school_days(5)),
}
FOLLOW_UP_DAYS = (3, 7, 14, 30)
PATIENCE: Mapping[Unit, Span] = {
    Unit.AT_ONCE: Span(Unit.HOURS, 1),
    Unit.HOURS: Span(Unit.HOURS, 4),
    Unit.SCHOOL_DAYS: Span(Unit.SCHOOL_DAYS, 1),
    Unit.DAYS: Span(Unit.SCHOOL_DAYS, 1),
}
"""How long each level is given before the next one is asked."""

LIKE: Mapping[Urgency, Colour] = {
    Urgency.LATER: C.BLUE,
    Urgency.WEEK: C.YELLOW,
    Urgency.TODAY: C.ORANGE,
    Urgency.LIFE: C.RED,
}
"""Until somebody has assessed it, the reporter's urgency stands for the colour."""


def colour_for_clock(colour: Colour, urgency: Urgency) -> Colour:
    """The graver of what was assessed and, while nobody has, what the reporter said."""
    return colour if colour else LIKE[urgency]


def end_of(day: date) -> datetime:
    """When a day's deadline passes, in the school's own time."""
    return timezone.make_aware(datetime.combine(day, DAY_ENDS))


def due(span: Span, *, since: datetime, calendar: SchoolCalendar) -> datetime:
    """When the span is over. Hours run day and night; days end when the school day does.

    No school day today gives the next one. Outside terms Monday to Friday stand for school days: a child waits in
    the holidays too.
    """
    match span.unit:
        case Unit.AT_ONCE:
            return since
        case Unit.HOURS:
            return since + timedelta(hours=span.n)
        case Unit.DAYS:
            return max(since, end_of(timezone.localdate(since) + timedelta(days=span.n)))
    local = timezone.localtime(since)
    day = local.date()
    if span.n == 0 and (not _is_day(day, calendar) or local.time() >= DAY_ENDS):
        return end_of(_next_day(day, calendar))
    for _ in range(span.n):
        day = _next_day(day, calendar)
    return end_of(day)


def next_level(last: datetime, unit: Unit, *, level: int, calendar: SchoolCalendar) -> datetime | None:
    """When the level after this one is asked; None when all have been."""
    return due(PATIENCE[unit], since=last, calendar=calendar) if level < LEVELS else None


def _is_day(day: date, calendar: SchoolCalendar) -> bool:
    return calendar.is_school_day(day) if calendar.term_of(day) else day.weekday() < SATURDAY


def _next_day(day: date, calendar: SchoolCalendar) -> date:
    day += ONE_DAY
    while not _is_day(day, calendar):
        day += ONE_DAY
    return day
