"""The night of one school. It may run twice, late and in any order; one run after a week catches up."""

from datetime import date, datetime

from django.db import transaction

from listening.actions import locking
from listening.actions.changes import settle_changes
from listening.actions.periods import Books, close_by, open_by
from listening.actions.settling import latest_evening
from listening.models import Ledger
from schools.models import School


@transaction.atomic
def run_day(school: School, *, on: date, at: datetime) -> int:
    """What the night does for one school: changes, then openings, then closings. Returns how many rows it touched.

    A day that has been run already, or lies before one that has, changes nothing that is right.
    """
    locking.alone(school)
    through = latest_evening(school, on=on)
    rows = settle_changes(school, on=through, at=at)
    books = Books.read(school)
    rows += open_by(books, on=through, at=at)
    rows += close_by(books, on=through, at=at)
    if not Ledger.objects.filter(school=school).update(through=through):
        Ledger.objects.create(school=school, through=through)
    return rows
