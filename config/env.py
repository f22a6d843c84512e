"""What differs between installations, read once from the environment and `.env`, typed and strict.

A value that is missing or cannot be read stops the start with one sentence that names it.
The sealing key is never here: FIELD_KEY_FILE is the path of a file that holds it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off", ""})
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# Nobody listens there: without a broker a job is refused at once, and the sweep finds its work in the database.
NO_BROKER = "redis://127.0.0.1:1/0"


@dataclass(frozen=True, slots=True)
class Environment:
    """One installation. Paths are absolute, addresses carry their passwords: never print them."""

    testing: bool
    demo: bool
    debug: bool
    https: bool
    state: Path
    static_root: Path
    secret_key: str
    field_key_file: Path
    allowed_hosts: tuple[str, ...]
    time_zone: str
    port: int
    trusted_proxies: int
    statement_timeout: int  # milliseconds, 0 for none; PostgreSQL only
    session_idle: int  # minutes without a click until a session ends
    session_most: int  # minutes until it ends in any case
    confirmed_for: int  # minutes for which a password or code opens confidential texts
    trail_days: int  # how long the trail is kept; a check refuses less than 184
    database: dict[str, Any]
    redis_url: str


def read() -> Environment:
    """The installation as the environment describes it; `.env` fills in what is not set, except in tests."""
    env = environ.Env()
    testing = _flag(env, "QINGTING_TESTING", default=False)
    if not testing:
        env.read_env(BASE_DIR / ".env")
    demo = _flag(env, "DEMO", default=False)
    state = _path(env.str("STATE_DIR", default="var/demo" if demo else "var/school"))
    return Environment(
        testing=testing,
        demo=demo,
        debug=_flag(env, "DEBUG", default=False),
        https=_flag(env, "HTTPS", default=not (demo or testing)),
        state=state,
        static_root=state / "static" if testing else BASE_DIR / "var" / "static",
        secret_key=_required(env, "SECRET_KEY", "a long random text"),
        field_key_file=_path(_required(env, "FIELD_KEY_FILE", "the path of the file with the sealing keys")),
        allowed_hosts=tuple(env.list("ALLOWED_HOSTS", default=list(LOOPBACK))),
        time_zone=_time_zone(env.str("TIME_ZONE", default="Asia/Shanghai")),
        port=_number(env, "PORT", default=8000, most=65535),
        trusted_proxies=_number(env, "TRUSTED_PROXIES", default=0, most=9),
        statement_timeout=_number(env, "STATEMENT_TIMEOUT", default=0, most=3_600_000),
        session_idle=_minutes(env, "SESSION_IDLE_MINUTES", default=30, most=8 * 60),
        session_most=_minutes(env, "SESSION_MOST_MINUTES", default=8 * 60, most=24 * 60),
        confirmed_for=_minutes(env, "CONFIRMED_FOR_MINUTES", default=15, most=8 * 60),
        trail_days=_number(env, "TRAIL_DAYS", default=1096, most=36_500),
        database=_database(env, state),
        redis_url=_redis_url(env, state),
    )


def _database(env: environ.Env, state: Path) -> dict[str, Any]:
    """SQLite in the state folder unless DATABASE_URL names another; only SQLite and PostgreSQL are supported."""
    url = env.str("DATABASE_URL", default="") or f"sqlite:///{state / 'db.sqlite3'}"
    try:
        found: dict[str, Any] = env.db_url_config(url)
    except (ValueError, ImproperlyConfigured) as error:
        raise _wrong("DATABASE_URL", "must look like postgres://USER:PASSWORD@HOST:PORT/NAME") from error
    if found.get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
        raise _wrong("DATABASE_URL", "must begin with postgres:// or sqlite:///")
    return found


def _redis_url(env: environ.Env, state: Path) -> str:
    """REDIS_URL, else the private broker that `make run` has started over the same state folder."""
    url = env.str("REDIS_URL", default="")
    if url and not url.startswith(("redis://", "rediss://")):
        raise _wrong("REDIS_URL", "must look like redis://:PASSWORD@HOST:PORT/0")
    private = state / "broker" / "url"
    if not url and private.is_file():
        url = private.read_text(encoding="utf-8").strip()
    return url or NO_BROKER


def _required(env: environ.Env, name: str, what: str) -> str:
    value = str(env.str(name, default=""))
    if not value:
        raise _wrong(name, f"is not set; it is {what}. `make setup` writes it to .env")
    return value


def _flag(env: environ.Env, name: str, *, default: bool) -> bool:
    value = str(env.str(name, default="1" if default else "0")).strip().lower()
    if value not in YES | NO:
        raise _wrong(name, "must be 1 or 0")
    return value in YES


def _number(env: environ.Env, name: str, *, default: int, most: int) -> int:
    value = str(env.str(name, default=str(default)))
    if not value.isascii() or not value.isdigit() or int(value) > most:
        raise _wrong(name, f"must be a whole number from 0 to {most}")
    return int(value)


def _minutes(env: environ.Env, name: str, *, default: int, most: int) -> int:
    """Never 0: a session that is over at once lets nobody in."""
    found = _number(env, name, default=default, most=most)
    if not found:
        raise _wrong(name, f"must be a whole number from 1 to {most}")
    return found


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _wrong("TIME_ZONE", "must be a time zone's name, as Asia/Shanghai") from error
    return name


def _path(value: str) -> Path:
    """Relative paths start at the project, wherever the command was called from."""
    return (BASE_DIR / Path(value).expanduser()).resolve()


def _wrong(name: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} {why}.")
