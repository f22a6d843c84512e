"""A described school is lived through, day by day: the night first, then what was typed in, in its order."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from listening import actions
from listening.actions.corrections import TalkChanges
from listening.actions.periods import period_row
from listening.quotas import Hat, Kind, Outcome
from listening.replay.loading import Loaded
from schools.calendar import PeriodKind

Row = dict[str, Any]
Deed = Callable[..., object]  # takes at=


def play(loaded: Loaded, described: Row) -> None:
    """From the first term's first day to the evening of as_of. Only days with school or with something typed in have
    their night; the last one always has.
    """
    as_of = date.fromisoformat(described["as_of"])
    deeds = deeds_by_day(loaded, described)
    since = loaded.school.listening_since or as_of
    nights = {*loaded.school.calendar().school_days(since, as_of), *deeds, as_of}
    for day in sorted(nights):
        if day > as_of:
            break
        actions.run_day(loaded.school, on=day, at=moment(day, minutes=10))
        do_all(deeds.get(day, ()), day)


def do_all(deeds: Iterable[Deed], day: date) -> None:
    """What one day brought, one after the other, from noon on."""
    for n, deed in enumerate(deeds):
        deed(at=moment(day, minutes=12 * 60, seconds=n))


def moment(day: date, *, minutes: int, seconds: int = 0) -> datetime:
    """A time of a day of the school. However much was typed in, it is before midnight."""
    begin = datetime.combine(day, time(), timezone.get_current_timezone())
    return begin + timedelta(minutes=minutes, microseconds=seconds * 100_000)


def deeds_by_day(loaded: Loaded, described: Row) -> dict[date, list[Deed]]:
    """What was typed in on each day: the talks, then what was said about talks in file order, then excuses."""
    deeds: dict[date, list[Deed]] = defaultdict(list)
    for row in described.get("conversations") or ():
        deeds[date.fromisoformat(row["recorded_on"])].append(partial(_log, loaded, row))
    for row in described.get("events") or ():
        deeds[date.fromisoformat(row["on"])].append(partial(_say, loaded, row))
    for row in described.get("excuses") or ():
        deeds[date.fromisoformat(row["on"])].append(partial(_excuse, loaded, row))
    return deeds


def _log(loaded: Loaded, row: Row, *, at: datetime) -> None:
    listener = loaded.people[row["listener"]]
    loaded.talks[row["id"]] = actions.log_conversation(
        by=listener,
        students=[loaded.students[name] for name in row["students"]],
        day=date.fromisoformat(row["date"]),
        at=at,
        minutes=row.get("minutes") or 0,
        kind=Kind(row.get("kind") or "talk"),
        outcome=Outcome(row.get("outcome") or "made"),
        hat=_hat(row.get("hat")),
    )


def _say(loaded: Loaded, row: Row, *, at: datetime) -> None:
    talk = loaded.talks[row["conversation"]]
    match row["do"]:
        case "edit":
            actions.edit_conversation(by=None, talk=talk, at=at, **_changes(loaded, row.get("set") or {}))
        case "delete":
            actions.delete_conversation(by=None, talk=talk, at=at)
        case "allow_late":
            actions.allow_late(by=None, talk=talk, at=at)
        case other:
            raise ValueError(f"Nobody knows how to {other} a talk.")


def _changes(loaded: Loaded, said: Row) -> TalkChanges:
    changes = TalkChanges()
    if "listener" in said:
        changes["listener"] = loaded.people[said["listener"]]
    if "students" in said:
        changes["students"] = [loaded.students[name] for name in said["students"]]
    if "date" in said:
        changes["day"] = date.fromisoformat(said["date"])
    if "minutes" in said:
        changes["minutes"] = said["minutes"] or 0
    if "kind" in said:
        changes["kind"] = Kind(said["kind"] or "talk")
    if "outcome" in said:
        changes["outcome"] = Outcome(said["outcome"] or "made")
    if "hat" in said:
        changes["hat"] = _hat(said["hat"])
    return changes


def _hat(said: str | None) -> Hat | None:
    return Hat(said) if said else None


def _excuse(loaded: Loaded, row: Row, *, at: datetime) -> None:
    """One given too late, or for a day in no period, is without effect."""
    rule = loaded.rules[row["rule"]]
    calendar = loaded.school.calendar()
    span = calendar.period_of(PeriodKind(rule.period), rule.weeks, date.fromisoformat(row["date"]))
    if span is None:
        return
    with suppress(actions.TooLate):
        actions.excuse(
            by=None,
            rule=rule,
            period=period_row(loaded.school, span),
            student=loaded.students[row["student"]] if row.get("student") is not None else None,
            school_class=loaded.classes[row["class"]] if row.get("class") is not None else None,
            why=row.get("why") or "",
            at=at,
        )
