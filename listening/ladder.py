"""The ladder of misses: who hears when one and the same child is missed again and again. Pure.

Source: the rule book, Flags and who hears. One miss: its owner. Two in a row under one rule: the lead counselor, too,
and, but for a counselor's rule, the grade head. Three: the leadership group. For the tier of most care one step
earlier. Excused ones are skipped; a met one ends the row.
"""

from collections.abc import Iterable
from enum import IntEnum

from listening.quotas import Status

MOST_MISSES = 3  # more in a row go no further up


class Step(IntEnum):
    """How far up the word goes."""

    NOBODY = 0
    OWNER = 1
    LEAD = 2  # the lead counselor and the grade head
    LEADERS = 3


def misses_in_row(newest_first: Iterable[Status]) -> int:
    """How many misses stand in a row at the end of a student's check-ins under one rule."""
    misses = 0
    for status in newest_first:
        if status == Status.MISSED:
            misses += 1
        elif status != Status.EXCUSED:
            break
    return misses


def step(misses: int, *, most_care: bool) -> Step:
    """Who hears of so many misses in a row."""
    if not misses:
        return Step.NOBODY
    return Step(min(misses + most_care, Step.LEADERS))


def declines_in_row(newest_first: Iterable[tuple[Status, bool]]) -> int:
    """How many check-ins in a row ended as declined. Each is its status and whether it was declined in the end."""
    declined = 0
    for status, was_declined in newest_first:
        if was_declined and status == Status.EXCUSED:
            declined += 1
        elif status != Status.EXCUSED:
            break
    return declined
