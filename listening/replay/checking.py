"""What is wrong with a described school that could not be played: the first fault, in a sentence."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from listening.quotas import Hat, Kind, Outcome
from schools.calendar import PeriodKind
from schools.roles import Role

# What every row of a list has to say; dates among it are looked at as dates.
NEEDED = {
    "terms": ("id", "year", "first_day", "last_day"),
    "holidays": ("from",),
    "grades": ("id",),
    "classes": ("id", "grade"),
    "students": ("id",),
    "enrolments": ("student", "class"),
    "away": ("student", "kind"),
    "tiers": ("student", "tier"),
    "labels": ("student", "label"),
    "people": ("id",),
    "memberships": ("person", "role", "scope"),
    "mentors": ("person", "student"),
    "guardians": ("person", "student"),
    "rules": ("id", "roles", "period", "min"),
    "conversations": ("id", "listener", "students", "date", "recorded_on"),
    "events": ("on", "do", "conversation"),
    "excuses": ("on", "rule", "date"),
}
DATES = {"first_day", "last_day", "from", "to", "barred_from", "barred_to", "valid_from", "valid_to"}
DATES |= {"date", "recorded_on", "on"}
LISTS = {"roles", "tiers", "labels", "students"}
NUMBERS = {"min", "weeks", "minutes", "group"}
WORDS: dict[tuple[str, str], list[str]] = {
    ("away", "kind"): ["leave", "left"],
    ("memberships", "role"): Role.values,
    ("memberships", "scope"): ["school", "grade", "class"],
    ("rules", "roles"): Role.values,
    ("rules", "kind"): Kind.values,
    ("rules", "per"): ["student", "class"],
    ("rules", "period"): PeriodKind.values,
    ("conversations", "kind"): Kind.values,
    ("conversations", "outcome"): Outcome.values,
    ("conversations", "hat"): Hat.values,
    ("events", "do"): ["edit", "delete", "allow_late"],
}
# Which list a name in a row is to be found in.
NAMED = {
    "student": "students",
    "students": "students",
    "class": "classes",
    "grade": "grades",
    "person": "people",
    "listener": "people",
    "rule": "rules",
    "conversation": "conversations",
}


def first_fault(described: Any) -> str | None:
    """The first thing in the file that the format does not know; None when there is nothing of the kind."""
    return next(_faults(described), None)


def _faults(described: Any) -> Iterator[str]:
    if not isinstance(described, dict):
        yield "最外层要是一个对象（花括号）。"
        return
    if not _can_be_written(described):
        yield "里面有不能写成 UTF-8 的字符。"
    if not _is_date(described.get("as_of")):
        yield "as_of 要是一天，写成 2025-09-22 这样。"
    school = described.get("school")
    if not isinstance(school, dict) or not isinstance(school.get("tiers"), list) or not school["tiers"]:
        yield "school 里要有 tiers：从最需要关爱的一层写起。"
        return
    if not all(map(_is_date, described.get("makeup_days") or ())):
        yield "makeup_days 里要都是日期。"
    for key, needed in NEEDED.items():
        rows = described.get(key) or []
        if not isinstance(rows, list):
            yield f"{key} 要是一个列表（方括号）。"
            return
        for n, row in enumerate(rows, start=1):
            where = f"{key} 第 {n} 条"
            if not isinstance(row, dict):
                yield f"{where}要是一个对象（花括号）。"
            elif missing := next((name for name in needed if row.get(name) is None), None):
                yield f"{where}缺少 {missing}。"
    for key in NEEDED:
        for n, row in enumerate(described.get(key) or [], start=1):
            for fault in _faults_of_row(described, key, row):
                yield f"{key} 第 {n} 条：{fault}"


def _faults_of_row(described: dict[str, Any], key: str, row: dict[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        if value is None:
            continue
        values = value if isinstance(value, list) else [value]
        words = WORDS.get((key, name))
        if name in DATES and not _is_date(value):
            yield f"{name} 要是一天，写成 2025-09-22 这样。"
        elif name in LISTS and not isinstance(value, list):
            yield f"{name} 要是一个列表（方括号）。"
        elif name in NUMBERS and not isinstance(value, int):
            yield f"{name} 要是一个整数。"
        elif words and (unknown := next((one for one in values if one not in words), None)) is not None:
            yield f"{name} 不能是“{unknown}”。"
        elif (lost := _lost(described, name, values)) is not None:
            yield f"{name} 写的“{lost}”，文件里没有。"
    if key == "memberships" and row["scope"] != "school":
        of = "grades" if row["scope"] == "grade" else "classes"
        if row.get("of") not in _ids(described, of):
            yield f"of 写的“{row.get('of')}”，文件里没有。"
    if key == "events" and isinstance(row.get("set"), dict):
        yield from _faults_of_row(described, "conversations", row["set"])


def _lost(described: dict[str, Any], name: str, values: list[Any]) -> Any:
    if name in ("tier", "tiers"):
        known = described["school"]["tiers"]
    elif name in NAMED:
        known = _ids(described, NAMED[name])
    else:
        return None
    return next((one for one in values if one not in known), None)


def _ids(described: dict[str, Any], key: str) -> list[Any]:
    return [row["id"] for row in described.get(key) or []]


def _is_date(said: Any) -> bool:
    try:
        date.fromisoformat(said)
    except (TypeError, ValueError):
        return False
    return True


def _can_be_written(described: Any) -> bool:
    try:
        json.dumps(described, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
