"""Another scheme of care, and the requirements that go by its tiers, changed in one piece."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from listening import actions as listening
from listening.models import QuotaRule
from schools.models import School
from students import actions as students
from students.models import CareTier
from students.schemes import Preset


@transaction.atomic
def change_scheme(*, by: User, school: School, preset: Preset, at: datetime) -> None:
    """Whoever has a tier keeps as much care, and every requirement asks for the tiers that took their places.

    What is over is judged by the old tiers for good: a changed requirement is a new row from the next period on.
    Raises InTerm, SameScheme.
    """
    follows = students.change_scheme(by=by, school=school, preset=preset, at=at)
    rules = QuotaRule.objects.filter(school=school, valid_to=None, tiers__in=follows).distinct().order_by("pk")
    for rule in rules.select_related("school"):
        listening.change_rule(by=by, rule=rule, at=at, tiers=_taking_over(rule, follows))


def _taking_over(rule: QuotaRule, follows: dict[int, CareTier]) -> list[CareTier]:
    """Each tier that took the place of one that was asked for; one that is in no scheme's way stays."""
    found = {(follows.get(tier.pk, tier)).pk: follows.get(tier.pk, tier) for tier in rule.tiers.all()}
    return list(found.values())
