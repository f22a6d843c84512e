"""The periods just before and after one, of its own kind."""

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from listening.models import Period


class Neighbours(NamedTuple):
    """None where no such period is stored."""

    before: Period | None
    after: Period | None


def neighbours(periods: Sequence[Period]) -> dict[int, Neighbours]:
    """Those of each of these periods of one school, by number; one query."""
    if not periods:
        return {}
    kinds = {one.kind for one in periods}
    stored = list(Period.objects.filter(school=periods[0].school_id, kind__in=kinds).order_by("start", "pk"))
    found = {}
    for period in periods:
        row = [one for one in stored if (one.kind, one.weeks) == (period.kind, period.weeks)]
        at = bisect_left(row, period.start, key=attrgetter("start"))
        found[period.pk] = Neighbours(row[at - 1] if at else None, row[at + 1] if at + 1 < len(row) else None)
    return found
