"""Which rules have opened which periods, and what each asks. One statement, by hand: every logged talk asks it."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from listening.models import Period, PeriodOpening, QuotaRule
from schools.models import School
from schools.statements import as_day, ask

Stretch = tuple[date, date]  # first and last day

# Attributes in the order of the model. What is not among them is read when somebody looks at it.
OPENING = ["id", "school_id", "period_id", "rule_id"]
PERIOD = ["id", "school_id", "term_id", "kind", "weeks", "label", "start", "end", "opens", "due"]
RULE = [
    "id", "school_id", "name", "order", "roles", "for_counselors", "kind", "per", "period", "weeks", "minimum",
    "minutes", "together",
]  # fmt: skip
OF_PERIOD = slice(len(OPENING), len(OPENING) + len(PERIOD))
OF_RULE = slice(OF_PERIOD.stop, OF_PERIOD.stop + len(RULE))


def _columns(table: str, names: Sequence[str]) -> str:
    return ", ".join(f'{table}."{name}"' for name in names)


# A rule with tiers and labels comes once for each pair of them.
OPENINGS = f"""
SELECT {_columns("opening", OPENING)}, {_columns("period", PERIOD)}, {_columns("rule", RULE)},
  tier.caretier_id, label.carelabel_id
FROM listening_periodopening AS opening
JOIN listening_period AS period ON period.id = opening.period_id
JOIN listening_quotarule AS rule ON rule.id = opening.rule_id
LEFT JOIN listening_quotarule_tiers AS tier ON tier.quotarule_id = rule.id
LEFT JOIN listening_quotarule_labels AS label ON label.quotarule_id = rule.id
WHERE opening.school_id = %(school)s AND ({{touching}})"""  # nosec B608: names of columns, written here; values are bound


def openings_touching(school: School, stretches: Iterable[Stretch]) -> list[PeriodOpening]:
    """The opened periods that share a day with one of the stretches, with rule, tiers and labels."""
    values: dict[str, Any] = {"school": school.pk}
    touching = []
    for at, (first, last) in enumerate(stretches):
        values |= {f"first{at}": first, f"last{at}": last}
        touching.append(f'period.start <= %(last{at})s AND period."end" >= %(first{at})s')
    if not touching:
        return []
    found: dict[int, PeriodOpening] = {}
    rules: dict[int, QuotaRule] = {}
    for *row, tier, label in ask(OPENINGS.format(touching=" OR ".join(touching)), values):
        opening = found.get(row[0])
        if opening is None:
            opening = found[row[0]] = PeriodOpening.from_db(DEFAULT_DB_ALIAS, OPENING, row[: OF_PERIOD.start])
            opening.period = _period(row[OF_PERIOD])
            if opening.rule_id not in rules:
                rules[opening.rule_id] = _rule(row[OF_RULE])
            opening.rule = rules[opening.rule_id]
        if tier is not None:
            opening.rule.tier_numbers |= {tier}
        if label is not None:
            opening.rule.label_numbers |= {label}
    return list(found.values())


def _period(row: list[Any]) -> Period:
    *said, start, end, opens, due = row
    days = [as_day(one) for one in (start, end, opens, due)]
    return Period.from_db(DEFAULT_DB_ALIAS, PERIOD, [*said, *days])


def _rule(row: list[Any]) -> QuotaRule:
    roles = RULE.index("roles")
    row[roles] = json.loads(row[roles])
    rule = QuotaRule.from_db(DEFAULT_DB_ALIAS, RULE, row)
    rule.tier_numbers = rule.label_numbers = frozenset()
    return rule
