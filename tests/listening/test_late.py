"""How far back a talk may be written down."""

from datetime import date, timedelta

import pytest

from listening.late import WITHOUT_TERMS, earliest_day
from schools.models import Term
from tests.cast import TODAY


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ([], TODAY - WITHOUT_TERMS),
        ([date(2025, 9, 1)], date(2025, 9, 1)),
        ([date(2025, 2, 17), date(2025, 9, 1)], date(2025, 2, 17)),
        ([date(2024, 9, 1), date(2025, 2, 17), date(2025, 9, 1), date(2026, 2, 23)], date(2025, 2, 17)),
    ],
)
def test_earliest_day_is_the_first_of_the_term_before(cast, begun, expected):
    Term.objects.filter(school=cast.school).delete()
    for first in begun:
        last = first + timedelta(days=120)
        Term.objects.create(school=cast.school, name=str(first), year="x", first_day=first, last_day=last)

    assert earliest_day(cast.school, today=TODAY) == expected
