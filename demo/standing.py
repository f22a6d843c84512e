"""What the rules say of all those talks, stored as the nights would have stored it, school by school."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from demo.cast import NOW, Fate
from demo.people import House
from demo.pupils import Pupil
from demo.terms import Terms
from listening import notices
from listening.facts import Asked, SchoolFacts
from listening.models import CheckIn, ClassCheckIn, ClassFigure, Excuse, Ledger, Period, PeriodOpening, QuotaRule
from listening.quotas import Status
from notifications.models import InboxItem
from schools.calendar import PeriodKind, SchoolCalendar, Span
from schools.models import School, Term

BATCH = 2000
NIGHT = time(0, 30)
WHY_EXCUSED = "住院休养，已和家长联系，回校后再约。"
FIGURES = {Status.DUE: "due", Status.MET: "met", Status.MISSED: "missed", Status.EXCUSED: "excused"}


@dataclass(frozen=True)
class Owing:
    """One rule in one period."""

    rule: QuotaRule
    asked: Asked
    period: Period
    span: Span


def settle_house(house: House, pupils: list[Pupil], terms: Terms) -> None:
    """Periods, check-ins, figures, the ledger and the inbox of one school as they are on the evening of today."""
    school = house.school
    owings = _open(school, school.calendar(), terms)
    _excuse(house, pupils, owings, terms)
    first, last = min(one.span.start for one in owings), max(one.span.end for one in owings)
    facts = SchoolFacts.read(school, first=first, last=last)
    figures: list[ClassFigure] = []
    # In the order of their nights: whoever is told of a row of misses hears of those before, not of later ones.
    for one in sorted(owings, key=lambda one: (one.span.due, one.rule.order)):
        if one.rule.per == QuotaRule.Per.CLASS:
            _check_in_classes(facts, one, on=terms.today)
        else:
            figures += _check_in_students(facts, one, on=terms.today)
            _tell(school, one, terms)
    ClassFigure.objects.bulk_create(figures, batch_size=BATCH)
    _mark_read(school, owings, terms)
    Ledger.objects.create(school=school, through=terms.today)


def night_of(day: date) -> datetime:
    return datetime.combine(day, NIGHT, timezone.get_current_timezone())


def _open(school: School, calendar: SchoolCalendar, terms: Terms) -> list[Owing]:
    """Every period that has begun since the school listens; closed is what was due before today."""
    by_key = {str(term.pk): term for term in Term.objects.filter(school=school)}
    rules = list(QuotaRule.objects.filter(school=school).owed().in_order().prefetch_related("tiers", "labels"))
    periods: dict[tuple[str, int, date], Period] = {}
    owings = []
    for rule in rules:
        asked = Asked.of(rule)
        for span in calendar.periods(PeriodKind(rule.period), rule.weeks, opened_by=terms.today):
            key = (span.kind, span.weeks, span.start)
            if key not in periods:
                periods[key] = _period(school, span, by_key)
            owings.append(Owing(rule, asked, periods[key], span))
    Period.objects.bulk_create(periods.values())
    PeriodOpening.objects.bulk_create(
        PeriodOpening(
            school=school,
            period=one.period,
            rule=one.rule,
            opened_at=night_of(one.span.opens),
            closed_at=_told_at(one) if one.span.due < terms.today else None,
        )
        for one in owings
    )
    return owings


def _told_at(one: Owing) -> datetime:
    """The night that closed the period."""
    return night_of(one.span.due + timedelta(days=1))


def _period(school: School, span: Span, terms: dict[str, Term]) -> Period:
    return Period(
        school=school,
        term=terms[span.term] if span.term else None,
        kind=span.kind,
        weeks=span.weeks,
        label=span.label,
        start=span.start,
        end=span.end,
        opens=span.opens,
        due=span.due,
    )


def _excuse(house: House, pupils: list[Pupil], owings: list[Owing], terms: Terms) -> None:
    """The word of the head teacher for whoever is in hospital during the running fortnight."""
    monday = terms.current.day(2 * NOW - 1, 0)
    running = next(
        one
        for one in owings
        if one.asked.for_everyone and one.rule.per == QuotaRule.Per.STUDENT and one.span.holds(monday)
    )
    excused = [pupil for pupil in pupils if pupil.part and pupil.part.fates.get(NOW) == Fate.EXCUSED]
    Excuse.objects.bulk_create(
        Excuse(
            school=house.school,
            period=running.period,
            rule=running.rule,
            student=pupil.student,
            by=house.heads[pupil.places[-1][0].pk],
            why=WHY_EXCUSED,
            on=monday,
            at=night_of(monday) + timedelta(hours=8),
        )
        for pupil in excused
    )


def _check_in_students(facts: SchoolFacts, one: Owing, *, on: date) -> list[ClassFigure]:
    """Judge whoever the rule may ask for by the facts; returns the figures by class."""
    rows: list[CheckIn] = []
    figures: dict[int | None, Counter[str]] = defaultdict(Counter)
    seen = [day for day in one.span.school_days if day <= on]
    for student in _asked_for(facts, one.asked):
        verdict = facts.judge_student(one.asked, one.span, student, as_of=on)
        if not verdict.exists:
            continue
        board = next((klass for day in reversed(seen) if (klass := facts.class_on(student, day)) is not None), None)
        rows.append(
            CheckIn(
                school=facts.school,
                period=one.period,
                rule=one.rule,
                student_id=student,
                school_class_id=board,
                status=verdict.status,
                counted=len(verdict.counted),
                declined=verdict.declined,
                late=verdict.late,
            )
        )
        figures[board][FIGURES[verdict.status]] += 1
    CheckIn.objects.bulk_create(rows, batch_size=BATCH)
    return [
        ClassFigure(school=facts.school, period=one.period, rule=one.rule, school_class_id=klass, **counts)
        for klass, counts in figures.items()
    ]


def _asked_for(facts: SchoolFacts, asked: Asked) -> Iterable[int]:
    """Who was ever in a tier, or carried a label, that the rule names; everybody where it names none."""
    if asked.for_everyone or facts.last_tier in asked.tiers:
        return list(facts.enrolments)
    return [
        student
        for student in facts.enrolments
        if any(tier in asked.tiers for _, tier in facts.tiers.get(student, ()))
        or any(row.what in asked.labels for row in facts.labels.get(student, ()))
    ]


def _check_in_classes(facts: SchoolFacts, one: Owing, *, on: date) -> None:
    rows = []
    for klass in sorted(facts.belonging):
        verdict = facts.judge_class(one.asked, one.span, klass, as_of=on)
        if verdict.exists:
            rows.append(
                ClassCheckIn(
                    school=facts.school,
                    period=one.period,
                    rule=one.rule,
                    school_class_id=klass,
                    status=verdict.status,
                    counted=len(verdict.counted),
                    declined=verdict.declined,
                    late=verdict.late,
                )
            )
    ClassCheckIn.objects.bulk_create(rows)


def _tell(school: School, one: Owing, terms: Terms) -> None:
    """The inbox after each period of this term."""
    if terms.current.first_day <= one.span.start and one.span.due < terms.today:
        missed = CheckIn.objects.filter(school=school, period=one.period, rule=one.rule).missed()
        notices.tell_missed(school, list(missed.select_related("period", "rule")), at=_told_at(one))


def _mark_read(school: School, owings: list[Owing], terms: Terms) -> None:
    """Only what the last period of each rule left is still unread."""
    latest: dict[int, datetime] = {}
    for one in owings:
        if one.span.due < terms.today:
            latest[one.rule.pk] = _told_at(one)
    for one in owings:
        at = _told_at(one)
        if one.span.due < terms.today and at < latest[one.rule.pk]:
            keys = [f"missed:{one.rule.uid}:{one.span.start}", f"again:{one.rule.lineage}:{one.span.start}"]
            told = InboxItem.objects.filter(school=school, key__in=keys)
            told.update(read_at=at + timedelta(hours=7))
