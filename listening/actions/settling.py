"""Keeping what is stored equal to what the rule says from the facts."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, transaction

from listening import notices
from listening.actions import locking
from listening.facts import Asked, SchoolFacts
from listening.models import CheckIn, ClassCheckIn, ClassFigure, PeriodOpening, QuotaRule
from listening.openings import Stretch, openings_touching
from listening.quotas import Status, Verdict
from schools.calendar import SchoolCalendar, Span
from schools.models import School
from schools.statements import as_day, ask, one_of, write, write_each
from students.models import Enrolment

FIGURES = {Status.DUE: "due", Status.MET: "met", Status.MISSED: "missed", Status.EXCUSED: "excused"}
BATCH = 500  # students judged at a time: what is known of them is held in memory

# By hand, because every logged talk asks and writes them.
THROUGH = "SELECT through FROM listening_ledger WHERE school_id = %(school)s"
ROW = [
    "id",
    "school_id",
    "period_id",
    "rule_id",
    "student_id",
    "school_class_id",
    "status",
    "counted",
    "declined",
    "late",
]
ROWS = f"""
SELECT {", ".join(ROW)} FROM listening_checkin
WHERE school_id = %(school)s AND period_id {{periods}} AND rule_id {{rules}} AND student_id {{students}}"""  # nosec B608: names of columns, written here; values are bound
WRITE_ROW = """
UPDATE listening_checkin SET status = %s, counted = %s, declined = %s, late = %s, school_class_id = %s WHERE id = %s"""
MOVE_FIGURES = """
UPDATE listening_classfigure
SET due = due + %(due)s, met = met + %(met)s, missed = missed + %(missed)s, excused = excused + %(excused)s
WHERE school_id = %(school)s AND period_id = %(period)s AND rule_id = %(rule)s AND school_class_id {which}"""

LATEST = """
SELECT (SELECT through FROM listening_ledger WHERE school_id = %(school)s),
  (SELECT MAX(effective_on) FROM students_rosterchange WHERE school_id = %(school)s AND taken_at IS NOT NULL)"""

RECOUNT = """
INSERT INTO listening_classfigure (school_id, period_id, rule_id, school_class_id, due, met, missed, excused)
SELECT %(school)s, %(period)s, %(rule)s, school_class_id,
  SUM(CASE WHEN status = %(due)s THEN heads ELSE 0 END), SUM(CASE WHEN status = %(met)s THEN heads ELSE 0 END),
  SUM(CASE WHEN status = %(missed)s THEN heads ELSE 0 END), SUM(CASE WHEN status = %(excused)s THEN heads ELSE 0 END)
