"""Which day is a school day, which week it is, and where a period begins and ends. Pure: no clock, no database.

Source: 倾听一刻钟工作方案 (每周、每两周、每月 …) on the school calendar with its holidays and 调休 make-up days.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from django.db.models import TextChoices

SATURDAY = 5
SHORT_MONTH = 5  # a piece of a month with fewer school days joins its neighbour
ONE_DAY = timedelta(days=1)
ONE_WEEK = timedelta(days=7)


class PeriodKind(TextChoices):
    """The span over which a rule counts its talks."""

    DAY = "day", "每天"
    WEEK = "week", "每周"
    FORTNIGHT = "fortnight", "每两周"
    WEEKS = "weeks", "每几周"
    MONTH = "month", "每月"
    TERM = "term", "每学期"
    SCHOOL_YEAR = "school_year", "每学年"


@dataclass(frozen=True, slots=True)
class TermDays:
    """A term, both its days included. Terms of one school year share the year; terms never overlap."""

    key: str
    year: str
    first_day: date
    last_day: date

    def holds(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Week:
    """A teaching week, Monday to Sunday, cut to its term; it keeps its number even without a school day."""

    number: int
    start: date
    end: date
    school_days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """One period of the school calendar. It opens on its first school day and is due on its last."""

    kind: PeriodKind
    weeks: int  # the n of "n weeks"; 0 for every other kind
    term: str | None  # key of its term; a school year has none
    year: str
    label: str  # W4, W5-6, 2025-10, 2025-09-01, the key of the term, the school year
    start: date
    end: date
    school_days: tuple[date, ...] = field(repr=False)  # up to two hundred: too many to print

    @property
    def opens(self) -> date:
        return self.school_days[0]

    @property
    def due(self) -> date:
        return self.school_days[-1]

    def holds(self, day: date) -> bool:
        return self.start <= day <= self.end


Piece = tuple[TermDays, str, date, date]  # term, label, first and last day


@dataclass(frozen=True)
class SchoolCalendar:
    """The days of one school. A make-up day is a school day whatever else is said of it, if it lies in a term.

    Everything derived is worked out once and kept beside the fields, so one calendar may serve a whole board.
    """

    terms: tuple[TermDays, ...] = ()
    off: frozenset[date] = frozenset()
    makeup: frozenset[date] = frozenset()

    # Days

    def is_school_day(self, day: date) -> bool:
        return day in self._school_day_set

    def school_days(self, first: date, last: date) -> tuple[date, ...]:
        """The school days from first to last, both included."""
        days = self._school_days
        return days[bisect_left(days, first) : bisect_right(days, last)]

    def last_school_day(self, on: date) -> date | None:
        """The latest school day on or before this day."""
        at = bisect_right(self._school_days, on)
        return self._school_days[at - 1] if at else None

    def next_school_day(self, after: date) -> date | None:
        """The first school day later than this day."""
        at = bisect_right(self._school_days, after)
        return self._school_days[at] if at < len(self._school_days) else None

    def school_days_left(self, due: date, *, on: date) -> int:
        """How many school days are left until the due day, today included; 0 when it is over."""
        return max(0, bisect_right(self._school_days, due) - bisect_left(self._school_days, on))

    # Terms and weeks

    def term_of(self, day: date) -> TermDays | None:
        at = bisect_right(self._first_days, day)
        return self._ordered[at - 1] if at and self._ordered[at - 1].holds(day) else None

    def weeks(self, term: TermDays) -> tuple[Week, ...]:
        """The teaching weeks of a term: from the week of its first school day to that of its last."""
        return self._weeks[term.key]

    def week_number(self, day: date) -> int | None:
        """The number of the teaching week; None outside terms and outside the weeks of a term."""
        term = self.term_of(day)
        if term is None or not (weeks := self._weeks[term.key]) or not weeks[0].start <= day <= weeks[-1].end:
            return None
        return (_monday(day) - _monday(weeks[0].start)).days // 7 + 1

    # Periods

    def periods(self, kind: PeriodKind, weeks: int = 0, *, opened_by: date | None = None) -> tuple[Span, ...]:
        """Every period of this kind, in order of time; with opened_by only those whose first school day has come.

        A period without a school day opens nothing and is left out. `weeks` matters for PeriodKind.WEEKS alone,
        where it is at least 1 (else ValueError).
        """
        spans = self._spans(kind, weeks)
        return spans if opened_by is None else spans[: bisect_right(spans, opened_by, key=_opens)]

    def period_of(self, kind: PeriodKind, weeks: int, day: date) -> Span | None:
        """The period that holds this day, be it a school day or not; None where there is none."""
        spans = self._spans(kind, weeks)
        at = bisect_right(spans, day, key=_start)
        return spans[at - 1] if at and spans[at - 1].holds(day) else None

    def _spans(self, kind: PeriodKind, weeks: int) -> tuple[Span, ...]:
        weeks = weeks if kind == PeriodKind.WEEKS else 0
        if (spans := self._kept.get((kind, weeks))) is None:
            spans = self._kept[kind, weeks] = tuple(self._cut(kind, weeks))
        return spans

    def _cut(self, kind: PeriodKind, weeks: int) -> Iterator[Span]:
        pieces: Iterable[Piece]
        match kind:
            case PeriodKind.DAY:
                pieces = ((t, d.isoformat(), d, d) for t in self._ordered for d in self._days_of(t))
            case PeriodKind.WEEK:
                pieces = self._blocks(1)
            case PeriodKind.FORTNIGHT:
                pieces = self._blocks(2)
            case PeriodKind.WEEKS:
                pieces = self._blocks(weeks)
            case PeriodKind.MONTH:
                pieces = (piece for term in self._ordered for piece in self._months(term))
            case PeriodKind.TERM:
                pieces = ((term, term.key, term.first_day, term.last_day) for term in self._ordered)
            case PeriodKind.SCHOOL_YEAR:
                yield from self._school_years()
                return
        for term, label, start, end in pieces:
            if days := self.school_days(start, end):
                yield Span(kind, weeks, term.key, term.year, label, start, end, days)

    def _blocks(self, size: int) -> Iterator[Piece]:
        """Blocks of teaching weeks: a rest up to half a block joins the one before, a larger one stands alone."""
        if size < 1:
            raise ValueError("A block has at least one week.")
        for term in self._ordered:
            weeks = self._weeks[term.key]
            cuts = [*range(0, len(weeks), size), len(weeks)]
            if len(cuts) > 2 and (cuts[-1] - cuts[-2]) * 2 <= size:
                del cuts[-2]
            for first, after in pairwise(cuts):
                block = weeks[first:after]
                label = f"W{first + 1}" if after - first == 1 else f"W{first + 1}-{after}"
                yield term, label, block[0].start, block[-1].end

    def _months(self, term: TermDays) -> Iterator[Piece]:
        """Calendar months cut to the term. The first short piece joins the month before it, until none is short."""
        pieces = []
        start = term.first_day
        while start <= term.last_day:
            next_month = (start.replace(day=1) + timedelta(days=31)).replace(day=1)
            end = min(next_month - ONE_DAY, term.last_day)
            pieces.append((f"{start:%Y-%m}", start, end))
            start = next_month
        while len(pieces) > 1:
            short = next((i for i, (_, a, b) in enumerate(pieces) if len(self.school_days(a, b)) < SHORT_MONTH), None)
            if short is None:
                break
            host = short - 1 if short else 1
            first, second = sorted((short, host))
            pieces[first : second + 1] = [(pieces[host][0], pieces[first][1], pieces[second][2])]
        return ((term, label, a, b) for label, a, b in pieces)

    def _school_years(self) -> Iterator[Span]:
        for year in dict.fromkeys(term.year for term in self._ordered):
            terms = [term for term in self._ordered if term.year == year]
            if days := tuple(day for term in terms for day in self._days_of(term)):
                start, end = terms[0].first_day, terms[-1].last_day
                yield Span(PeriodKind.SCHOOL_YEAR, 0, None, year, year, start, end, days)

    # What is worked out once

    @cached_property
    def _ordered(self) -> tuple[TermDays, ...]:
        return tuple(sorted(self.terms, key=lambda term: term.first_day))

    @cached_property
    def _first_days(self) -> tuple[date, ...]:
        return tuple(term.first_day for term in self._ordered)

    @cached_property
    def _school_days(self) -> tuple[date, ...]:
        return tuple(day for term in self._ordered for day in _each(term) if self._has_school(day))

    @cached_property
    def _school_day_set(self) -> frozenset[date]:
        return frozenset(self._school_days)

    @cached_property
    def _weeks(self) -> dict[str, tuple[Week, ...]]:
        return {term.key: tuple(self._weeks_of(term)) for term in self._ordered}

    @cached_property
    def _kept(self) -> dict[tuple[PeriodKind, int], tuple[Span, ...]]:
        return {}

    def _has_school(self, day: date) -> bool:
        return day in self.makeup or (day.weekday() < SATURDAY and day not in self.off)

    def _days_of(self, term: TermDays) -> tuple[date, ...]:
        return self.school_days(term.first_day, term.last_day)

    def _weeks_of(self, term: TermDays) -> Iterator[Week]:
        if not (days := self._days_of(term)):
            return
        monday, number = _monday(days[0]), 1
        while monday <= days[-1]:
            start = max(monday, term.first_day)
            end = min(monday + ONE_WEEK - ONE_DAY, term.last_day)
            yield Week(number, start, end, self.school_days(start, end))
            monday, number = monday + ONE_WEEK, number + 1


def days_between(first: date, last: date) -> frozenset[date]:
    """Every day from first to last: a holiday as the calendar wants it."""
    return frozenset(first + timedelta(days=n) for n in range((last - first).days + 1))


def _each(term: TermDays) -> Iterable[date]:
    return (term.first_day + timedelta(days=n) for n in range((term.last_day - term.first_day).days + 1))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _opens(span: Span) -> date:
    return span.opens


def _start(span: Span) -> date:
    return span.start
