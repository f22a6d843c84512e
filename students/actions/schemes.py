"""A school's scheme of care: chosen at the beginning, changed between terms. No past assignment is rewritten."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from privacy import actions as privacy
from schools.models import School, Term
from students.actions.roster import note_change
from students.care import current_tiers
from students.models import CareLabel, CareTier, RosterChange, Student, TierAssignment
from students.schemes import DEFAULT, LABELS, Preset, Tier


class InTerm(Exception):
    """A school changes its scheme between terms: within one, what is owed goes by the old tiers."""


class SameScheme(Exception):
    """This scheme is in use already."""


@dataclass(frozen=True, slots=True)
class Step:
    """One tier of the old scheme, what takes its place, and how many students it is about."""

    old: CareTier
    new: Tier
    students: int


def adopt_scheme(school: School, *, preset: Preset = DEFAULT) -> None:
    """Give a new school a scheme and the labels. Once: what stands is left alone."""
    if not CareTier.objects.filter(school=school).exists():
        _add_tiers(school, preset, since=None)
    if not CareLabel.objects.filter(school=school).exists():
        CareLabel.objects.bulk_create(CareLabel(school=school, name=name, order=at) for at, name in enumerate(LABELS))


def may_change_scheme(school: School, *, on: date) -> bool:
    """Between terms, and before a school has begun to listen."""
    return school.listening_since is None or not Term.objects.filter(school=school).covering(on).exists()


def scheme_steps(school: School, preset: Preset, *, on: date) -> list[Step]:
    """What a change would mean for each tier in use, to be read before it is confirmed."""
    counts: dict[int, int] = {}
    for given in current_tiers(school, on=on).values():
        counts[given.tier_id] = counts.get(given.tier_id, 0) + 1
    tiers = CareTier.objects.filter(school=school).in_use()
    return [Step(tier, preset.at_least(tier.axis), counts.get(tier.pk, 0)) for tier in tiers]


@transaction.atomic
def change_scheme(*, by: User, school: School, preset: Preset, at: datetime) -> dict[int, CareTier]:
    """Another scheme from today on; returns the new tier by the number of each old one.

    Whoever has a tier gets the one that takes its place, as a new assignment from today: as much care, never less,
    with the review that was agreed. Raises InTerm, SameScheme.
    """
    on = timezone.localdate(at)
    if not may_change_scheme(school, on=on):
        raise InTerm
    old = list(CareTier.objects.filter(school=school).in_use())
    if [(one.name, one.scheme) for one in old] == [(one.name, preset.name) for one in preset.tiers]:
        raise SameScheme
    CareTier.objects.filter(pk__in=[one.pk for one in old]).update(valid_to=on - timedelta(days=1))
    try:
        with transaction.atomic():
            new = {tier.name: tier for tier in _add_tiers(school, preset, since=on)}
    except IntegrityError as reason:
        raise SameScheme from reason  # two at once: the other one has chosen
    follows = {tier.pk: new[preset.at_least(tier.axis).name] for tier in old}
    students = Student.objects.in_bulk(current := current_tiers(school, on=on))
    for number, given in current.items():
        if given.tier_id in follows:
            _follow(students[number], given, follows[given.tier_id], by=by, on=on, at=at)
    privacy.record(by_id=by.pk, verb="care.scheme", at=at, school_id=school.pk, kind="school", uid=school.uid)
    return follows


def _follow(student: Student, given: TierAssignment, tier: CareTier, *, by: User, on: date, at: datetime) -> None:
    TierAssignment.objects.create(
        school_id=student.school_id,
        student=student,
        tier=tier,
        axis_before=given.axis,
        axis=tier.axis,
        valid_from=on,
        proposed_by=by,
        confirmed_by=by,
        review_on=given.review_on,
    )
    note_change(student, RosterChange.Kind.TIER, on, at=at)


def _add_tiers(school: School, preset: Preset, *, since: date | None) -> list[CareTier]:
    return CareTier.objects.bulk_create(
        CareTier(
            school=school,
            name=tier.name,
            order=order,
            axis=tier.axis,
            review_days=tier.review,
            definition=tier.definition,
            guidance=tier.guidance,
            scheme=preset.name,
            valid_from=since,
        )
        for order, tier in enumerate(preset.tiers)
    )
