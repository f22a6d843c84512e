"""Opening and closing periods by sets, and cutting them anew when school days change."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Case, OuterRef, Q, Subquery, Value, When

from listening import notices
from listening.actions import locking
from listening.actions.settling import Stretch, recount_figures, settle_classes, settle_openings
from listening.models import (
    CheckIn,
    ClassCheckIn,
    ClassFigure,
    ConversationStudent,
    Excuse,
    Period,
    PeriodOpening,
    QuotaRule,
)
from listening.quotas import Status
from schools.calendar import PeriodKind, SchoolCalendar, Span
from schools.models import School, SchoolClass
from students.models import CareTier, Enrolment, Pause, StudentLabel, TierAssignment

ONE_DAY = timedelta(days=1)


@transaction.atomic
def open_periods(school: School, *, on: date, at: datetime) -> int:
    """Open what has begun by `on` and does not stand yet: one INSERT … SELECT for each rule and period.

    A school begins with the fortnight in which its first night runs: nothing earlier is owed. A rule governs the
    periods whose first school day lies in its validity.
    """
    locking.alone(school)
    calendar = school.calendar()
    if not _begin(school, calendar, on=on):
        return 0
    rules = QuotaRule.objects.filter(school=school).owed().in_order().prefetch_related("tiers", "labels")
    stand = set(PeriodOpening.objects.filter(school=school).values_list("rule", "period__start"))
    opened = 0
    for rule in rules:
        for span in governed(school, rule, calendar, on=on):
            if (rule.pk, span.start) not in stand:
                opened += _open(school, rule, span, calendar, on=on, at=at)
    return opened


def governed(school: School, rule: QuotaRule, calendar: SchoolCalendar, *, on: date) -> list[Span]:
    """The periods that a rule governs and that have begun by `on`."""
    spans = calendar.periods(PeriodKind(rule.period), rule.weeks, opened_by=on)
    return [span for span in spans if _governs(rule, span, since=school.listening_since)]


def _governs(rule: QuotaRule, span: Span, *, since: date | None) -> bool:
    return (
        (since is None or since <= span.opens)
        and (rule.valid_from is None or rule.valid_from <= span.opens)
        and (rule.valid_to is None or span.opens <= rule.valid_to)
    )


def _begin(school: School, calendar: SchoolCalendar, *, on: date) -> bool:
    """Set the day from which listening counts, once: the first day of the fortnight that is running."""
    if school.listening_since is None:
        fortnight = calendar.period_of(PeriodKind.FORTNIGHT, 0, on)
        if fortnight is None:
            return False
        school.listening_since = fortnight.start
        school.save(update_fields=["listening_since"])
    return True


def period_row(school: School, span: Span) -> Period:
    """The stored row of a period, made or brought up to date."""
    period, _ = Period.objects.update_or_create(
        school=school, kind=span.kind, weeks=span.weeks, start=span.start, defaults=_days_of(span)
    )
    return period


def _days_of(span: Span) -> dict[str, object]:
    return {
        "term_id": int(span.term) if span.term else None,
        "label": span.label,
        "end": span.end,
        "opens": span.opens,
        "due": span.due,
    }


def _open(school: School, rule: QuotaRule, span: Span, calendar: SchoolCalendar, *, on: date, at: datetime) -> int:
    period = period_row(school, span)
    opening = PeriodOpening.objects.create(school=school, period=period, rule=rule, opened_at=at)
    if rule.per == QuotaRule.Per.CLASS:
        classes = set(SchoolClass.objects.filter(school=school).values_list("pk", flat=True))
        return settle_classes(school, [opening], classes, calendar=calendar, as_of=on)
    rows = _insert_check_ins(school, rule, period)
    recount_figures(school, [opening])
    if touched := _touched_since(school, rule, period, on=on):
        settle_openings(school, [opening], touched, calendar=calendar, as_of=on, at=at)
    return rows


def _insert_check_ins(school: School, rule: QuotaRule, period: Period) -> int:
    """Everyone in scope on the first school day has the check-in; who comes later is settled one by one."""
    chosen = in_scope(school, rule, day=period.opens).values_list("student_id", "school_class_id")
    select, params = chosen.order_by().query.sql_with_params()
    columns = (
        "student_id",
        "school_class_id",
        "school_id",
        "period_id",
        "rule_id",
        "status",
        "counted",
        "declined",
        "late",
    )
    quote = connection.ops.quote_name
    constants: list[Any] = [school.pk, period.pk, rule.pk, int(Status.DUE), 0, 0, False]
    statement = (
        # Names come from the models, values go as parameters.
        f"INSERT INTO {quote(CheckIn._meta.db_table)} ({', '.join(map(quote, columns))}) "  # nosec B608
        f"SELECT chosen.*, {', '.join(['%s'] * len(constants))} FROM ({select}) AS chosen "
        "WHERE true ON CONFLICT DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*constants, *params])
        return max(int(cursor.rowcount), 0)


def in_scope(school: School, rule: QuotaRule, *, day: date) -> models.QuerySet[Enrolment]:
    """The enrolments of that day whose student is here and covered by the rule's tiers or labels."""
    tiers = [tier.pk for tier in rule.tiers.all()]
    return covered(school, tiers=tiers, labels=[label.pk for label in rule.labels.all()], day=day)


