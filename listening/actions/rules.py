"""Changing what is asked. A change is a new row of the same lineage: no past period is ever judged by it."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from listening.actions import locking
from listening.actions.settling import evening
from listening.models import PeriodOpening, QuotaRule
from listening.quotas import Kind
from privacy import actions as privacy
from schools.calendar import PeriodKind, SchoolCalendar
from schools.models import School
from schools.roles import Role
from students.models import CareLabel, CareTier

ONE_DAY = timedelta(days=1)


class NeedsOne(Exception):
    """Only a requirement of guardians alone may ask for none: it is guidance."""


class Superseded(Exception):
    """This row has a later version or has been ended: the newest version is the one to change."""


class RuleChanges(TypedDict, total=False):
    """What a change may say; what is not named stays."""

    name: str
    roles: list[str]
    kind: Kind
    per: QuotaRule.Per
    tiers: Collection[CareTier]
    labels: Collection[CareLabel]
    period: PeriodKind
    weeks: int
    minimum: int
    maximum: int | None
    minutes: int
    together: int


PLAIN = ("name", "roles", "kind", "per", "period", "weeks", "minimum", "maximum", "minutes", "together")


def starts_on(calendar: SchoolCalendar, *, kind: PeriodKind, weeks: int, after: date) -> date:
    """The first school day of the first period that has not begun on the evening of `after`.

    Where the calendar knows no such period yet, the day after the running one, or tomorrow.
    """
    for span in calendar.periods(kind, weeks):
        if span.opens > after:
            return span.opens
    running = calendar.period_of(kind, weeks, after)
    return (running.end if running else after) + ONE_DAY


def is_unused(rule: QuotaRule, *, after: date) -> bool:
    """Whether it has governed nothing so far: it begins later, or the school has not begun to listen."""
    if PeriodOpening.objects.filter(school=rule.school_id, rule=rule).exists():
        return False
    return rule.school.listening_since is None or (rule.valid_from is not None and rule.valid_from > after)


def is_newest(rule: QuotaRule) -> bool:
    """Whether nothing has come after it: no later version, and no end."""
    return rule.valid_to is None


@transaction.atomic
def change_rule(*, by: User, rule: QuotaRule, at: datetime, **changes: Unpack[RuleChanges]) -> QuotaRule:
    """Ask otherwise from the next period's first school day on; the old row ends the day before.

    A row that has governed nothing yet is put right where it stands. Raises NeedsOne, Superseded.
    """
    school = rule.school
    locking.alone(school)
    stands = QuotaRule.objects.select_related("school").prefetch_related("tiers", "labels").get(pk=rule.pk)
    if not is_newest(stands):
        raise Superseded
    _check(stands, changes)
    after = evening(school, on=timezone.localdate(at))
    if is_unused(stands, after=after):
        new = stands
    else:
        begins = starts_on(school.calendar(), kind=PeriodKind(stands.period), weeks=stands.weeks, after=after)
        new = _copy(stands, begins)
        QuotaRule.objects.filter(pk=stands.pk).update(valid_to=begins - ONE_DAY)
    for name in PLAIN:
        if name in changes:
            setattr(new, name, changes[name])  # type: ignore[literal-required]
    new.for_counselors = new.roles == [Role.COUNSELOR]
    new.save()
    new.tiers.set(changes.get("tiers", stands.tiers.all()))
    new.labels.set(changes.get("labels", stands.labels.all()))
    _record(by, "rule.change", new.uid, school, at, detail=",".join(sorted(changes)))
    return new


def _copy(rule: QuotaRule, begins: date) -> QuotaRule:
    fields = {name: getattr(rule, name) for name in PLAIN}
    return QuotaRule(school=rule.school, lineage=rule.lineage, order=rule.order, valid_from=begins, **fields)


@transaction.atomic
def add_rule(*, by: User, school: School, at: datetime, **words: Unpack[RuleChanges]) -> QuotaRule:
    """Ask for something new, from the next period of its kind on. Raises NeedsOne."""
    locking.alone(school)
    plain: dict[str, Any] = {name: words[name] for name in PLAIN if name in words}  # type: ignore[literal-required]
    rule = QuotaRule(school=school, **plain)
    _check(rule, {})
    last = QuotaRule.objects.filter(school=school).order_by("-order").values_list("order", flat=True).first()
    rule.order = (last or 0) + 10
    rule.for_counselors = rule.roles == [Role.COUNSELOR]
    if school.listening_since is not None:
        after = evening(school, on=timezone.localdate(at))
        kind = PeriodKind(rule.period)
        rule.valid_from = starts_on(school.calendar(), kind=kind, weeks=rule.weeks, after=after)
    rule.save()
    rule.tiers.set(words.get("tiers", ()))
    rule.labels.set(words.get("labels", ()))
    _record(by, "rule.add", rule.uid, school, at)
    return rule


@transaction.atomic
def end_rule(*, by: User, rule: QuotaRule, at: datetime) -> date | None:
    """Ask no more once the running period is over; returns the last day on which a period may still begin.

    A row that has governed nothing goes, and None is returned. Raises Superseded.
    """
    school = rule.school
    locking.alone(school)
    stands = QuotaRule.objects.select_related("school").get(pk=rule.pk)
    if not is_newest(stands):
        raise Superseded
    after = evening(school, on=timezone.localdate(at))
    last = None
    if is_unused(stands, after=after):
        stands.delete()
    else:
        kind = PeriodKind(stands.period)
        last = starts_on(school.calendar(), kind=kind, weeks=stands.weeks, after=after) - ONE_DAY
        QuotaRule.objects.filter(pk=stands.pk).update(valid_to=last)
    _record(by, "rule.end", rule.uid, school, at)
    return last


def may_ask_none(roles: Collection[str]) -> bool:
    """Whether a minimum of 0 is allowed: for guardians alone."""
    return set(roles) == {Role.GUARDIAN}


def _check(rule: QuotaRule, changes: RuleChanges) -> None:
    if not changes.get("minimum", rule.minimum) and not may_ask_none(changes.get("roles", rule.roles)):
        raise NeedsOne


def _record(by: User, verb: str, uid: UUID, school: School, at: datetime, detail: str = "") -> None:
    privacy.record(by_id=by.pk, verb=verb, at=at, school_id=school.pk, kind="rule", uid=uid, detail=detail)
