"""Opening and closing by sets. Each may run twice, late and in any order; one run after a week catches up."""

from datetime import date, datetime

from django.db import connection, models, transaction
from django.db.models import Case, OuterRef, Q, Subquery, Value, When

from listening import notices
from listening.actions.settling import evening, recount_figures, settle, settle_changes, settle_classes
from listening.models import CheckIn, ConversationStudent, Ledger, Period, PeriodOpening, QuotaRule
from listening.quotas import Status
from schools.calendar import PeriodKind, SchoolCalendar, Span
from schools.models import School, SchoolClass, Term
from students.models import CareTier, Enrolment, Pause, StudentLabel, TierAssignment


@transaction.atomic
def run_day(school: School, *, on: date, at: datetime) -> int:
    """What the night does for one school: changes, then openings, then closings. Returns how many rows it touched.

    A day that has been run already, or lies before one that has, changes nothing that is right.
    """
    through = evening(school, on=on)
    rows = settle_changes(school, on=through, at=at)
    rows += open_periods(school, on=through, at=at)
    rows += close_periods(school, on=through, at=at)
    Ledger.objects.update_or_create(school=school, defaults={"through": through})
    return rows


def open_periods(school: School, *, on: date, at: datetime) -> int:
    """Open what has begun by `on` and does not stand yet: one INSERT … SELECT for each rule and period.

    A school begins with the fortnight in which its first night runs: nothing earlier is owed. A rule governs the
    periods whose first school day lies in its validity.
    """
    calendar = school.calendar()
    if not _begin(school, calendar, on=on):
        return 0
    rules = QuotaRule.objects.filter(school=school).owed().in_order().prefetch_related("tiers", "labels")
    stand = set(PeriodOpening.objects.filter(school=school).values_list("rule", "period__start"))
    opened = 0
    for rule in rules:
        for span in calendar.periods(PeriodKind(rule.period), rule.weeks, opened_by=on):
            if (rule.pk, span.start) not in stand and _governs(rule, span, since=school.listening_since):
                opened += _open(school, rule, span, calendar, on=on, at=at)
    return opened


def _begin(school: School, calendar: SchoolCalendar, *, on: date) -> bool:
    """Set the day from which listening counts, once: the first day of the fortnight that is running."""
    if school.listening_since is None:
        fortnight = calendar.period_of(PeriodKind.FORTNIGHT, 0, on)
        if fortnight is None:
            return False
        school.listening_since = fortnight.start
        school.save(update_fields=["listening_since"])
    return True


def _governs(rule: QuotaRule, span: Span, *, since: date | None) -> bool:
    return (
        (since is None or since <= span.opens)
        and (rule.valid_from is None or rule.valid_from <= span.opens)
        and (rule.valid_to is None or span.opens <= rule.valid_to)
    )


def _open(school: School, rule: QuotaRule, span: Span, calendar: SchoolCalendar, *, on: date, at: datetime) -> int:
    term = Term.objects.filter(school=school, pk=int(span.term)).first() if span.term else None
    period, _ = Period.objects.update_or_create(
        school=school,
        kind=span.kind,
        weeks=span.weeks,
        start=span.start,
        defaults={"term": term, "label": span.label, "end": span.end, "opens": span.opens, "due": span.due},
    )
    opening, made = PeriodOpening.objects.get_or_create(
        school=school, period=period, rule=rule, defaults={"opened_at": at}
    )
    if not made:
        return 0
    if rule.per == QuotaRule.Per.CLASS:
        classes = set(SchoolClass.objects.filter(school=school).values_list("pk", flat=True))
        return settle_classes(school, [opening], classes, calendar=calendar, as_of=on)
    rows = _insert_check_ins(school, rule, period)
    recount_figures(school, [opening])
    if touched := _touched_since(school, span, on=on):
        settle(school, students=touched, first=span.start, last=span.end, on=on, at=at)
    return rows


def _insert_check_ins(school: School, rule: QuotaRule, period: Period) -> int:
    """Everyone in scope on the first school day has the check-in; who comes later is settled one by one."""
    chosen = _in_scope(school, rule, day=period.opens).values_list("student_id", "school_class_id")
    select, params = chosen.order_by().query.sql_with_params()
    columns = ("student_id", "school_class_id", "school_id", "period_id", "rule_id", "status", "counted", "declined", "late")
    quote = connection.ops.quote_name
    constants: list[object] = [school.pk, period.pk, rule.pk, int(Status.DUE), 0, 0, False]
    statement = (
        f"INSERT INTO {quote(CheckIn._meta.db_table)} ({', '.join(map(quote, columns))}) "  # noqa: S608  names are ours
        f"SELECT chosen.*, {', '.join(['%s'] * len(constants))} FROM ({select}) AS chosen WHERE true ON CONFLICT DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*constants, *params])
        return max(cursor.rowcount, 0)


def _in_scope(school: School, rule: QuotaRule, *, day: date) -> models.QuerySet[Enrolment]:
    """The enrolments of that day whose student is here and covered by the rule's tiers or labels."""
    here = Enrolment.objects.on(day).filter(school=school)
    here = here.exclude(student__in=Pause.objects.on(day).filter(school=school).values("student"))
    tiers = [tier.pk for tier in rule.tiers.all()]
    labels = [label.pk for label in rule.labels.all()]
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


def _touched_since(school: School, span: Span, *, on: date) -> set[int]:
    """Who already has talks in a period that opens late, or about whom something began or ended since it began."""
    talked = ConversationStudent.objects.filter(school=school, day__range=(span.start, span.end))
    found = set(talked.values_list("student", flat=True))
    if on > span.opens:
        between = (span.opens, on)
        moved = Q(valid_from__range=between) | Q(valid_to__range=between)
        for model in (Enrolment, Pause, StudentLabel):
            found |= set(model.objects.filter(moved, school=school).values_list("student", flat=True))
        tiers = TierAssignment.objects.filter(school=school, valid_from__range=between)
        found |= set(tiers.values_list("student", flat=True))
    return found


def close_periods(school: School, *, on: date, at: datetime) -> int:
    """Close what was due before `on`: one UPDATE for each rule and period of what is still open."""
    over = PeriodOpening.objects.filter(school=school, closed_at=None, period__due__lt=on)
    closed = 0
    for opening in over.select_related("period", "rule").order_by("period__due", "pk"):
        if opening.rule.per == QuotaRule.Per.CLASS:
            closed += _close_classes(school, opening, on=on)
        else:
            closed += _close_students(school, opening, at=at)
        PeriodOpening.objects.filter(pk=opening.pk, closed_at=None).update(closed_at=at)
    return closed


def _close_students(school: School, opening: PeriodOpening, *, at: datetime) -> int:
    still_open = CheckIn.objects.filter(school=school, period=opening.period_id, rule=opening.rule_id).due()
    missing = list(still_open.filter(declined=0).values_list("pk", flat=True))
    outcome = Case(When(declined__gt=0, then=Value(Status.EXCUSED.value)), default=Value(Status.MISSED.value))
    closed = still_open.update(status=outcome)
    if closed:
        recount_figures(school, [opening])
        missed = CheckIn.objects.filter(school=school, period=opening.period_id, rule=opening.rule_id).missed()
        if missing:
            notices.tell_missed(school, list(missed.select_related("period", "rule")), at=at)
    return closed


def _close_classes(school: School, opening: PeriodOpening, *, on: date) -> int:
    classes = set(SchoolClass.objects.filter(school=school).values_list("pk", flat=True))
    return settle_classes(school, [opening], classes, calendar=school.calendar(), as_of=on)
