"""Opening and closing periods by sets, and cutting them anew when school days change."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Self

from django.db import connection, models, transaction
from django.db.models import OuterRef, Q, Subquery

from listening import notices
from listening.actions import locking
from listening.actions.settling import recount_figures, settle_classes, settle_openings
from listening.models import (
    CheckIn,
    ClassCheckIn,
    ClassFigure,
    Excuse,
    Period,
    PeriodOpening,
    QuotaRule,
)
from listening.openings import Stretch
from listening.owners import Owners
from listening.quotas import Status
from listening.tally import Opened, Versions
from schools.calendar import PeriodKind, SchoolCalendar, Span
from schools.models import School, SchoolClass
from schools.statements import as_day, ask, write
from students.models import CareTier, Enrolment, Pause, StudentLabel, TierAssignment

ONE_DAY = timedelta(days=1)

PERIOD = {field.attname: field.column for field in Period._meta.concrete_fields}
DAYS = ("start", "end", "opens", "due")
COVERED = """
SELECT quotarule_id, caretier_id, NULL FROM listening_quotarule_tiers AS tier
JOIN listening_quotarule AS rule ON rule.id = tier.quotarule_id AND rule.school_id = %(school)s
UNION ALL
SELECT quotarule_id, NULL, carelabel_id FROM listening_quotarule_labels AS label
JOIN listening_quotarule AS rule ON rule.id = label.quotarule_id AND rule.school_id = %(school)s"""
STAND = """
SELECT period.start, opening.id, opening.period_id, opening.rule_id FROM listening_periodopening AS opening
JOIN listening_period AS period ON period.id = opening.period_id WHERE opening.school_id = %(school)s"""
STORED = """
SELECT id FROM listening_period
WHERE school_id = %(school)s AND kind = %(kind)s AND weeks = %(weeks)s AND start = %(start)s"""
OVER = f"""
SELECT opening.id, opening.rule_id, {", ".join(f'period."{column}"' for column in PERIOD.values())}
FROM listening_periodopening AS opening JOIN listening_period AS period ON period.id = opening.period_id
WHERE opening.school_id = %(school)s AND opening.closed_at IS NULL AND period.due < %(on)s
ORDER BY period.due, opening.id"""  # nosec B608: names of columns, written here; values are bound
TOUCHED = """
SELECT student_id FROM listening_conversationstudent
WHERE school_id = %(school)s AND day BETWEEN %(first)s AND %(last)s
UNION
SELECT student_id FROM listening_excuse
WHERE school_id = %(school)s AND period_id = %(period)s AND rule_id = %(rule)s AND student_id IS NOT NULL"""
CLOSE = """
UPDATE {table} SET status = CASE WHEN declined > 0 THEN %(excused)s ELSE %(missed)s END
WHERE school_id = %(school)s AND period_id = %(period)s AND rule_id = %(rule)s AND status = %(due)s"""


@dataclass(slots=True)
class Books:
    """What a school's nights go by, read once: its calendar, every version of its requirements, and what stands."""

    school: School
    calendar: SchoolCalendar
    rules: dict[int, QuotaRule]  # in their order
    tiers: dict[int, list[int]]  # of a rule
    labels: dict[int, list[int]]
    opened: list[Opened]
    untouched: set[int] = field(default_factory=set)  # openings of this night in which nothing has been judged yet

    @classmethod
    def read(cls, school: School) -> Self:
        rules = {rule.pk: rule for rule in QuotaRule.objects.filter(school=school).in_order()}
        tiers: dict[int, list[int]] = defaultdict(list)
        labels: dict[int, list[int]] = defaultdict(list)
        for rule, tier, label in ask(COVERED, {"school": school.pk}):
            (tiers if tier else labels)[rule].append(tier or label)
        stand = [Opened(as_day(start) or date.min, *numbers) for start, *numbers in ask(STAND, {"school": school.pk})]
        return cls(school, school.calendar(), rules, tiers, labels, stand)

    def is_narrow(self, rule: QuotaRule) -> bool:
        """Whether it is for some children only."""
        return rule.pk in self.tiers or rule.pk in self.labels

    def around(self, rule: QuotaRule, period: Period) -> Versions:
        """The opened periods of this requirement around this one, under all its versions."""
        lineage = {one.pk for one in self.rules.values() if one.lineage == rule.lineage}
        known = (one for one in self.opened if one.rule in lineage and one.opening not in self.untouched)
        return Versions.among(known, start=period.start)


@transaction.atomic
def open_periods(school: School, *, on: date, at: datetime) -> int:
    """Open what has begun by `on` and does not stand yet: one INSERT … SELECT for each rule and period.

    A school begins with the fortnight in which its first night runs: nothing earlier is owed. A rule governs the
    periods whose first school day lies in its validity.
    """
    locking.alone(school)
    return open_by(Books.read(school), on=on, at=at)


