"""漏谈: what was missed and still stands, by class, in the order of the register. Nobody is ranked."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from listening.make_ups import made_up_among
from listening.models import CheckIn, QuotaRule
from listening.models.check_ins import CheckInQuerySet
from listening.owners import Owners
from listening.words import day_words
from schools.models import School
from schools.permissions import Permission, holds

PAGE = 500  # rows
# The newest period first; within it requirement by requirement, class by class, as in the register.
LISTED = (
    "-period__start",
    "period__due",
    "rule__order",
    "rule",
    "school_class__grade__number",
    "school_class__number",
    "student__pinyin",
    "pk",
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the address asks for."""

    mine: bool = False
    rule: UUID | None = None
    start: date | None = None
    school_class: UUID | None = None


@dataclass(frozen=True, slots=True)
class MissedRow:
    """One missed check-in."""

    check_in: CheckIn
    days: int  # calendar days since the due day
    can_log: bool
    can_open: bool
    made_up: bool = False  # a later talk is linked; the miss stays

    @property
    def words(self) -> str:
        return f"过期 {self.days} 天"

    @property
    def note(self) -> str:
        """When the period was due, for the heading."""
        return f"{day_words(self.check_in.period.due)}到期"

    @property
    def url(self) -> str:
        row = self.check_in
        return reverse("listening:check-in", args=[row.student.uid, row.rule.uid, row.period.start])


@dataclass(frozen=True, slots=True)
class MissedPage:
    """Some of the rows, and which page of them all it is."""

    page: Page[int]
    rows: list[MissedRow]

    @property
    def count(self) -> int:
        """Of all the pages."""
        return self.page.paginator.count


def missed_page(person: User, school: School, asked: Filter, *, number: str, at: datetime) -> MissedPage:
    """The missed check-ins of the running and the last term that this person may see, newest period first."""
    on = timezone.localdate(at)
    rows = CheckIn.objects.visible_to(person, at=at, under=Permission.MISSED_VIEW).filter(school=school).missed()
    rows = rows.under_rules_seen_by(person, at=at)
    if asked.rule:
        rows = rows.filter(rule__uid=asked.rule)
    if asked.start:
        rows = rows.filter(period__start=asked.start)
    else:
        since = (
            school.terms.filter(first_day__lte=on).order_by("-first_day").values_list("first_day", flat=True).first()
        )
        rows = rows.filter(period__start__gte=since) if since else rows
    if asked.school_class:
        rows = rows.filter(school_class__uid=asked.school_class)
    if asked.mine:
        rows = _owned(person, rows, Owners(school, on=on))
    page = Paginator(rows.order_by(*LISTED).values_list("pk", flat=True), PAGE).get_page(number)
    found = list(CheckIn.objects.filter(school=school, pk__in=list(page)).for_list().order_by(*LISTED))
    can_log = holds(person, Permission.CONVERSATION_CREATE, at=at)
    can_open = holds(person, Permission.CHECK_IN_VIEW, at=at)
    made_up = made_up_among(found)
    shown = [
        MissedRow(
            row,
            (on - row.period.due).days,
            can_log=can_log,
            can_open=can_open,
            made_up=(row.period_id, row.rule_id, row.student_id) in made_up,
        )
        for row in found
    ]
    return MissedPage(page, shown)


def _owned(person: User, rows: CheckInQuerySet, owners: Owners) -> CheckInQuerySet:
    """Those that this person is to meet."""
    rules = QuotaRule.objects.in_bulk(set(rows.order_by().values_list("rule", flat=True)))
    own = [
        pk
        for pk, rule, student, school_class in rows.values_list("pk", "rule", "student", "school_class")
        if person.pk in owners.of(rules[rule], student, school_class)
    ]
    return CheckIn.objects.filter(school=owners.school, pk__in=own)
