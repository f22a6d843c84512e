"""The demo's terms: today is in week 11, whatever day it is."""

from datetime import date, timedelta

import pytest

from demo.terms import lay
from schools.calendar import PeriodKind

EVERY_WEEKDAY = [date(2026, 11, 23) + timedelta(days=n) for n in range(7)]
TURNS_OF_YEAR = [
    date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 3), date(2028, 2, 29), date(2026, 7, 15), date(2026, 10, 1),
]  # fmt: skip


@pytest.mark.parametrize("today", [*EVERY_WEEKDAY, *TURNS_OF_YEAR], ids=str)
def test_today_is_in_week_11_the_first_of_its_fortnight(today: date) -> None:
    calendar = lay(today).calendar()
    fortnight = calendar.period_of(PeriodKind.FORTNIGHT, 0, today)

    assert calendar.week_number(today) == 11
    assert fortnight is not None
    assert fortnight.label == "W11-12"
    assert fortnight.opens == today - timedelta(days=today.weekday())
    assert len(fortnight.school_days) == 10


@pytest.mark.parametrize("today", TURNS_OF_YEAR, ids=str)
def test_the_term_before_lies_behind_a_vacation(today: date) -> None:
    terms = lay(today)
    calendar = terms.calendar()
    previous, current = calendar.terms

    assert (current.first_day - previous.last_day).days > 28
    assert [len(calendar.weeks(term)) for term in (previous, current)] == [20, 20]
    assert previous.year == current.year
    assert set(terms.years) >= {day.year for term in (previous, current) for day in (term.first_day, term.last_day)}


def test_holiday_and_make_up_day_lie_before_today() -> None:
    terms = lay(date(2026, 11, 25))
    calendar = terms.calendar()
    weeks = calendar.weeks(calendar.terms[1])

    assert weeks[4].school_days == ()
    assert len(weeks[5].school_days) == 6
    assert set(terms.off.values()) == {"春假", "秋假"}
    assert all(day < terms.today for day in (*terms.off, *terms.makeup))
