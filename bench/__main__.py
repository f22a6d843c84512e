"""`make bench`: one table of ratios, each measured within one run. SIZE=county adds 300,000 students on PostgreSQL."""

import base64
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from tests import services
from tools import bootstrap

SMALL, SCHOOL, LARGE, COUNTY = 1_000, 5_000, 20_000, 300_000
MOST_QUERIES = 12
PLANS: dict[str, dict[str, Any]] = {
    "sqlite-small": {"schools": 1, "size": SMALL, "talk": 40},
    "sqlite-school": {"schools": 1, "size": SCHOOL, "night": 5, "board": 25},
    "sqlite-large": {"schools": 4, "size": SCHOOL, "talk": 40},
    "postgres-small": {"schools": 1, "size": SMALL, "talk": 40},
    "postgres-large": {"schools": 4, "size": SCHOOL, "night": 5, "talk": 40, "home": True},
    "postgres-school": {"schools": 1, "size": SCHOOL, "board": 25},
}
COUNTY_PLANS: dict[str, dict[str, Any]] = {
    "postgres-county": {"schools": 300, "size": 1_000, "night": 3, "talk": 40},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    what: str
    found: str
    target: str
    meets: bool | None  # None: no target of its own
    small: str = ""


@contextmanager
def installation() -> Iterator[dict[str, str]]:
    """An environment with keys and a folder of its own; nothing of `.env`."""
    with tempfile.TemporaryDirectory(prefix="qingting-bench-") as folder:
        keys = Path(folder) / "field.keys"
        keys.touch(mode=0o600)
        keys.write_text(f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}\n", encoding="ascii")
        yield {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "QINGTING_TESTING": "1",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_KEY_FILE": str(keys),
            "STATE_DIR": folder,
            "REDIS_URL": "",
            "ALLOWED_HOSTS": "testserver",
            "DEMO": "0",
            "DEBUG": "0",
        }


@contextmanager
def database(name: str, environment: dict[str, str], postgres: str) -> Iterator[str]:
    """The address of an empty database, gone afterwards."""
    if name.startswith("sqlite"):
        file = Path(environment["STATE_DIR"]) / f"{name}.sqlite3"
        yield f"sqlite:///{file}"
        file.unlink()
        return
    own = f"bench_{name.partition('-')[2]}"
    _say_to(postgres, f"CREATE DATABASE {own}")
    yield f"{postgres.rpartition('/')[0]}/{own}"
    _say_to(postgres, f"DROP DATABASE {own}")


def _say_to(postgres: str, statement: str) -> None:
    connection = psycopg2.connect(postgres)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def measure(plans: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every plan on a database of its own, one after the other: two cores are few."""
    found: dict[str, dict[str, Any]] = {}
    with installation() as environment, services.private_postgres() as postgres:
        for name, plan in plans.items():
            began = time.monotonic()
            with database(name, environment, postgres) as address:
                command = [sys.executable, "-m", "bench.one", json.dumps(plan)]
                child = subprocess.run(
                    command,
                    cwd=bootstrap.ROOT,
                    env={**environment, "DATABASE_URL": address},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    check=True,
                )
            found[name] = json.loads(child.stdout.splitlines()[-1])
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return found


def table(found: dict[str, dict[str, Any]]) -> list[Line]:
    """What was measured, as ratios."""
    lines = []
    for name, words, most in (
        ("sqlite-school", f"night, {SCHOOL:,} students, SQLite", 3.0),
        ("postgres-large", f"night, {LARGE:,} students, PostgreSQL", 2.0),
        ("postgres-county", f"night, {COUNTY:,} students, PostgreSQL", 2.0),
    ):
        if name in found:
            lines.append(_ratio(words, found[name]["night"], "night", "bare", most))
    for way, words in (("form", "talk, the form"), ("action", "talk, the action alone")):
        for name, where in (
            ("sqlite-small", f"{SMALL:,} students, SQLite"),
            ("sqlite-large", f"{LARGE:,} students, SQLite"),
            ("postgres-small", f"{SMALL:,} students, PostgreSQL"),
            ("postgres-large", f"{LARGE:,} students, PostgreSQL"),
            ("postgres-county", f"{COUNTY:,} students, PostgreSQL"),
        ):
            if name in found:
                lines.append(_ratio(f"{words}, {where}", found[name]["talk"], way, "empty", 2.0))
    for kind, words, many in (
        ("sqlite", "SQLite", "large"),
        ("postgres", "PostgreSQL", "large"),
        ("postgres", "PostgreSQL", "county"),
    ):
        if f"{kind}-{many}" in found and f"{kind}-small" in found:
            lines.append(_growth(found[f"{kind}-small"]["talk"], found[f"{kind}-{many}"]["talk"], words, many))
    for name, words in (("sqlite-school", "SQLite"), ("postgres-school", "PostgreSQL")):
        if name in found:
            lines.append(_ratio(f"board of 50 × 4, {words}", found[name]["board"], "board", "bare", 1.5))
    for role, queries in found.get("postgres-large", {}).get("home", {}).items():
        lines.append(Line(f"今日, {role}", f"{queries} queries", f"≤ {MOST_QUERIES}", queries <= MOST_QUERIES))
    return lines


def _ratio(what: str, times: dict[str, float], one: str, other: str, most: float) -> Line:
    ratio = times[one] / times[other]
    small = f"{times[one] * 1000:.1f} / {times[other] * 1000:.1f} ms"
    return Line(what, f"{ratio:.2f} ×", f"≤ {most:.1f}", ratio <= most, small)


def _growth(few: dict[str, float], many: dict[str, float], words: str, size: str) -> Line:
    """How much longer the form takes with more students, each measured by the empty POST beside it."""
    ratio = (many["form"] / many["empty"]) / (few["form"] / few["empty"])
    count = COUNTY if size == "county" else LARGE
    return Line(f"talk, {count:,} against {SMALL:,} students, {words}", f"{ratio:.2f} ×", "about 1", None)


def show(lines: list[Line]) -> None:
    print("| what | found | target | meets it | medians |\n|---|---:|---:|---|---:|")
    for line in lines:
        meets = {True: "yes", False: "**no**", None: ""}[line.meets]
        print(f"| {line.what} | {line.found} | {line.target} | {meets} | {line.small} |")


if __name__ == "__main__":
    wanted = PLANS | COUNTY_PLANS if os.environ.get("SIZE") == "county" else PLANS
    if only := os.environ.get("ONLY"):
        wanted = {name: plan for name, plan in wanted.items() if name.startswith(only)}
    show(table(measure(wanted)))
