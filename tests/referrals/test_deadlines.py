"""By when, on the school's own days; and what a school may set."""

from datetime import date

import pytest

from referrals import school_rules
from referrals.deadlines import AT_ONCE, Span, Unit, days, due, hours, next_level, school_days
from referrals.requirements import Colour, Urgency
from referrals.school_rules import Rules, Unfit
from referrals.stages import Stage, Who
from schools.calendar import SchoolCalendar, TermDays
from tests.cast import MAKEUP, OFF, TERM, at

CALENDAR = SchoolCalendar(terms=(TermDays("1", "2025", *TERM),), off=frozenset(OFF), makeup=frozenset(MAKEUP))
TUESDAY, FRIDAY, SATURDAY = date(2025, 11, 18), date(2025, 11, 21), date(2025, 11, 22)


@pytest.mark.parametrize(
    ("span", "since", "expected"),
    [
        (AT_ONCE, at(TUESDAY), at(TUESDAY)),
        (hours(4), at(SATURDAY, 23, 0), at(date(2025, 11, 23), 3, 0)),
        (school_days(1), at(TUESDAY), at(date(2025, 11, 19), 18, 0)),
        (school_days(2), at(TUESDAY, 23, 0), at(date(2025, 11, 20), 18, 0)),
        (school_days(1), at(FRIDAY), at(date(2025, 11, 24), 18, 0)),
        (school_days(2), at(SATURDAY), at(date(2025, 11, 25), 18, 0)),
        # a holiday of eight days, and the Saturday after it is a make-up day
        (school_days(1), at(date(2025, 9, 30)), at(date(2025, 10, 9), 18, 0)),
        (school_days(3), at(date(2025, 9, 30)), at(date(2025, 10, 11), 18, 0)),
        # after the term's end Monday to Friday
        (school_days(1), at(date(2026, 1, 23)), at(date(2026, 1, 26), 18, 0)),
        (school_days(0), at(TUESDAY), at(TUESDAY, 18, 0)),
        (school_days(0), at(TUESDAY, 18, 30), at(date(2025, 11, 19), 18, 0)),
        (school_days(0), at(SATURDAY), at(date(2025, 11, 24), 18, 0)),
        (days(14), at(TUESDAY), at(date(2025, 12, 2), 18, 0)),
    ],
)
def test_due(span, since, expected):
    assert due(span, since=since, calendar=CALENDAR) == expected


@pytest.mark.parametrize(
    ("urgency", "expected"),
    [
        (Urgency.LATER, school_days(2)), (Urgency.WEEK, school_days(1)), (Urgency.TODAY, hours(4)),
        (Urgency.LIFE, AT_ONCE),
    ],
)  # fmt: skip
def test_report_waits_as_long_as_its_urgency_allows(urgency, expected):
    assert Rules().span(Stage.REPORTED, Colour.NONE, urgency) == expected


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Stage.ACCEPTED, [school_days(5), school_days(3), hours(24), AT_ONCE]),
        (Stage.PANEL, [school_days(5), school_days(5), school_days(5), hours(24)]),
        (Stage.FAMILY_MEETING, [school_days(3), school_days(3), school_days(3), school_days(0)]),
        (Stage.EXTERNAL, [days(14)] * 4),
        (Stage.RETURN_REVIEW, [school_days(5)] * 4),
        (Stage.ON_LEAVE, [None] * 4),
        (Stage.DEFERRED, [None] * 4),
        (Stage.CLOSED, [None] * 4),
    ],
)
def test_stage_waits_by_colour(stage, expected):
    assert [Rules().span(stage, colour, Urgency.LATER) for colour in list(Colour)[1:]] == expected


def test_before_the_assessment_urgency_stands_for_the_colour():
    spans = [Rules().span(Stage.ACCEPTED, Colour.NONE, urgency) for urgency in Urgency]

    assert spans == [school_days(5), school_days(3), hours(24), AT_ONCE]


@pytest.mark.parametrize(
    ("unit", "level", "expected"),
    [
        (Unit.AT_ONCE, 1, at(TUESDAY, 13, 40)),
        (Unit.HOURS, 2, at(TUESDAY, 16, 40)),
        (Unit.SCHOOL_DAYS, 1, at(date(2025, 11, 19), 18, 0)),
        (Unit.SCHOOL_DAYS, 3, None),
    ],
)
def test_next_level(unit, level, expected):
    assert next_level(at(TUESDAY), unit, level=level, calendar=CALENDAR) == expected


def test_school_sets_its_own():
    rules = school_rules.read(
        {
            "colours": {"BLUE": "一级"},
            "to_accept": {"LATER": ["school_days", 3]},
            "by_stage": {"panel": {"RED": ["hours", 12]}},
            "follow_up_days": [1, 5],
            "who": {"accept": ["LEAD"]},
        }
    )

    assert (rules.colours[Colour.BLUE], rules.colours[Colour.RED], rules.follow_up_days) == ("一级", "红", (1, 5))
    assert rules.span(Stage.REPORTED, Colour.NONE, Urgency.LATER) == school_days(3)
    assert rules.span(Stage.PANEL, Colour.RED, Urgency.LATER) == Span(Unit.HOURS, 12)
    assert rules.span(Stage.PANEL, Colour.BLUE, Urgency.LATER) == school_days(5)
    assert rules.who == {"accept": frozenset({Who.LEAD})}


@pytest.mark.parametrize(
    "values",
    [
        {"colours": {"BLUE": " "}},
        {"colours": {"BLUE": "红"}},
        {"colours": {"PINK": "粉"}},
        {"to_accept": {"LATER": ["school_days", 99]}},
        {"to_accept": {"LATER": ["hours", 0]}},
        {"to_accept": {"LATER": ["weeks", 1]}},
        {"to_accept": {"LATER": "soon"}},
        {"by_stage": {"on_leave": {"RED": ["hours", 1]}}},
        {"follow_up_days": []},
        {"follow_up_days": [7, 3]},
        {"who": {"accept": []}},
        {"who": {"accept": ["CLOCK"]}},
        {"who": {"close": ["HEAD_TEACHER"]}},
        {"who": {"dance": ["LEAD"]}},
    ],
)
def test_school_may_not_set(values):
    with pytest.raises(Unfit):
        school_rules.read(values)
