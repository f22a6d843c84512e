"""Keeping what is stored equal to what the rule says from the facts."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import F, Q

from listening import notices
from listening.facts import Asked, SchoolFacts
from listening.models import CheckIn, ClassCheckIn, ClassFigure, Ledger, PeriodOpening, QuotaRule
from listening.quotas import Status, Verdict
from schools.calendar import PeriodKind, SchoolCalendar, Span
from schools.models import School, SchoolChange
from students.models import Enrolment, RosterChange, Student

FIGURES = {Status.DUE: "due", Status.MET: "met", Status.MISSED: "missed", Status.EXCUSED: "excused"}


class Place(NamedTuple):
    """One row of the class figures."""

    period: int
    rule: int
    school_class: int | None


def evening(school: School, *, on: date) -> date:
    """The day whose evening the stored rows speak of: today, or a later day that the night has already run for."""
    through = Ledger.objects.filter(school=school).values_list("through", flat=True).first()
    return max(on, through) if through else on


@transaction.atomic
def settle(school: School, *, students: Collection[int], first: date, last: date, on: date, at: datetime) -> int:
    """Judge every opened check-in of these students in periods that touch first … last, and of their classes.

    Returns how many rows changed. The same answer however often. The students are locked, so that two who write at
    once about one child both count.
    """
    openings = _openings_touching(school, first, last)
    if not openings or not students:
        return 0
    list(Student.objects.select_for_update().filter(pk__in=students).order_by("pk").values_list("pk"))
    calendar = school.calendar()
    as_of = evening(school, on=on)
    start = min(opening.period.start for opening in openings)
    end = max(opening.period.end for opening in openings)
    by_student = [opening for opening in openings if opening.rule.per == QuotaRule.Per.STUDENT]
    by_class = [opening for opening in openings if opening.rule.per == QuotaRule.Per.CLASS]
    changed = 0
    if by_student:
        asked = [(opening, Asked.of(opening.rule), opening.period.span(calendar)) for opening in by_student]
        care = any(not one.for_everyone for _, one, _ in asked)
        facts = SchoolFacts.read(school, first=start, last=end, students=students, care=care)
        changed += _write_students(school, facts, asked, students, as_of=as_of, at=at)
    if by_class:
        belonging = Enrolment.objects.touching(first, last).filter(school=school, student__in=students)
        classes = set(belonging.values_list("school_class", flat=True))
        changed += settle_classes(school, by_class, classes, calendar=calendar, as_of=as_of)
    return changed


def _openings_touching(school: School, first: date, last: date) -> list[PeriodOpening]:
    rows = PeriodOpening.objects.filter(school=school, period__start__lte=last, period__end__gte=first)
    return list(rows.select_related("period", "rule").prefetch_related("rule__tiers", "rule__labels"))


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
            row.school_class_id = _class_for_board(facts, student, span, as_of=as_of) or row.school_class_id
            moves[_place(row)][Status(row.status)] += 1
            if before is not None and before != _values(row):
                changed.append(row)
            if row.status == Status.MISSED and (before is None or before[0] != Status.MISSED):
                missed.append(row)
    if new:
        CheckIn.objects.bulk_create(new)
    if changed:
        CheckIn.objects.bulk_update(changed, ["status", "counted", "declined", "late", "school_class"], batch_size=500)
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


def _class_for_board(facts: SchoolFacts, student: int, span: Span, *, as_of: date) -> int | None:
    """The class on whose board the row stands: the last one of the period so far."""
    seen = [day for day in span.school_days if day <= as_of]
    for day in reversed(seen):
        if (klass := facts.class_on(student, day)) is not None:
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
    """Add the differences to the class figures; a row that is not there yet is made."""
    for place, differences in moves.items():
        deltas = {FIGURES[status]: delta for status, delta in differences.items() if delta}
        if not deltas:
            continue
        key = {"school": school, "period_id": place.period, "rule_id": place.rule, "school_class_id": place.school_class}
        change = {name: F(name) + delta for name, delta in deltas.items()}
        if not ClassFigure.objects.filter(**key).update(**change):
            ClassFigure.objects.create(**key, **deltas)


def recount_figures(school: School, openings: Iterable[PeriodOpening]) -> None:
    """Write the figures of whole openings anew from the rows, after a set-based change."""
    for opening in openings:
        of_opening = Q(school=school, period=opening.period_id, rule=opening.rule_id)
        counts = {
            name: models.Count("pk", filter=Q(status=status)) for status, name in FIGURES.items()
        }
        rows = CheckIn.objects.filter(of_opening).order_by().values("school_class").annotate(**counts)
        ClassFigure.objects.filter(of_opening).delete()
        ClassFigure.objects.bulk_create(
            ClassFigure(
                school=school,
                period_id=opening.period_id,
                rule_id=opening.rule_id,
                school_class_id=row["school_class"],
                **{name: row[name] for name in FIGURES.values()},
            )
            for row in rows
        )


def settle_classes(
    school: School, openings: list[PeriodOpening], classes: Collection[int], *, calendar: SchoolCalendar, as_of: date
) -> int:
    """Judge the check-ins that each class owes (同伴)."""
    if not classes:
        return 0
    start = min(opening.period.start for opening in openings)
    end = max(opening.period.end for opening in openings)
    facts = SchoolFacts.read(school, first=start, last=end, classes=classes, care=False)
    changed = 0
    for opening in openings:
        span = opening.period.span(calendar)
        if span.opens > as_of:
            continue
        asked = Asked.of(opening.rule)
        rows = ClassCheckIn.objects.filter(school=school, period=opening.period, rule=opening.rule, school_class__in=classes)
        stored = {row.school_class_id: row for row in rows}
        for klass in classes:
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
            if before != (row.pk, row.status, row.counted, row.declined, row.late) or row.pk is None:
                row.save()
                changed += 1
    return changed


def settle_changes(school: School, *, on: date, at: datetime) -> int:
    """Take the changes of students, roles and calendar not yet taken, and settle what they touch.

    Called by the night, by a sweep every minute, and by every page that shows check-ins before it reads: two indexed
    looks when there is nothing. A change dated ahead waits for its day; one on a day without school is judged at once
    and looked at again on the next day, until a school day has seen it.
    """
    waiting = RosterChange.objects.filter(school=school, taken_at=None, look_on__lte=on)
    of_school = SchoolChange.objects.filter(school=school, taken_at=None, first_day__lte=on)
    changes = list(waiting.order_by("pk"))
    wider = list(of_school.order_by("pk"))
    if not changes and not wider:
        return 0
    with transaction.atomic():
        changed = 0
        if any(change.kind == SchoolChange.Kind.CALENDAR for change in wider):
            _derive_periods_again(school)
        if changes:
            students = {change.student_id for change in changes}
            first = min(change.effective_on for change in changes)
            changed += settle(school, students=students, first=first, last=on, on=on, at=at)
        for change in wider:
            changed += settle(school, students=_students_of(school, change), first=change.first_day, last=change.last_day or on, on=on, at=at)
        _mark_taken(school, changes, wider, on=on, at=at)
    return changed


def _students_of(school: School, change: SchoolChange) -> set[int]:
    rows = Enrolment.objects.filter(school=school)
    if change.school_class_id:
        rows = rows.filter(school_class=change.school_class_id)
    return set(rows.values_list("student", flat=True))


def _mark_taken(school: School, changes: list[RosterChange], wider: list[SchoolChange], *, on: date, at: datetime) -> None:
    seen_by = school.calendar().last_school_day(on)
    done = [change.pk for change in changes if seen_by is not None and change.effective_on <= seen_by]
    later = [change.pk for change in changes if change.pk not in set(done)]
    RosterChange.objects.filter(pk__in=done).update(taken_at=at)
    RosterChange.objects.filter(pk__in=later).update(look_on=on + timedelta(days=1))
    SchoolChange.objects.filter(pk__in=[change.pk for change in wider]).update(taken_at=at)


def _derive_periods_again(school: School) -> None:
    """A calendar changed after the fact: what is still open gets its days anew, what is closed stays as it was."""
    calendar = school.calendar()
    for opening in PeriodOpening.objects.filter(school=school, closed_at=None).select_related("period"):
        period = opening.period
        span = calendar.period_of(PeriodKind(period.kind), period.weeks, period.start)
        if span is not None and span.start == period.start:
            period.end, period.opens, period.due, period.label = span.end, span.opens, span.due, span.label
            period.save(update_fields=["end", "opens", "due", "label"])

