"""What a school may set for its cases: names of the colours, deadlines, days of follow-up, and who may do what. Pure.

Stored as plain data in editions (ReferralSettings); read into one frozen object, in which the presets fill the gaps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from referrals import deadlines
from referrals.deadlines import Span, Unit
from referrals.requirements import Colour, Urgency
from referrals.stages import FIXED, MAY_BE_GIVEN, Stage, Verb, Who

MOST = {Unit.HOURS: 72, Unit.SCHOOL_DAYS: 20, Unit.DAYS: 60, Unit.AT_ONCE: 0}


class Unfit(ValueError):
    """These settings cannot be; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in one school."""

    colours: Mapping[Colour, str] = field(default_factory=lambda: {one: str(one.label) for one in Colour})
    to_accept: Mapping[Urgency, Span] = field(default_factory=lambda: dict(deadlines.TO_ACCEPT))
    by_stage: Mapping[Stage, Mapping[Colour, Span]] = field(default_factory=lambda: dict(deadlines.BY_STAGE))
    follow_up_days: tuple[int, ...] = deadlines.FOLLOW_UP_DAYS
    who: Mapping[str, frozenset[Who]] = field(default_factory=dict)

    def span(self, stage: Stage, colour: Colour, urgency: Urgency) -> Span | None:
        """How long a case may stay at this stage; None where nothing hurries."""
        if stage == Stage.REPORTED:
            return self.to_accept[urgency]
        spans = self.by_stage.get(stage)
        return spans[deadlines.colour_for_clock(colour, urgency)] if spans else None


def read(values: Mapping[str, Any]) -> Rules:
    """Raises Unfit, with a sentence, for what a school may not set."""
    try:
        return Rules(
            colours=_colours(values.get("colours", {})),
            to_accept=dict(deadlines.TO_ACCEPT)
            | {Urgency[name]: _span(said) for name, said in values.get("to_accept", {}).items()},
            by_stage=_by_stage(values.get("by_stage", {})),
            follow_up_days=_days(values.get("follow_up_days", deadlines.FOLLOW_UP_DAYS)),
            who={Verb(verb).value: _who(Verb(verb), names) for verb, names in values.get("who", {}).items()},
        )
    except Unfit:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as reason:
        raise Unfit("有一项设置认不出来。") from reason


def _colours(said: Mapping[str, str]) -> dict[Colour, str]:
    names = {one: str(one.label) for one in Colour} | {Colour[name]: words.strip() for name, words in said.items()}
    if not all(names.values()) or len(set(names.values())) < len(names):
        raise Unfit("每个等级要有自己的名称。")
    return names


def _by_stage(said: Mapping[str, Mapping[str, Any]]) -> dict[Stage, Mapping[Colour, Span]]:
    spans = dict(deadlines.BY_STAGE)
    for name, of in said.items():
        stage = Stage(name)
        if stage not in spans:
            raise Unfit(f"“{stage.label}”没有时限可设。")
        spans[stage] = dict(spans[stage]) | {Colour[colour]: _span(one) for colour, one in of.items()}
    return spans


def _span(said: Any) -> Span:
    unit, n = said
    span = Span(Unit(unit), int(n))
    if not 0 <= span.n <= MOST[span.unit] or (span.n == 0 and span.unit in (Unit.HOURS, Unit.DAYS)):
        raise Unfit(f"时限太短或太长：{span}。")
    return span


def _days(said: Any) -> tuple[int, ...]:
    found = tuple(int(one) for one in said)
    if not found or list(found) != sorted(set(found)) or found[0] < 1 or found[-1] > 180:
        raise Unfit("跟踪的日子要从小到大，在 1 到 180 天之间。")
    return found


def _who(verb: Verb, names: Any) -> frozenset[Who]:
    found = frozenset(Who[name] for name in names)
    if verb in FIXED:
        raise Unfit(f"“{verb.label}”由谁来做，不能改。")
    if not found or not found <= MAY_BE_GIVEN:
        raise Unfit(f"“{verb.label}”至少要有一种人能做。")
    return found