def open_by(books: Books, *, on: date, at: datetime) -> int:
    """The same for who has the school alone."""
    school, calendar = books.school, books.calendar
    if not _begin(school, calendar, on=on):
        return 0
    stand = {(one.rule, one.start) for one in books.opened}
    opened = 0
    for rule in books.rules.values():
        for span in governed(school, rule, calendar, on=on) if rule.minimum else ():
            if (rule.pk, span.start) not in stand:
                opened += _open(books, rule, span, on=on, at=at)
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
    key: dict[str, Any] = {"school": school, "kind": span.kind, "weeks": span.weeks, "start": span.start}
    days = _days_of(span)
    stored = ask(STORED, {"school": school.pk, "kind": span.kind.value, "weeks": span.weeks, "start": span.start})
    if not stored:
        return Period.objects.create(**key, **days)
    period = Period.objects.get(pk=stored[0][0])
    if changed := [name for name, value in days.items() if getattr(period, name) != value]:
        for name in changed:
            setattr(period, name, days[name])
        period.save(update_fields=changed)
    return period


def _days_of(span: Span) -> dict[str, object]:
    return {
        "term_id": int(span.term) if span.term else None,
        "label": span.label,
        "end": span.end,
        "opens": span.opens,
        "due": span.due,
    }


def _open(books: Books, rule: QuotaRule, span: Span, *, on: date, at: datetime) -> int:
    school, calendar = books.school, books.calendar
    period = period_row(school, span)
    opening = PeriodOpening.objects.create(school=school, period=period, rule=rule, opened_at=at)
    books.opened.append(Opened(period.start, opening.pk, period.pk, rule.pk))
    if rule.per == QuotaRule.Per.CLASS:
        classes = set(SchoolClass.objects.filter(school=school).values_list("pk", flat=True))
        return settle_classes(school, [opening], classes, calendar=calendar, as_of=on, at=at)
    chosen = covered(school, tiers=books.tiers.get(rule.pk, ()), labels=books.labels.get(rule.pk, ()), day=period.opens)
    rows = _insert_check_ins(chosen, rule, period)
    recount_figures(school, period.pk, rule.pk)
    touched = _touched_since(school, rule, period, on=on)
    if touched:
        settle_openings(school, [opening], touched, calendar=calendar, as_of=on, at=at)
    else:
        books.untouched.add(opening.pk)
    return rows


def _insert_check_ins(chosen: models.QuerySet[Enrolment], rule: QuotaRule, period: Period) -> int:
    """Everyone in scope on the first school day has the check-in; who comes later is settled one by one."""
    select, params = chosen.order_by().values_list("student_id", "school_class_id").query.sql_with_params()
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
    constants: list[Any] = [rule.school_id, period.pk, rule.pk, int(Status.DUE), 0, 0, False]
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
    scheme = CareTier.objects.filter(school=school).in_use_on(day)
    last_tier = scheme.order_by("-order").values_list("pk", flat=True).first()
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
    stretch = {"first": period.start, "last": period.end}
    found = {pk for (pk,) in ask(TOUCHED, {"school": school.pk, "period": period.pk, "rule": rule.pk, **stretch})}
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
    return close_by(Books.read(school), on=on, at=at)


def close_by(books: Books, *, on: date, at: datetime) -> int:
    """The same for who has the school alone."""
    school = books.school
    over = ask(OVER, {"school": school.pk, "on": on})
    owners: dict[date, Owners] = {}
    closed = 0
    for _, of_rule, *columns in over:
        rule, period = books.rules[of_rule], _period(columns)
        rows = _close(school, rule, period)
        closed += rows
        if not rows:
            continue
        if rule.per == QuotaRule.Per.STUDENT:
            recount_figures(school, period.pk, rule.pk)
        if period.due not in owners:
            owners[period.due] = Owners(school, on=period.due)
        around = books.around(rule, period)
        narrow = books.is_narrow(rule)
        notices.tell_of(school, rule, period, owners=owners[period.due], around=around, is_narrow=narrow, at=at)
    if over:
        PeriodOpening.objects.filter(pk__in=[opening for opening, *_ in over]).update(closed_at=at)
    return closed


def _period(columns: Sequence[Any]) -> Period:
    """A stored period as the statement gives it."""
    period = Period(**dict(zip(PERIOD, columns, strict=True)))
    for name in DAYS:
        setattr(period, name, as_day(getattr(period, name)))
    return period


def _close(school: School, rule: QuotaRule, period: Period) -> int:
    """A child who declined is not held to have been missed."""
    table = "listening_classcheckin" if rule.per == QuotaRule.Per.CLASS else "listening_checkin"
    values = {"school": school.pk, "period": period.pk, "rule": rule.pk, "due": Status.DUE.value}
    outcomes = {"excused": Status.EXCUSED.value, "missed": Status.MISSED.value}
    return write(CLOSE.format(table=table), {**values, **outcomes})


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
