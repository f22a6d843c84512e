"""Keeping what is stored equal to what the rule says from the facts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import F, Q

from listening import notices
from listening.actions import locking
from listening.facts import Asked, SchoolFacts
from listening.models import CheckIn, ClassCheckIn, ClassFigure, Ledger, PeriodOpening, QuotaRule
from listening.quotas import Status, Verdict
from schools.calendar import SchoolCalendar, Span
from schools.models import School
from students.models import Enrolment, RosterChange

FIGURES = {Status.DUE: "due", Status.MET: "met", Status.MISSED: "missed", Status.EXCUSED: "excused"}
STORED = ["status", "counted", "declined", "late", "school_class"]  # what a verdict decides
BATCH = 500  # students judged at a time: what is known of them is held in memory

Stretch = tuple[date, date]  # first and last day


class Place(NamedTuple):
    """One row of the class figures."""

    period: int
    rule: int
    school_class: int | None


def evening(school: School, *, on: date) -> date:
    """The day whose evening the stored rows speak of: today, or a later day that the night has already run for."""
    through = Ledger.objects.filter(school=school).values_list("through", flat=True).first()
    return max(on, through) if through else on


def latest_evening(school: School, *, on: date) -> date:
    """The same for a job, which may come late: never before the last day of which a change was taken."""
    taken = RosterChange.objects.filter(school=school, taken_at__isnull=False)
    last = taken.aggregate(last=models.Max("effective_on"))["last"]
    return max(evening(school, on=on), last or on)


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
    school: School, *, students: Collection[int], stretches: Collection[Stretch], on: date, at: datetime
) -> int:
    """The same for who shares the school and has locked the students already."""
    openings = openings_touching(school, stretches)
    if not openings or not students:
        return 0
    return settle_openings(school, openings, students, calendar=school.calendar(), as_of=evening(school, on=on), at=at)


def openings_touching(school: School, stretches: Iterable[Stretch]) -> list[PeriodOpening]:
    """The opened periods that share a day with one of the stretches, with rule, tiers and labels."""
    touching = Q()
    for first, last in stretches:
        touching |= Q(period__start__lte=last, period__end__gte=first)
    rows = PeriodOpening.objects.filter(touching, school=school).select_related("period", "rule")
    return list(rows.prefetch_related("rule__tiers", "rule__labels"))


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
        changed += settle_classes(school, by_class, classes, calendar=calendar, as_of=as_of)
    return changed


def extent(openings: Iterable[PeriodOpening]) -> Stretch:
    """From the first day of the first period to the last day of the last."""
    periods = [opening.period for opening in openings]
    return min(period.start for period in periods), max(period.end for period in periods)


def _in_time(school: School, openings: Iterable[PeriodOpening]) -> date:
    """What is entered by this day is too late for none of these."""
    return min(opening.period.due for opening in openings) + timedelta(days=school.late_days)


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
    for opening, one, span in asked:
        if span.opens > as_of:
            continue
        for student in students:
            verdict = facts.judge_student(one, span, student, as_of=as_of)
            row = stored.get((opening.period_id, opening.rule_id, student))
            if not verdict.exists:
                if row is not None:
                    moves[_place(row)][Status(row.status)] -= 1
                    gone.append(row.pk)
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
            if row.status == Status.MISSED and (before is None or before[0] != Status.MISSED):
                missed.append(row)
    if new:
        CheckIn.objects.bulk_create(new, batch_size=BATCH)
    if len(changed) == 1:  # one talk with one student: the hot path
        changed[0].save(update_fields=STORED)
    elif changed:
        CheckIn.objects.bulk_update(changed, STORED, batch_size=BATCH)
    if gone:
        CheckIn.objects.filter(school=school, pk__in=gone).delete()
    _move_figures(school, moves)
    if missed:
        notices.tell_missed(school, missed, at=at)
    return len(new) + len(changed) + len(gone)


def _stored(
    school: School, asked: list[tuple[PeriodOpening, Asked, Span]], students: Collection[int]
) -> dict[tuple[int, int, int], CheckIn]:
    periods = {opening.period_id for opening, _, _ in asked}
    rules = {opening.rule_id for opening, _, _ in asked}
    rows = CheckIn.objects.filter(school=school, period__in=periods, rule__in=rules, student__in=students)
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
        deltas = {FIGURES[status]: delta for status, delta in differences.items() if delta}
        if not deltas:
            continue
        key = {
            "school": school,
            "period_id": place.period,
            "rule_id": place.rule,
            "school_class_id": place.school_class,
        }
        change = {name: F(name) + delta for name, delta in deltas.items()}
        if not ClassFigure.objects.filter(**key).update(**change):
            ClassFigure.objects.bulk_create([ClassFigure(**key)], ignore_conflicts=True)
            ClassFigure.objects.filter(**key).update(**change)


def recount_figures(school: School, openings: Iterable[PeriodOpening]) -> None:
    """Write the figures of whole openings anew from the rows, after a set-based change."""
    for opening in openings:
        of_opening = Q(school=school, period=opening.period_id, rule=opening.rule_id)
        rows = CheckIn.objects.filter(of_opening).order_by().values_list("school_class", "status")
        figures: dict[int | None, ClassFigure] = {}
        for klass, status, count in rows.annotate(count=models.Count("pk")):
            figure = figures.setdefault(
                klass,
                ClassFigure(school=school, period_id=opening.period_id, rule_id=opening.rule_id, school_class_id=klass),
            )
            setattr(figure, FIGURES[Status(status)], count)
        ClassFigure.objects.filter(of_opening).delete()
        ClassFigure.objects.bulk_create(figures.values())


def settle_classes(
    school: School,
    openings: Sequence[PeriodOpening],
    classes: Collection[int],
    *,
    calendar: SchoolCalendar,
    as_of: date,
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
            if not verdict.exists:
                if row is not None:
                    row.delete()
                    changed += 1
                continue
            row = row or ClassCheckIn(school=school, period=opening.period, rule=opening.rule, school_class_id=klass)
            before = (row.pk, row.status, row.counted, row.declined, row.late)
            _apply(row, verdict)
            if row.pk is None or before != (row.pk, row.status, row.counted, row.declined, row.late):
                row.save()
                changed += 1
    return changed
