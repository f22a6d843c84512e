"""What is read for check-ins, one row of each kind: stretches of days, versions of talks, what a rule asks."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self

from listening.models import ConversationVersion, QuotaRule
from listening.quotas import ROLES_UNDER, Hat, Kind, Outcome, RuleFacts
from schools.roles import Role

FAR_PAST, FAR_FUTURE = date.min, date.max


class Stretch(NamedTuple):
    """Something that holds from a day to a day, both included."""

    what: int | str
    first: date
    last: date

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


def stretch(what: int | str, first: date | None, last: date | None) -> Stretch:
    return Stretch(what, first or FAR_PAST, last or FAR_FUTURE)


@dataclass(frozen=True, slots=True)
class TalkRow:
    """One version of a talk, as stored."""

    entered_on: date
    day: date
    kind: Kind
    outcome: Outcome
    hat: Hat | None
    minutes: int
    listener: int
    students: frozenset[int]
    deleted: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule asks, with its tiers and labels by number."""

    rule: QuotaRule
    facts: RuleFacts
    roles: tuple[Role, ...]
    tiers: frozenset[int]
    labels: frozenset[int]

    @property
    def for_everyone(self) -> bool:
        return not self.tiers and not self.labels

    def can_bear(self, *, kind: Kind, outcome: Outcome, hat: Hat | None) -> bool:
        """Whether such a talk can count under this rule, or be declined, whoever had it with whom.

        Where it cannot, why_not() has a reason that leaves every check-in as it is: nothing has to be judged anew.
        """
        wanted = frozenset(self.roles) if hat is None else ROLES_UNDER[hat].intersection(self.roles)
        return kind == self.facts.kind and bool(wanted) and outcome in (Outcome.MADE, Outcome.DECLINED)

    @classmethod
    def of(cls, rule: QuotaRule) -> Self:
        """Reads tiers and labels: prefetch them."""
        return cls(
            rule=rule,
            facts=RuleFacts(Kind(rule.kind), rule.minimum, rule.minutes, rule.together),
            roles=tuple(Role(role) for role in rule.roles),
            tiers=rule.tier_numbers,
            labels=rule.label_numbers,
        )

    @classmethod
    def of_talks(cls, rule: QuotaRule) -> Self:
        """What it asks of a talk alone: tiers and labels, which would have to be read, do not matter for that."""
        asked = RuleFacts(Kind(rule.kind), rule.minimum, rule.minutes, rule.together)
        roles = tuple(Role(role) for role in rule.roles)
        return cls(rule=rule, facts=asked, roles=roles, tiers=frozenset(), labels=frozenset())


def stored_version(version: ConversationVersion) -> TalkRow:
    """How a talk stood before a correction."""
    facts = version.facts
    return TalkRow(
        entered_on=version.entered_on,
        day=date.fromisoformat(facts["day"]),
        kind=Kind(facts["kind"]),
        outcome=Outcome(facts["outcome"]),
        hat=Hat(facts["hat"]) if facts["hat"] else None,
        minutes=facts["minutes"],
        listener=facts["listener"],
        students=frozenset(facts["students"]),
        deleted=False,
    )
