"""The night on which one fortnight opens and the one before it closes, against the bare statements."""

from typing import Any

from django.db import connection, transaction

from accounts.models import User
from bench.data import Data, analyze
from bench.measuring import Times, medians
from listening import actions as listening
from listening.models import CheckIn, QuotaRule
from listening.quotas import Status
from schools.calendar import PeriodKind
from schools.models import Grade, Membership, School
from schools.roles import Role
from tests.cast import TERM, at

BARE_OPEN = """
INSERT INTO listening_checkin
  (school_id, period_id, rule_id, student_id, school_class_id, status, counted, declined, late)
SELECT school_id, %s, %s, student_id, school_class_id, 0, 0, 0, false FROM students_enrolment
WHERE school_id = %s AND valid_from <= %s AND (valid_to IS NULL OR valid_to >= %s)
ON CONFLICT DO NOTHING
"""
BARE_CLOSE = "UPDATE listening_checkin SET status = %s WHERE school_id = %s AND period_id = %s AND rule_id = %s"


def measure(data: Data, *, rounds: int) -> Times:
    """Fortnight after fortnight; the first one only opens. The bare rows lie in periods that nobody asks for."""
    for school in data.schools:
        _who_hears(school)
    spans = data.school.calendar().periods(PeriodKind.FORTNIGHT)
    rules = dict(QuotaRule.objects.values_list("school", "pk"))

    def night(which: int) -> None:
        day = spans[which].opens
        for school in data.schools:
            listening.run_day(school, on=day, at=at(day, 0, 10))

    def bare(which: int) -> None:
        day = spans[which].opens
        for school in data.schools:
            rule = rules[school.pk]
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(BARE_OPEN, [-which - 1, rule, school.pk, day, day])
                cursor.execute(BARE_CLOSE, [Status.MISSED, school.pk, -which, rule])

    for at_first in (0, 1):
        night(at_first)
        bare(at_first)
    analyze()  # with one period in the table SQLite would learn that a period selects nothing, and read the whole table
    found = medians({"bare": lambda n: bare(n + 2), "night": lambda n: night(n + 2)}, rounds=rounds)
    opened = CheckIn.objects.filter(period__gt=0).count()
    if opened != data.students * (rounds + 2) or CheckIn.objects.filter(period__lt=0).count() != opened:
        raise AssertionError("the night and the bare statements did not write as many rows")
    CheckIn.objects.filter(period__lt=0).delete()
    return found


def _who_hears(school: School) -> None:
    """A lead counselor, a head of each grade and two leaders, who hear of a row of misses."""
    held: list[dict[str, Any]] = [{"role": Role.COUNSELOR, "is_lead": True}]
    held += [{"role": Role.LEADER}] * 2
    held += [{"role": Role.GRADE_HEAD, "grade": grade} for grade in Grade.objects.filter(school=school)]
    people = User.objects.bulk_create(
        User(username=f"hears-{school.pk}-{at}", name=f"老师{at}", password="!") for at in range(len(held))
    )
    Membership.objects.bulk_create(
        Membership(user=user, school=school, valid_from=TERM[0], **one) for user, one in zip(people, held, strict=True)
    )
