"""What the rule says of all those talks, stored as the night would have stored it, school by school."""

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from demo.cast import NOW, Fate
from demo.people import House
from demo.pupils import Pupil
from demo.terms import Terms
from listening import notices
from listening.facts import Asked, SchoolFacts
from listening.models import CheckIn, ClassFigure, Excuse, Ledger, Period, PeriodOpening, QuotaRule
from listening.quotas import Status
from notifications.models import InboxItem
from schools.calendar import PeriodKind, SchoolCalendar, Span
from schools.models import School, Term

BATCH = 2000
NIGHT = time(0, 30)
WHY_EXCUSED = "住院休养，已和家长联系，回校后再约。"
FIGURES = {Status.DUE: "due", Status.MET: "met", Status.MISSED: "missed", Status.EXCUSED: "excused"}


def settle_house(house: House, pupils: list[Pupil], terms: Terms) -> None:
    """Periods, check-ins, figures, the ledger and the inbox of one school as they are on the evening of today."""
    school = house.school
    calendar = school.calendar()
    rules = list(QuotaRule.objects.filter(school=school).owed().in_order().prefetch_related("tiers", "labels"))
    for rule in rules:
        periods = _open(school, rule, calendar, terms)
        _excuse(house, pupils, rule, periods, terms)
        _check_in(school, rule, periods, calendar, on=terms.today)
        _tell(school, rule, periods, terms)
    Ledger.objects.create(school=school, through=terms.today)


def night_of(day: date) -> datetime:
    return datetime.combine(day, NIGHT, timezone.get_current_timezone())


def _open(school: School, rule: QuotaRule, calendar: SchoolCalendar, terms: Terms) -> list[Period]:
    """Every period that has begun since the school listens; closed is what was due before today."""
    by_key = {str(term.pk): term for term in Term.objects.filter(school=school)}
    spans = calendar.periods(PeriodKind(rule.period), rule.weeks, opened_by=terms.today)
    periods = Period.objects.bulk_create(_period(school, span, by_key) for span in spans)
    PeriodOpening.objects.bulk_create(
        PeriodOpening(
            school=school,
            period=period,
            rule=rule,
            opened_at=night_of(period.opens),
            closed_at=night_of(period.due + timedelta(days=1)) if period.due < terms.today else None,
        )
        for period in periods
    )
    return periods


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


def _excuse(house: House, pupils: list[Pupil], rule: QuotaRule, periods: list[Period], terms: Terms) -> None:
    """The word of the head teacher for whoever is in hospital during the running fortnight."""
    monday = terms.current.day(2 * NOW - 1, 0)
    excused = [pupil for pupil in pupils if pupil.part and pupil.part.fates.get(NOW) == Fate.EXCUSED]
    Excuse.objects.bulk_create(
        Excuse(
            school=house.school,
            period=periods[-1],
            rule=rule,
            student=pupil.student,
            by=house.heads[pupil.places[-1][0].pk],
            why=WHY_EXCUSED,
            on=monday,
            at=night_of(monday) + timedelta(hours=8),
        )
        for pupil in excused
    )


def _check_in(school: School, rule: QuotaRule, periods: list[Period], calendar: SchoolCalendar, *, on: date) -> None:
    """Judge everybody in every period by the facts, and count by class."""
    facts = SchoolFacts.read(school, first=periods[0].start, last=periods[-1].end)
    asked = Asked.of(rule)
    rows: list[CheckIn] = []
    figures: dict[tuple[int, int | None], Counter[str]] = defaultdict(Counter)
    for period in periods:
        span = period.span(calendar)
        seen = [day for day in span.school_days if day <= on]
        for student in facts.enrolments:
            verdict = facts.judge_student(asked, span, student, as_of=on)
            if not verdict.exists:
                continue
            board = next((klass for day in reversed(seen) if (klass := facts.class_on(student, day)) is not None), None)
            rows.append(
                CheckIn(
                    school=school,
                    period=period,
                    rule=rule,
                    student_id=student,
                    school_class_id=board,
                    status=verdict.status,
                    counted=len(verdict.counted),
                    declined=verdict.declined,
                    late=verdict.late,
                )
            )
            figures[period.pk, board][FIGURES[verdict.status]] += 1
    CheckIn.objects.bulk_create(rows, batch_size=BATCH)
    ClassFigure.objects.bulk_create(
        ClassFigure(school=school, period_id=period, rule=rule, school_class_id=klass, **counts)
        for (period, klass), counts in figures.items()
    )


def _tell(school: School, rule: QuotaRule, periods: list[Period], terms: Terms) -> None:
    """The inbox after each fortnight of this term: only what the last one left is still unread."""
    closed = [period for period in periods if terms.current.first_day <= period.start and period.due < terms.today]
    for period in closed:
        missed = CheckIn.objects.filter(school=school, period=period, rule=rule).missed()
        at = night_of(period.due + timedelta(days=1))
        notices.tell_missed(school, list(missed.select_related("period", "rule")), at=at)
        if period is not closed[-1]:
            InboxItem.objects.filter(school=school, at=at).update(read_at=at + timedelta(hours=7))
