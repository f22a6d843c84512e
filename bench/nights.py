"""The night on which one fortnight opens and the one before it closes, against the bare statements."""

from django.db import connection, transaction

from bench.data import Data, analyze
from bench.measuring import Times, medians
from listening import actions as listening
from listening.models import CheckIn, QuotaRule
from listening.quotas import Status
from schools.calendar import PeriodKind
from tests.cast import at

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

    night(0)
    bare(0)
    analyze()
    found = medians({"bare": lambda n: bare(n + 1), "night": lambda n: night(n + 1)}, rounds=rounds)
    opened = CheckIn.objects.filter(period__gt=0).count()
    if opened != data.students * (rounds + 1) or CheckIn.objects.filter(period__lt=0).count() != opened:
        raise AssertionError("the night and the bare statements did not write as many rows")
    CheckIn.objects.filter(period__lt=0).delete()
    return found