def covered(school: School, *, tiers: Sequence[int], labels: Sequence[int], day: date) -> models.QuerySet[Enrolment]:
    """The same by the numbers of tiers and labels, for a rule that does not stand yet."""
    here = Enrolment.objects.on(day).filter(school=school)
    here = here.exclude(student__in=Pause.objects.on(day).filter(school=school).values("student"))
    if not tiers and not labels:
        return here
    given = TierAssignment.objects.filter(school=school, student=OuterRef("student"), valid_from__lte=day)
    last_tier = CareTier.objects.filter(school=school).order_by("-order").values_list("pk", flat=True).first()
    here = here.alias(tier_now=Subquery(given.order_by("-valid_from", "-pk").values("tier")[:1]))
    covered = Q(tier_now__in=tiers)
    if last_tier in tiers:
        covered |= Q(tier_now=None)
    if labels:
        labelled = StudentLabel.objects.filter(school=school, label__in=labels, valid_from__lte=day)
        labelled = labelled.filter(Q(valid_to=None) | Q(valid_to__gte=day))
        covered |= Q(student__in=labelled.values("student"))
    return here.filter(covered)


def _touched_since(school: School, rule: QuotaRule, period: Period, *, on: date) -> set[int]:
    """Who already has talks or an excuse in a period that opens, or about whom something changed since it began."""
    talked = ConversationStudent.objects.filter(school=school, day__range=(period.start, period.end))
    found = set(talked.values_list("student", flat=True))
    excused = Excuse.objects.filter(school=school, period=period, rule=rule).exclude(student=None)
    found |= {pk for pk in excused.values_list("student", flat=True) if pk is not None}
    if on > period.opens:
        first, last = period.opens + ONE_DAY, min(on, period.due)
        moved = Q(valid_from__range=(first, last)) | Q(valid_to__range=(period.opens, last - ONE_DAY))
        for model in (Enrolment, Pause, StudentLabel):
            found |= set(model.objects.filter(moved, school=school).values_list("student", flat=True))
        tiers = TierAssignment.objects.filter(school=school, valid_from__range=(first, last))
        found |= set(tiers.values_list("student", flat=True))
    return found


@transaction.atomic
def close_periods(school: School, *, on: date, at: datetime) -> int:
    """Close what was due before `on`: one UPDATE for each rule and period of what is still open."""
    locking.alone(school)
    over = PeriodOpening.objects.filter(school=school, closed_at=None, period__due__lt=on)
    closed = 0
    for opening in over.select_related("period", "rule").order_by("period__due", "pk"):
        if opening.rule.per == QuotaRule.Per.CLASS:
            closed += _close(ClassCheckIn.objects.filter(school=school, period=opening.period_id, rule=opening.rule_id))
        else:
            closed += _close_students(school, opening, at=at)
        PeriodOpening.objects.filter(pk=opening.pk).update(closed_at=at)
    return closed


def _close(rows: models.QuerySet[CheckIn] | models.QuerySet[ClassCheckIn]) -> int:
    """A child who declined is not held to have been missed."""
    outcome = Case(When(declined__gt=0, then=Value(Status.EXCUSED.value)), default=Value(Status.MISSED.value))
    return rows.filter(status=Status.DUE).update(status=outcome)


def _close_students(school: School, opening: PeriodOpening, *, at: datetime) -> int:
    rows = CheckIn.objects.filter(school=school, period=opening.period_id, rule=opening.rule_id)
    some_missed = rows.due().filter(declined=0).exists()
    closed = _close(rows)
    if closed:
        recount_figures(school, [opening])
    if some_missed:
        notices.tell_of(school, opening.rule, opening.period, at=at)
    return closed


def derive_again(school: School, *, on: date) -> list[Stretch]:
    """Cut the stored periods anew after school days changed; returns the stretches of those that are now others.

    A period keeps its row while the calendar has one around its first school day. Two that became one share the row
    of the first; one that is gone, or has not begun any more, takes its check-ins with it. What was closed and is due
    again is open again. The caller settles the check-ins.
    """
    calendar = school.calendar()
    moved: list[Stretch] = []
    for period in Period.objects.filter(school=school).order_by("start", "pk"):
        span = calendar.period_of(PeriodKind(period.kind), period.weeks, period.opens)
        if span is None:
            period.delete()
            continue
        if span.start != period.start and (twin := _at(period, span.start)):
            Excuse.objects.filter(period=period).update(period=twin)
            period.delete()
            continue
        if span.opens > on:
            for rows in (PeriodOpening, CheckIn, ClassCheckIn, ClassFigure):
                rows.objects.filter(school=school, period=period).delete()
        fields = {"start": span.start, **_days_of(span)}
        if any(getattr(period, name) != value for name, value in fields.items()):
            Period.objects.filter(pk=period.pk).update(**fields)
            moved.append((span.start, span.end))
    PeriodOpening.objects.filter(school=school, period__due__gte=on).update(closed_at=None)
    return moved


def _at(period: Period, start: date) -> Period | None:
    return Period.objects.filter(school=period.school_id, kind=period.kind, weeks=period.weeks, start=start).first()
