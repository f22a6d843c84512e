"""The school calendar: the worked example of the rule book as tables, then what holds for every calendar."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schools.calendar import PeriodKind, SchoolCalendar, Span, TermDays, days_between

AUTUMN = TermDays("2025秋", "2025-2026", date(2025, 9, 1), date(2026, 1, 23))
SPRING = TermDays("2026春", "2025-2026", date(2026, 2, 26), date(2026, 7, 3))
YEAR = SchoolCalendar(
    terms=(SPRING, AUTUMN),
    off=days_between(date(2025, 10, 1), date(2025, 10, 8)) | days_between(date(2026, 1, 1), date(2026, 1, 3)),
    makeup=frozenset({date(2025, 9, 28), date(2025, 10, 11), date(2026, 1, 4), date(2026, 1, 31)}),
)


def term(first_day, last_day, key="T"):
    return TermDays(key, "Y", date.fromisoformat(first_day), date.fromisoformat(last_day))


def told(span):
    return (span.label, span.start.isoformat(), span.end.isoformat(), span.due.isoformat())


def labels(spans, key=None):
    return [span.label for span in spans if key is None or span.term == key]


# The worked example


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-08-31", False),  # before the term
        ("2025-09-01", True),
        ("2025-09-27", False),  # an ordinary Saturday
        ("2025-09-28", True),  # a make-up Sunday
        ("2025-10-08", False),  # holiday
        ("2025-10-11", True),  # a make-up Saturday
        ("2026-01-23", True),
        ("2026-01-31", False),  # a make-up day outside terms
        ("2026-02-26", True),
    ],
)
def test_is_school_day(day, expected):
    assert YEAR.is_school_day(date.fromisoformat(day)) is expected


def test_makeup_day_wins_over_holiday():
    day = date(2026, 7, 3)
    calendar = SchoolCalendar(terms=(SPRING,), off=frozenset({day}), makeup=frozenset({day}))

    assert calendar.is_school_day(day)


@pytest.mark.parametrize(
    ("kind", "weeks", "day", "expected"),
    [
        (PeriodKind.WEEK, 0, "2025-09-24", ("W4", "2025-09-22", "2025-09-28", "2025-09-28")),
        (PeriodKind.WEEK, 0, "2025-10-05", ("W5", "2025-09-29", "2025-10-05", "2025-09-30")),
        (PeriodKind.WEEK, 0, "2025-10-06", ("W6", "2025-10-06", "2025-10-12", "2025-10-11")),
        (PeriodKind.WEEK, 0, "2026-01-01", ("W18", "2025-12-29", "2026-01-04", "2026-01-04")),
        (PeriodKind.WEEK, 0, "2026-01-23", ("W21", "2026-01-19", "2026-01-23", "2026-01-23")),
        (PeriodKind.WEEKS, 1, "2026-01-23", ("W21", "2026-01-19", "2026-01-23", "2026-01-23")),
        (PeriodKind.FORTNIGHT, 0, "2025-10-01", ("W5-6", "2025-09-29", "2025-10-12", "2025-10-11")),
        (PeriodKind.FORTNIGHT, 0, "2026-01-10", ("W19-21", "2026-01-05", "2026-01-23", "2026-01-23")),
        (PeriodKind.MONTH, 0, "2026-01-01", ("2026-01", "2026-01-01", "2026-01-23", "2026-01-23")),
        (PeriodKind.MONTH, 0, "2026-02-26", ("2026-03", "2026-02-26", "2026-03-31", "2026-03-31")),
        (PeriodKind.MONTH, 0, "2026-07-03", ("2026-06", "2026-06-01", "2026-07-03", "2026-07-03")),
        (PeriodKind.TERM, 0, "2025-10-01", ("2025秋", "2025-09-01", "2026-01-23", "2026-01-23")),
        (PeriodKind.SCHOOL_YEAR, 0, "2026-02-01", ("2025-2026", "2025-09-01", "2026-07-03", "2026-07-03")),
        (PeriodKind.DAY, 0, "2025-09-28", ("2025-09-28", "2025-09-28", "2025-09-28", "2025-09-28")),
    ],
)
def test_period_of_a_day(kind, weeks, day, expected):
    assert told(YEAR.period_of(kind, weeks, date.fromisoformat(day))) == expected


@pytest.mark.parametrize(
    ("kind", "weeks", "day"),
    [
        (PeriodKind.DAY, 0, "2025-10-01"),
        (PeriodKind.WEEK, 0, "2025-08-31"),
        (PeriodKind.MONTH, 0, "2026-01-24"),
        (PeriodKind.TERM, 0, "2026-02-01"),
        (PeriodKind.SCHOOL_YEAR, 0, "2026-07-04"),
    ],
)
def test_period_of_a_day_in_none(kind, weeks, day):
    assert YEAR.period_of(kind, weeks, date.fromisoformat(day)) is None


@pytest.mark.parametrize(
    ("kind", "weeks", "expected"),
    [
        (PeriodKind.FORTNIGHT, 0, [*(f"W{n}-{n + 1}" for n in range(1, 19, 2)), "W19-21"]),
        (PeriodKind.WEEKS, 2, [*(f"W{n}-{n + 1}" for n in range(1, 19, 2)), "W19-21"]),
        (PeriodKind.WEEKS, 4, ["W1-4", "W5-8", "W9-12", "W13-16", "W17-21"]),
        (PeriodKind.WEEKS, 6, ["W1-6", "W7-12", "W13-21"]),  # a rest of exactly half a block joins
        (PeriodKind.WEEKS, 11, ["W1-11", "W12-21"]),
        (PeriodKind.WEEKS, 21, ["W1-21"]),
        (PeriodKind.WEEKS, 40, ["W1-21"]),
        (PeriodKind.MONTH, 0, ["2025-09", "2025-10", "2025-11", "2025-12", "2026-01"]),
        (PeriodKind.TERM, 0, ["2025秋"]),
    ],
)
def test_periods_of_the_term(kind, weeks, expected):
    assert labels(YEAR.periods(kind, weeks), "2025秋") == expected


def test_periods_school_year_is_one_and_has_no_term():
    (year,) = YEAR.periods(PeriodKind.SCHOOL_YEAR)

    assert (year.term, year.year, year.opens) == (None, "2025-2026", date(2025, 9, 1))
    assert len(year.school_days) == sum(len(span.school_days) for span in YEAR.periods(PeriodKind.TERM))


def test_periods_opened_by_a_day():
    assert labels(YEAR.periods(PeriodKind.WEEK, opened_by=date(2025, 9, 7))) == ["W1"]
    assert labels(YEAR.periods(PeriodKind.WEEK, opened_by=date(2025, 9, 8))) == ["W1", "W2"]
    # Week 6 begins with holidays: it opens on Thursday.
    assert labels(YEAR.periods(PeriodKind.WEEK, opened_by=date(2025, 10, 8)))[-1] == "W5"
    assert labels(YEAR.periods(PeriodKind.WEEK, opened_by=date(2025, 10, 9)))[-1] == "W6"


def test_periods_block_of_no_week_is_refused():
    with pytest.raises(ValueError, match="at least one week"):
        YEAR.periods(PeriodKind.WEEKS)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-09-01", 1),
        ("2025-09-07", 1),
        ("2025-10-03", 5),
        ("2026-01-23", 21),
        ("2026-02-26", 1),
        ("2026-02-01", None),
    ],
)
def test_week_number(day, expected):
    assert YEAR.week_number(date.fromisoformat(day)) == expected


def test_week_without_school_keeps_its_number_and_opens_nothing():
    calendar = SchoolCalendar(
        (term("2026-03-02", "2026-03-20"),), off=days_between(date(2026, 3, 9), date(2026, 3, 13))
    )

    assert labels(calendar.periods(PeriodKind.WEEK)) == ["W1", "W3"]
    assert [week.number for week in calendar.weeks(calendar.terms[0])] == [1, 2, 3]
    assert calendar.week_number(date(2026, 3, 11)) == 2


def test_weeks_begin_with_the_first_school_day_of_the_term():
    """A term that begins on a Saturday: the weekend before week 1 is in the month, in no week."""
    calendar = SchoolCalendar((term("2025-08-30", "2025-10-17"),))

    assert calendar.week_number(date(2025, 8, 31)) is None
    assert calendar.period_of(PeriodKind.FORTNIGHT, 0, date(2025, 8, 31)) is None
    assert told(calendar.period_of(PeriodKind.MONTH, 0, date(2025, 8, 31)))[:2] == ("2025-09", "2025-08-30")


@pytest.mark.parametrize(
    ("first_day", "last_day", "off", "expected"),
    [
        # five school days stand alone, four do not
        ("2025-09-01", "2025-11-07", [], ["2025-09", "2025-10", "2025-11"]),
        ("2025-09-01", "2025-11-06", [], ["2025-09", "2025-10"]),
        # the term's first piece joins the month after it
        ("2025-08-26", "2025-10-31", [], ["2025-09", "2025-10"]),
        ("2025-08-25", "2025-10-31", [], ["2025-08", "2025-09", "2025-10"]),
        # a short month in the middle joins the one before
        ("2025-09-01", "2025-11-28", [("2025-10-03", "2025-10-31")], ["2025-09", "2025-11"]),
        # two short ones: the first joins, then both together are long enough
        ("2025-08-28", "2025-09-03", [], ["2025-09"]),
        # a term shorter than five days is one piece
        ("2025-09-29", "2025-10-01", [], ["2025-10"]),
        ("2026-02-24", "2026-02-27", [], ["2026-02"]),
        # the first piece grows until it is long enough, and takes the name of each that takes it in
        ("2025-09-29", "2025-12-31", [("2025-10-02", "2025-10-31"), ("2025-11-03", "2025-11-28")], ["2025-12"]),
    ],
)
def test_short_months_join_their_neighbour(first_day, last_day, off, expected):
    days_off = frozenset().union(*(days_between(*map(date.fromisoformat, pair)) for pair in off))
    calendar = SchoolCalendar((term(first_day, last_day),), off=days_off)

    assert labels(calendar.periods(PeriodKind.MONTH)) == expected


def test_term_without_a_school_day_opens_nothing():
    calendar = SchoolCalendar((term("2026-03-07", "2026-03-08"),))

    assert [calendar.periods(kind, 3) for kind in PeriodKind] == [()] * len(PeriodKind)
    assert calendar.weeks(calendar.terms[0]) == ()
    assert calendar.week_number(date(2026, 3, 7)) is None


def test_two_terms_in_one_week_have_weeks_of_their_own():
    calendar = SchoolCalendar((term("2026-03-02", "2026-03-11", "A"), term("2026-03-12", "2026-03-20", "B")))

    assert [told(span)[:3] for span in calendar.periods(PeriodKind.WEEK)] == [
        ("W1", "2026-03-02", "2026-03-08"),
        ("W2", "2026-03-09", "2026-03-11"),
        ("W1", "2026-03-12", "2026-03-15"),
        ("W2", "2026-03-16", "2026-03-20"),
    ]


@pytest.mark.parametrize(
    ("on", "last", "following", "left"),
    [
        ("2025-08-01", None, "2025-09-01", 21),
        ("2025-09-26", "2025-09-26", "2025-09-28", 2),
        ("2025-09-27", "2025-09-26", "2025-09-28", 1),
        ("2025-09-28", "2025-09-28", "2025-09-29", 1),
        ("2025-10-01", "2025-09-30", "2025-10-09", 0),
        ("2026-07-03", "2026-07-03", None, 0),
    ],
)
def test_school_days_around_a_day(on, last, following, left):
    day = date.fromisoformat(on)

    assert YEAR.last_school_day(day) == (last and date.fromisoformat(last))
    assert YEAR.next_school_day(day) == (following and date.fromisoformat(following))
    assert YEAR.school_days_left(date(2025, 9, 28), on=day) == left


def test_empty_calendar_answers_everything():
    calendar = SchoolCalendar()
    day = date(2025, 9, 1)

    assert (calendar.is_school_day(day), calendar.term_of(day), calendar.week_number(day)) == (False, None, None)
    assert (calendar.last_school_day(day), calendar.next_school_day(day)) == (None, None)
    assert calendar.periods(PeriodKind.SCHOOL_YEAR) == ()


# What holds for every calendar

patient = settings(deadline=None, max_examples=60)  # a busy machine is not a failure
KINDS = [*((kind, 0) for kind in PeriodKind if kind != PeriodKind.WEEKS), *((PeriodKind.WEEKS, n) for n in range(1, 8))]


@st.composite
def calendars(draw):
    """Up to three terms of up to five months; any days off, any make-up days, in terms and outside."""
    first = date(2025, 8, 15) + timedelta(days=draw(st.integers(0, 40)))
    day, terms = first, []
    for n in range(draw(st.integers(1, 3))):
        day += timedelta(days=draw(st.integers(0, 40)))
        last = day + timedelta(days=draw(st.integers(0, 150)))
        terms.append(TermDays(f"T{n}", f"Y{n // 2}", day, last))
        day = last + timedelta(days=1)
    span = st.tuples(st.integers(0, 600), st.integers(0, 50))
    off = [days_between(first + timedelta(a), first + timedelta(a + n)) for a, n in draw(st.lists(span, max_size=4))]
    makeup = {first + timedelta(n) for n in draw(st.sets(st.integers(0, 600), max_size=6))}
    return SchoolCalendar(tuple(draw(st.permutations(terms))), frozenset().union(*off), frozenset(makeup))


def all_days(calendar):
    first = min(term.first_day for term in calendar.terms) - timedelta(days=3)
    last = max(term.last_day for term in calendar.terms) + timedelta(days=3)
    return sorted(days_between(first, last))


def all_school_days(calendar):
    return [
        day
        for day in all_days(calendar)
        if calendar.term_of(day) and (day in calendar.makeup or (day.weekday() < 5 and day not in calendar.off))
    ]


@patient
@given(calendars())
def test_each_school_day_lies_in_one_period_of_each_kind(calendar):
    for kind, weeks in KINDS:
        spans = calendar.periods(kind, weeks)
        assert [day for span in spans for day in span.school_days] == all_school_days(calendar)


@patient
@given(calendars())
def test_each_period_opens_and_is_due_on_school_days_of_its_own(calendar):
    for kind, weeks in KINDS:
        for span in calendar.periods(kind, weeks):
            assert span.school_days == calendar.school_days(span.start, span.end)
            assert span.start <= span.opens <= span.due <= span.end
            assert calendar.is_school_day(span.opens)
            assert calendar.last_school_day(span.end) == span.due
            if span.term is not None:
                assert calendar.term_of(span.start) == calendar.term_of(span.end)
                assert calendar.term_of(span.start).key == span.term


@patient
@given(calendars())
def test_period_of_finds_the_period_of_every_day(calendar):
    for kind, weeks in KINDS:
        spans = calendar.periods(kind, weeks)
        for day in all_days(calendar):
            assert [span for span in spans if span.holds(day)] == [
                span for span in [calendar.period_of(kind, weeks, day)] if span is not None
            ]


@patient
@given(calendars())
def test_weeks_follow_each_other_through_the_term(calendar):
    for one in calendar.terms:
        weeks = calendar.weeks(one)
        assert [day for week in weeks for day in week.school_days] == list(
            calendar.school_days(one.first_day, one.last_day)
        )
        assert [week.number for week in weeks] == list(range(1, len(weeks) + 1))
        for week, following in pairwise(weeks):
            assert (week.end.weekday(), following.start - week.end) == (6, timedelta(days=1))
        for week in weeks:
            assert {calendar.week_number(week.start), calendar.week_number(week.end)} == {week.number}
        if weeks:
            assert weeks[0].school_days
            assert weeks[-1].school_days


@patient
@given(calendars())
def test_no_month_is_short_unless_it_is_the_whole_term(calendar):
    months = calendar.periods(PeriodKind.MONTH)
    for month in months:
        alone = [span.term for span in months].count(month.term) == 1
        assert alone or len(month.school_days) >= 5
        assert month.label in {f"{day:%Y-%m}" for day in days_between(month.start, month.end)}


@patient
@given(calendars(), st.integers(1, 8))
def test_blocks_have_their_length_but_for_the_last(calendar, size):
    for one in calendar.terms:
        count = len(calendar.weeks(one))
        lengths = []
        for span in calendar.periods(PeriodKind.WEEKS, size):
            if span.term == one.key:
                first, _, last = span.label.removeprefix("W").partition("-")
                lengths.append((int(first), int(last or first) - int(first) + 1))
        for first, length in lengths:
            ends_term = first + length - 1 == count
            assert (first - 1) % size == 0
            assert length == size or (ends_term and (length <= size * 1.5 and (first == 1 or length > size / 2)))


@patient
@given(calendars())
def test_opened_by_keeps_what_has_opened(calendar):
    for day in all_days(calendar)[::9]:
        for kind, weeks in KINDS:
            spans: tuple[Span, ...] = calendar.periods(kind, weeks)
            assert calendar.periods(kind, weeks, opened_by=day) == tuple(span for span in spans if span.opens <= day)


@patient
@given(calendars())
def test_days_around_agree_with_the_list_of_school_days(calendar):
    days = all_school_days(calendar)
    for day in all_days(calendar):
        assert calendar.is_school_day(day) is (day in days)
        assert calendar.last_school_day(day) == max((d for d in days if d <= day), default=None)
        assert calendar.next_school_day(day) == min((d for d in days if d > day), default=None)
        due = day + timedelta(days=10)
        assert calendar.school_days_left(due, on=day) == sum(day <= d <= due for d in days)