FROM (
  SELECT school_class_id, status, COUNT(*) AS heads FROM listening_checkin
  WHERE school_id = %(school)s AND period_id = %(period)s AND rule_id = %(rule)s GROUP BY school_class_id, status
) AS counted GROUP BY school_class_id"""
UNCOUNT = """
DELETE FROM listening_classfigure WHERE school_id = %(school)s AND period_id = %(period)s AND rule_id = %(rule)s"""


class Place(NamedTuple):
    """One row of the class figures."""

    period: int
    rule: int
    school_class: int | None


def evening(school: School, *, on: date) -> date:
    """The day whose evening the stored rows speak of: today, or a later day that the night has already run for."""
    through = next((as_day(said) for (said,) in ask(THROUGH, {"school": school.pk})), None)
    return max(on, through) if through else on


def latest_evening(school: School, *, on: date) -> date:
    """The same for a job, which may come late: never before the last day of which a change was taken."""
    said = ask(LATEST, {"school": school.pk})[0]
    return max([on, *(day for day in map(as_day, said) if day is not None)])


def settle(school: School, *, students: Collection[int], first: date, last: date, on: date, at: datetime) -> int:
    """Judge every opened check-in of these students in periods that touch first … last, and of their classes.

    Returns how many rows changed. The same answer however often. The students are locked, so that two who write at
    once about one child both count.
    """
    return settle_stretches(school, students=students, stretches=[(first, last)], on=on, at=at)


@transaction.atomic(savepoint=False)
def settle_stretches(
    school: School, *, students: Collection[int], stretches: Collection[Stretch], on: date, at: datetime
) -> int:
    """The same for several stretches of days at once: those of a talk before and after a correction."""
    locking.share(school)
    locking.students(students)
    return settle_held(school, students=students, stretches=stretches, on=on, at=at)


def settle_held(
    school: School,
    *,
    students: Collection[int],
    stretches: Collection[Stretch],
    on: date,
    at: datetime,
    under: Callable[[Asked], bool] | None = None,
) -> int:
    """The same for who shares the school and has locked the students already; `under` these rules alone."""
    openings = openings_touching(school, stretches)
    if under is not None:
        openings = [opening for opening in openings if under(Asked.of(opening.rule))]
    if not openings or not students:
        return 0
    return settle_openings(school, openings, students, calendar=school.calendar(), as_of=evening(school, on=on), at=at)


def settle_openings(
    school: School,
    openings: Sequence[PeriodOpening],
    students: Collection[int],
    *,
    calendar: SchoolCalendar,
    as_of: date,
    at: datetime,
) -> int:
    """Judge these students, and the classes that they belong to, in these openings. The caller has locked them."""
    by_student = [opening for opening in openings if opening.rule.per == QuotaRule.Per.STUDENT]
    by_class = [opening for opening in openings if opening.rule.per == QuotaRule.Per.CLASS]
    changed = 0
    if by_student:
        asked = [(opening, Asked.of(opening.rule), opening.period.span(calendar)) for opening in by_student]
        first, last = extent(by_student)
        care = any(not one.for_everyone for _, one, _ in asked)
        for some in _in_batches(sorted(students)):
            facts = SchoolFacts.read(
                school, first=first, last=last, students=some, care=care, in_time_until=_in_time(school, by_student)
            )
            changed += _write_students(school, facts, asked, some, as_of=as_of, at=at)
    if by_class:
        first, last = extent(by_class)
        belonging = Enrolment.objects.touching(first, last).filter(school=school, student__in=students)
        classes = set(belonging.values_list("school_class", flat=True))
        changed += settle_classes(school, by_class, classes, calendar=calendar, as_of=as_of, at=at)
    return changed


def extent(openings: Iterable[PeriodOpening]) -> Stretch:
    """From the first day of the first period to the last day of the last."""
    periods = [opening.period for opening in openings]
    return min(period.start for period in periods), max(period.end for period in periods)


def _in_time(school: School, openings: Iterable[PeriodOpening]) -> date:
    """What is entered by this day is too late for none of these."""
    days = {opening.period.due for opening in openings}
    return min(due + timedelta(days=school.late_days_of(due)) for due in days)


def _in_batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[at : at + BATCH] for at in range(0, len(numbers), BATCH))


def _write_students(
    school: School,
    facts: SchoolFacts,
    asked: list[tuple[PeriodOpening, Asked, Span]],
    students: Collection[int],
    *,
    as_of: date,
    at: datetime,
) -> int:
    stored = _stored(school, asked, students)
    moves: dict[Place, dict[Status, int]] = defaultdict(lambda: defaultdict(int))
    new: list[CheckIn] = []
    changed: list[CheckIn] = []
    gone: list[int] = []
    missed: list[CheckIn] = []
    not_missed: list[CheckIn] = []  # any more
    for opening, one, span in asked:
        if span.opens > as_of:
            continue
        for student in students:
            verdict = facts.judge_student(one, span, student, as_of=as_of)
            row = stored.get((opening.period_id, opening.rule_id, student))
            if not verdict.exists:
                if row is not None:
                    row.period, row.rule = opening.period, opening.rule
                    moves[_place(row)][Status(row.status)] -= 1
                    gone.append(row.pk)
                    if row.status == Status.MISSED:
                        not_missed.append(row)
                continue
            before = None if row is None else _values(row)
            if row is None:
                row = CheckIn(school=school, period=opening.period, rule=opening.rule, student_id=student)
                new.append(row)
            else:
                row.period, row.rule = opening.period, opening.rule
                moves[_place(row)][Status(row.status)] -= 1
            _apply(row, verdict)
            row.school_class_id = board_class(facts, student, span, as_of=as_of)
            moves[_place(row)][Status(row.status)] += 1
            if before is not None and before != _values(row):
                changed.append(row)
            was_missed = before is not None and before[0] == Status.MISSED
            if was_missed != (row.status == Status.MISSED):
                (not_missed if was_missed else missed).append(row)
    if new:
        CheckIn.objects.bulk_create(new, batch_size=BATCH)
    if changed:
        write_each(WRITE_ROW, [(*_values(row), row.pk) for row in changed])
    if gone:
        CheckIn.objects.filter(school=school, pk__in=gone).delete()
    _move_figures(school, moves)
    if missed:
        notices.tell_missed(school, missed, at=at)
    if not_missed:
        notices.tell_fewer(school, not_missed)
    return len(new) + len(changed) + len(gone)


def _stored(
    school: School, asked: list[tuple[PeriodOpening, Asked, Span]], students: Collection[int]
) -> dict[tuple[int, int, int], CheckIn]:
    values = {"school": school.pk}
    statement = ROWS.format(
        periods=one_of("period", {opening.period_id for opening, _, _ in asked}, values),
        rules=one_of("rule", {opening.rule_id for opening, _, _ in asked}, values),
        students=one_of("student", students, values),
    )
    rows = [CheckIn.from_db(DEFAULT_DB_ALIAS, ROW, row) for row in ask(statement, values)]
    return {(row.period_id, row.rule_id, row.student_id): row for row in rows}


def board_class(facts: SchoolFacts, student: int, span: Span, *, as_of: date) -> int | None:
    """The class on whose board the row stands: the last one of the period so far."""
    for day in reversed(span.school_days):
        if day <= as_of and (klass := facts.class_on(student, day)) is not None:
            return klass
    return None


def _apply(row: CheckIn | ClassCheckIn, verdict: Verdict) -> None:
    row.status = verdict.status
    row.counted = len(verdict.counted)
    row.declined = verdict.declined
    row.late = verdict.late


def _values(row: CheckIn) -> tuple[int, int, int, bool, int | None]:
    return (row.status, row.counted, row.declined, row.late, row.school_class_id)


def _place(row: CheckIn) -> Place:
    return Place(row.period_id, row.rule_id, row.school_class_id)


def _move_figures(school: School, moves: dict[Place, dict[Status, int]]) -> None:
    """Add the differences to the class figures, always in one order; a row that is not there yet is made."""
    for place, differences in sorted(
        moves.items(), key=lambda item: (item[0].period, item[0].rule, item[0].school_class or 0)
    ):
        if not any(differences.values()):
            continue
        statement = MOVE_FIGURES.format(which="IS NULL" if place.school_class is None else "= %(school_class)s")
        deltas = {name: differences.get(status, 0) for status, name in FIGURES.items()}
        values = {"school": school.pk, **place._asdict(), **deltas}
        if not write(statement, values):
            row = ClassFigure(
                school=school, period_id=place.period, rule_id=place.rule, school_class_id=place.school_class
            )
            ClassFigure.objects.bulk_create([row], ignore_conflicts=True)
            write(statement, values)


def recount_figures(school: School, period: int, rule: int) -> None:
    """Write the figures of one rule and period anew from the rows, after a set-based change."""
    key = {"school": school.pk, "period": period, "rule": rule}
    write(UNCOUNT, key)
    write(RECOUNT, {**key, **{name: int(status) for status, name in FIGURES.items()}})


def settle_classes(
    school: School,
    openings: Sequence[PeriodOpening],
    classes: Collection[int],
    *,
    calendar: SchoolCalendar,
    as_of: date,
    at: datetime,
) -> int:
    """Judge the check-ins that each class owes (同伴)."""
    if not classes:
        return 0
    locking.classes(classes)
    first, last = extent(openings)
    facts = SchoolFacts.read(
        school, first=first, last=last, classes=classes, care=False, in_time_until=_in_time(school, openings)
    )
    changed = 0
    missed: list[ClassCheckIn] = []
    not_missed: list[ClassCheckIn] = []  # any more
    for opening in openings:
        span = opening.period.span(calendar)
        if span.opens > as_of:
            continue
        asked = Asked.of(opening.rule)
        rows = ClassCheckIn.objects.filter(
            school=school, period=opening.period, rule=opening.rule, school_class__in=classes
        )
        stored = {row.school_class_id: row for row in rows}
        for klass in sorted(classes):
            verdict = facts.judge_class(asked, span, klass, as_of=as_of)
            row = stored.get(klass)
            was_missed = row is not None and row.status == Status.MISSED
            if row is not None:
                row.period, row.rule = opening.period, opening.rule
            if not verdict.exists:
                if row is not None:
                    row.delete()
                    changed += 1
                    not_missed += [row] if was_missed else []
                continue
            row = row or ClassCheckIn(school=school, period=opening.period, rule=opening.rule, school_class_id=klass)
            before = (row.pk, row.status, row.counted, row.declined, row.late)
            _apply(row, verdict)
            if row.pk is None or before != (row.pk, row.status, row.counted, row.declined, row.late):
                row.save()
                changed += 1
            if was_missed != (row.status == Status.MISSED):
                (not_missed if was_missed else missed).append(row)
    if missed:
        notices.tell_missed(school, missed, at=at)
    if not_missed:
        notices.tell_fewer(school, not_missed)
    return changed
