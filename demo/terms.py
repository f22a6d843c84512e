"""The demo's two terms, laid around a day so that it falls into week 11, the first week of a fortnight."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from schools.calendar import SchoolCalendar, TermDays

ONE_DAY = timedelta(days=1)
ONE_WEEK = timedelta(days=7)
WEEKS = 20  # of either term
WEEK_OF_TODAY = 11
VACATION = 6  # weeks without school between the two
SPRING = range(2, 8)  # months in which a week off is 春假; else it is 秋假


@dataclass(frozen=True, slots=True)
class TermPlan:
    """A term, from the Monday of its first week to the Friday of its last."""

    key: str
    name: str
    year: str
    first_day: date

    @property
    def last_day(self) -> date:
        return self.day(WEEKS, 4)

    def day(self, week: int, weekday: int) -> date:
        """A day by its teaching week and its weekday, 0 is Monday."""
        return self.first_day + (week - 1) * ONE_WEEK + weekday * ONE_DAY


@dataclass(frozen=True)
class Terms:
    """Both terms and the days that are not as Monday to Friday would have them."""

    today: date
    previous: TermPlan
    current: TermPlan
    off: dict[date, str] = field(default_factory=dict)
    makeup: dict[date, str] = field(default_factory=dict)

    @property
    def years(self) -> list[int]:
        """The calendar years that the terms touch."""
        return list(range(self.previous.first_day.year, self.current.last_day.year + 1))

    def calendar(self) -> SchoolCalendar:
        return SchoolCalendar(
            terms=tuple(
                TermDays(term.key, term.year, term.first_day, term.last_day) for term in (self.previous, self.current)
            ),
            off=frozenset(self.off),
            makeup=frozenset(self.makeup),
        )


def lay(today: date) -> Terms:
    """Two terms of one school year, either with a holiday and a make-up Saturday that lie behind today."""
    monday = today - today.weekday() * ONE_DAY
    first = monday - (WEEK_OF_TODAY - 1) * ONE_WEEK
    before = first - (WEEKS + VACATION) * ONE_WEEK
    year = f"{before.year}-{before.year + 1}"
    previous = TermPlan("previous", f"{year}学年第一学期", year, before)
    current = TermPlan("current", f"{year}学年第二学期", year, first)
    off, makeup = {}, {}
    for days, worked in (
        ([current.day(5, weekday) for weekday in range(5)], current.day(6, 5)),
        ([previous.day(9, weekday) for weekday in (2, 3, 4)], previous.day(8, 5)),
    ):
        name = "春假" if days[0].month in SPRING else "秋假"
        off.update(dict.fromkeys(days, name))
        makeup[worked] = f"{name}调休"
    return Terms(today=today, previous=previous, current=current, off=off, makeup=makeup)
