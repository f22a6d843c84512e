"""Statements written by hand, for what every logged talk asks: Django takes longer to build them than the database to
answer. They are texts that both databases read, with their values beside them, never in them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection


def ask(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of the answer."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def write(statement: str, values: Mapping[str, Any]) -> int:
    """How many rows were written."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def write_each(statement: str, values: Sequence[Sequence[Any]]) -> None:
    """The same statement for many rows, its values by place."""
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def one_of(name: str, numbers: Iterable[int | str], values: dict[str, Any]) -> str:
    """`IN (…)` of these numbers, which are put beside the other values under that name."""
    named = {f"{name}{at}": number for at, number in enumerate(numbers)}
    values.update(named)
    return f"IN ({', '.join(f'%({key})s' for key in named)})" if named else "IN (NULL)"


def as_day(said: date | str | None) -> date | None:
    """A day as the database gives it: SQLite keeps text and tells what it means only of a plain column."""
    return date.fromisoformat(said) if isinstance(said, str) else said
