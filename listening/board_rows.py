"""What a board reads of a class: its columns, its check-ins, its mentors. By hand, for boards are often looked at."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from listening.models import Period, QuotaRule
from listening.quotas import Status
from schools.models import SchoolClass
from schools.statements import as_day, ask, one_of

# A class has a column where the period that holds the day was opened for it.
COLUMNS = """
SELECT figure.rule_id, period.id, period.term_id, period.kind, period.weeks, period.label, period.start, period."end",
  period.opens, period.due, earlier.id, earlier.opens, later.opens
FROM listening_classfigure AS figure
JOIN listening_period AS period ON period.id = figure.period_id
LEFT JOIN listening_period AS earlier ON earlier.id = (
  SELECT near.id FROM listening_period AS near
  WHERE near.school_id = period.school_id AND near.kind = period.kind AND near.weeks = period.weeks
    AND near.start < period.start ORDER BY near.start DESC LIMIT 1
)
LEFT JOIN listening_period AS later ON later.id = (
  SELECT near.id FROM listening_period AS near
  WHERE near.school_id = period.school_id AND near.kind = period.kind AND near.weeks = period.weeks
    AND near.start > period.start ORDER BY near.start LIMIT 1
)
WHERE figure.school_id = %(school)s AND figure.school_class_id = %(class)s AND figure.rule_id {rules}
  AND period.start <= %(day)s AND period."end" >= %(day)s
"""
PERIOD = ("pk", "term_id", "kind", "weeks", "label", "start", "end", "opens", "due")  # as they stand in the statement
DAYS = PERIOD[5:]
STORED = """
SELECT period_id, rule_id, student_id, status, counted, declined, late
FROM listening_checkin
WHERE school_id = %(school)s AND school_class_id = %(class)s AND rule_id {rules} AND period_id {now}
UNION ALL
SELECT missed.period_id, asked.id, missed.student_id, missed.status, 0, 0, missed.late
FROM listening_quotarule AS asked
JOIN listening_periodopening AS opening ON opening.rule_id = asked.id AND opening.period_id {now}
JOIN listening_period AS running ON running.id = opening.period_id
JOIN listening_periodopening AS newest ON newest.id = (
  SELECT near.id FROM listening_periodopening AS near
  JOIN listening_quotarule AS version ON version.id = near.rule_id AND version.lineage = asked.lineage
  JOIN listening_period AS earlier ON earlier.id = near.period_id AND earlier.start < running.start
  WHERE near.school_id = %(school)s ORDER BY earlier.start DESC, near.id DESC LIMIT 1
)
JOIN listening_checkin AS missed ON missed.school_id = %(school)s AND missed.period_id = newest.period_id
  AND missed.rule_id = newest.rule_id AND missed.school_class_id = %(class)s AND missed.status = %(missed)s
WHERE asked.id {rules}
"""
PAIRED = """
SELECT pair.student_id, pair.teacher_id, teacher.name
FROM students_mentor AS pair
JOIN accounts_user AS teacher ON teacher.id = pair.teacher_id
WHERE pair.school_id = %(school)s AND pair.student_id {students}
  AND pair.valid_from <= %(day)s AND (pair.valid_to IS NULL OR pair.valid_to >= %(day)s)
ORDER BY pair.id DESC
"""


class Place(NamedTuple):
    """One rule in one of its periods, with those beside it."""

    rule: QuotaRule
    period: Period
    before: int | None
    opened_before: date | None
    opens_after: date | None


class Stored(NamedTuple):
    """One check-in, as far as a board needs it."""

    period: int
    rule: int
    student: int
    status: int
    counted: int
    declined: int
    late: bool


class Paired(NamedTuple):
    """The mentor of a student."""

    teacher: int
    name: str


def places(school_class: SchoolClass, rules: Iterable[QuotaRule], *, day: date) -> list[Place]:
    """Where the class is asked under these rules in the periods that hold the day, in the order of the rules."""
    by_number = {rule.pk: rule for rule in rules}
    values = _of(school_class) | {"day": day.isoformat()}
    found = []
    for rule, *period, before, opened_before, opens_after in ask(
        COLUMNS.format(rules=one_of("rule", by_number, values)), values
    ):
        here = Period(**dict(zip(PERIOD, period, strict=True)), school_id=school_class.school_id)
        for name in DAYS:
            setattr(here, name, as_day(getattr(here, name)))
        found.append(Place(by_number[rule], here, before, as_day(opened_before), as_day(opens_after)))
    return sorted(found, key=lambda place: (place.rule.order, place.rule.pk))


def stored(school_class: SchoolClass, asked: Collection[Place]) -> tuple[list[Stored], set[tuple[int, int]]]:
    """The check-ins of these places, and who missed the periods just before, by rule and student.

    What was missed under an earlier version of a rule was missed under the rule.
    """
    by_rule = {place.rule.pk: place for place in asked}
    values = _of(school_class) | {"missed": Status.MISSED}
    statement = STORED.format(
        rules=one_of("rule", by_rule, values),
        now=one_of("now", {place.period.pk for place in asked}, values),
    )
    rows, missed_before = [], set()
    for row in map(Stored._make, ask(statement, values)):
        if row.period == by_rule[row.rule].period.pk:
            rows.append(row)
        else:
            missed_before.add((row.rule, row.student))
    return rows, missed_before


def paired(school_class: SchoolClass, students: Collection[int], *, on: date) -> dict[int, Paired]:
    """The mentor of each of these students."""
    values = _of(school_class) | {"day": on.isoformat()}
    rows = ask(PAIRED.format(students=one_of("student", students, values)), values)
    return {student: Paired(teacher, name) for student, teacher, name in rows}


def _of(school_class: SchoolClass) -> dict[str, Any]:
    return {"school": school_class.school_id, "class": school_class.pk}
