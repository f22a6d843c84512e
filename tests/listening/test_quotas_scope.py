"""Which check-ins there are, and which are owed: the days in scope as letters, the rule as tables."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from listening import quotas
from listening.quotas import DayFacts, ExcusedBecause
from schools.calendar import PeriodKind, SchoolCalendar, Span, TermDays

CALENDAR = SchoolCalendar((TermDays("2025秋", "2025-2026", date(2025, 9, 1), date(2026, 1, 23)),))
WEEK = CALENDAR.period_of(PeriodKind.WEEK, 0, date(2025, 9, 8))  # Mon 09-08 to Sun 09-14, due Fri 09-12
MONTH = CALENDAR.period_of(PeriodKind.MONTH, 0, date(2025, 9, 8))  # 22 school days, 10 are needed

LETTERS = {
    "+": DayFacts.EVERYTHING,
    "t": DayFacts.TIER,
    "b": DayFacts.LABEL,
    "x": DayFacts.LEFT,
    "a": DayFacts.LEAVE,
    "-": DayFacts.UNCOVERED,
}


def days(letters):
    return tuple(LETTERS[letter] for letter in letters)


def sep(day):
    return date(2025, 9, day)


def span_of(count, kind=PeriodKind.TERM, weeks=0):
    """A period of so many school days, one after the other."""
    school_days = tuple(sep(1) + timedelta(days=n) for n in range(count))
    return Span(kind, weeks, "T", "Y", "T", school_days[0], school_days[-1], school_days)


# How many days make a period one's own


@pytest.mark.parametrize(
    ("kind", "weeks", "count", "expected"),
    [
        (PeriodKind.DAY, 0, 1, 1),
        (PeriodKind.WEEK, 0, 5, 3),
        (PeriodKind.WEEK, 0, 6, 3),
        (PeriodKind.WEEK, 0, 2, 2),
        (PeriodKind.WEEK, 0, 1, 1),
        (PeriodKind.WEEKS, 1, 5, 3),
        (PeriodKind.WEEKS, 1, 2, 2),
        (PeriodKind.WEEKS, 2, 5, 3),
        (PeriodKind.WEEKS, 2, 2, 1),
        (PeriodKind.FORTNIGHT, 0, 10, 5),
        (PeriodKind.FORTNIGHT, 0, 5, 3),
        (PeriodKind.MONTH, 0, 22, 10),
        (PeriodKind.MONTH, 0, 19, 10),
        (PeriodKind.MONTH, 0, 18, 9),
        (PeriodKind.TERM, 0, 100, 10),
        (PeriodKind.SCHOOL_YEAR, 0, 200, 10),
        (PeriodKind.SCHOOL_YEAR, 0, 1, 1),
    ],
)
def test_need_by_kind_and_length(kind, weeks, count, expected):
    assert quotas.need(span_of(count, kind, weeks)) == expected


# Which check-ins


@pytest.mark.parametrize(
    ("here", "as_of", "exists", "owed", "reason"),
    [
        # in scope on the first day: it exists, whatever follows
        ("+", 8, True, True, None),
        ("+x", 9, True, False, ExcusedBecause.LEFT),
        ("+xxxx", 12, True, False, ExcusedBecause.LEFT),
        # joined on Wednesday: three days remain; on Thursday they do not
        ("xx", 9, False, False, None),
        ("xx+", 10, True, True, None),
        ("xx+++", 12, True, True, None),
        ("xxx++", 12, False, False, None),
        # a day away in the middle, days before and after added
        ("+x+", 10, True, True, None),
        ("+aaa+", 12, True, False, ExcusedBecause.LEAVE),
        ("++a++", 12, True, True, None),
        # in scope and still within reach, then no more, on the day the third absence falls
        ("+a+a", 11, True, False, ExcusedBecause.LEAVE),
        ("+a+a+", 12, True, True, None),
        ("xx+x+", 12, True, False, ExcusedBecause.LEFT),
        # the reason is that of the last day out
        ("+axx+", 12, True, False, ExcusedBecause.LEFT),
        ("+xxa+", 12, True, False, ExcusedBecause.LEAVE),
        # by what covered last
        ("t----", 12, True, False, ExcusedBecause.TIER_CHANGED),
        ("b----", 12, True, False, ExcusedBecause.LABEL_ENDED),
        ("tb---", 12, True, False, ExcusedBecause.LABEL_ENDED),
        ("bt---", 12, True, False, ExcusedBecause.TIER_CHANGED),
        ("b-t--", 12, True, False, ExcusedBecause.TIER_CHANGED),
        ("ba---", 12, True, False, ExcusedBecause.LABEL_ENDED),
        ("b---t", 12, True, False, ExcusedBecause.LABEL_ENDED),
        # a weekend and what lies after as_of change nothing
        ("+++++", 14, True, True, None),
        ("++xxx", 9, True, True, None),
        # not open yet
        ("+++++", 7, False, False, None),
    ],
)
def test_scope_of_a_week(here, as_of, exists, owed, reason):
    scope = quotas.scope(WEEK, days(here), as_of=sep(as_of))

    assert (scope.exists, scope.owed, scope.reason) == (exists, owed, reason)
    assert quotas.exists(WEEK, days(here), as_of=sep(as_of)) is exists
    assert quotas.owed(WEEK, days(here), as_of=sep(as_of)) is owed


def test_scope_tells_the_days():
    scope = quotas.scope(MONTH, days("++aa+" * 2), as_of=sep(12))

    assert (scope.need, scope.here, scope.left) == (10, 6, 12)


def test_scope_with_a_day_missing_is_refused():
    with pytest.raises(ValueError, match="fact is missing"):
        quotas.scope(WEEK, days("++"), as_of=sep(10))


def in_words(span, facts, as_of):
    """Steps 3 to 5 of the rule book, word for word: (exists, owed)."""
    up_to = [n for n, day in enumerate(span.school_days) if day <= as_of]

    def can_reach(at):
        so_far = sum(facts[n] <= DayFacts.LABEL for n in range(at + 1))
        return so_far + len(span.school_days) - at - 1 >= quotas.need(span)

    good = [facts[at] <= DayFacts.LABEL and can_reach(at) for at in up_to]
    return any(good), bool(good) and good[-1]


SPANS = st.builds(
    span_of,
    st.integers(1, 30),
    st.sampled_from([PeriodKind.WEEK, PeriodKind.WEEKS, PeriodKind.FORTNIGHT, PeriodKind.TERM]),
    st.integers(1, 3),
)


@settings(deadline=None)
@given(SPANS, st.lists(st.sampled_from(DayFacts), min_size=30, max_size=30), st.integers(-1, 31))
@example(span_of(1), [DayFacts.LEFT] * 30, 5)
def test_scope_is_what_the_rule_book_says(span, facts, passed):
    as_of = span.start + timedelta(days=passed)
    scope = quotas.scope(span, facts, as_of=as_of)

    assert (scope.exists, scope.owed) == in_words(span, facts, as_of)
    assert (scope.reason is not None) is (scope.exists and not scope.owed)


@settings(deadline=None)
@given(SPANS, st.lists(st.sampled_from(DayFacts), min_size=30, max_size=30))
def test_scope_once_it_exists_it_stays(span, facts):
    told = [quotas.exists(span, facts, as_of=day) for day in span.school_days]

    assert told == sorted(told)
