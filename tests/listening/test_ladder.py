"""Who hears of a row of misses: the table, and what holds of every row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listening.ladder import Step, declines_in_row, misses_in_row, step
from listening.quotas import Status

MET, MISSED, EXCUSED = Status.MET, Status.MISSED, Status.EXCUSED
ROWS = st.lists(st.sampled_from([MET, MISSED, EXCUSED]), max_size=8)


@pytest.mark.parametrize(
    ("newest_first", "expected"),
    [
        ([], 0),
        ([MISSED], 1),
        ([MISSED, MISSED], 2),
        ([MISSED, EXCUSED, MISSED], 2),
        ([EXCUSED, MISSED], 1),
        ([MISSED, MET, MISSED], 1),
        ([MET, MISSED, MISSED], 0),
        ([MISSED, MISSED, EXCUSED, MISSED, MET], 3),
    ],
)
def test_misses_in_row_skips_excused_and_ends_at_met(newest_first, expected):
    assert misses_in_row(newest_first) == expected


@pytest.mark.parametrize(
    ("misses", "most_care", "expected"),
    [
        (0, False, Step.NOBODY),
        (0, True, Step.NOBODY),
        (1, False, Step.OWNER),
        (2, False, Step.LEAD),
        (3, False, Step.LEADERS),
        (9, False, Step.LEADERS),
        (1, True, Step.LEAD),
        (2, True, Step.LEADERS),
        (3, True, Step.LEADERS),
    ],
)
def test_step_is_one_earlier_for_most_care(misses, most_care, expected):
    assert step(misses, most_care=most_care) == expected


@pytest.mark.parametrize(
    ("newest_first", "expected"),
    [
        ([], 0),
        ([(EXCUSED, True)], 1),
        ([(EXCUSED, True), (EXCUSED, True)], 2),
        ([(EXCUSED, True), (EXCUSED, False), (EXCUSED, True)], 2),
        ([(EXCUSED, True), (MISSED, False), (EXCUSED, True)], 1),
        ([(EXCUSED, True), (MET, False), (EXCUSED, True)], 1),
        ([(MET, True), (EXCUSED, True)], 0),
    ],
)
def test_declines_in_row(newest_first, expected):
    assert declines_in_row(newest_first) == expected


@given(ROWS)
def test_excused_ones_change_nothing(newest_first):
    assert misses_in_row(newest_first) == misses_in_row([one for one in newest_first if one != EXCUSED])


@given(ROWS, ROWS)
def test_nothing_before_a_met_one_matters(newest_first, older):
    assert misses_in_row([*newest_first, MET, *older]) == misses_in_row(newest_first)


@given(st.integers(0, 20), st.booleans())
def test_step_never_falls_with_another_miss(misses, most_care):
    assert step(misses, most_care=most_care) <= step(misses + 1, most_care=most_care)
    assert step(misses, most_care=False) <= step(misses, most_care=True)
