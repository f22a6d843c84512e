"""The nightly copy of the database, and the way back from one.

SQLite only: a file that is in use is copied by the backup interface of SQLite, never by cp. A PostgreSQL is backed up
by its own means (pg_dump). The key file is never in a copy: keep it somewhere else.
"""

import re
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

KEPT = timedelta(days=14)
NAME = re.compile(r"db-(\d{8}-\d{6})\.sqlite3")
STAMP = "%Y%m%d-%H%M%S"


class CannotRestore(Exception):
    """This file is no copy of ours, or the folder is not empty. The message says which, in Chinese."""


def folder() -> Path:
    return Path(settings.STATE_DIR) / "backups"


def back_up(*, at: datetime) -> Path | None:
    """Copy the database into var/…/backups and drop copies older than 14 days. None where it is not SQLite."""
    if connection.vendor != "sqlite":
        return None
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder() / f"db-{at.strftime(STAMP)}.sqlite3"
    partial = target.with_suffix(".part")
    connection.ensure_connection()
    copy(connection.connection, partial)
    partial.replace(target)
    for old in copies():
        if made_at(old) < at.replace(tzinfo=None) - KEPT:
            old.unlink()
    return target


def copy(source: sqlite3.Connection, target: Path) -> None:
    """One consistent copy, also while others write; readable by the service user only."""
    target.touch(mode=0o600)
    with sqlite3.connect(target) as copied:
        source.backup(copied)
    copied.close()


def copies() -> list[Path]:
    """The copies that are there, oldest first."""
    return sorted(path for path in folder().glob("db-*.sqlite3") if NAME.fullmatch(path.name))


def made_at(path: Path) -> datetime:
    found = NAME.fullmatch(path.name)
    assert found is not None
    return datetime.strptime(found[1], STAMP)  # noqa: DTZ007  local time, as it stands in the name


def restore(source: Path, target: Path) -> Path:
    """Bring a copy back as the database of an empty state folder. Raises CannotRestore and then changes nothing."""
    if target.exists() and any(target.iterdir()):
        raise CannotRestore(f"{target} 不是空文件夹。请换一个空的，免得盖掉现有的数据。")
    if not source.is_file():
        raise CannotRestore(f"找不到 {source}。备份在 {folder()} 里。")
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as kept:
        try:
            sound = kept.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            ours = kept.execute("SELECT 1 FROM sqlite_master WHERE name = 'schools_school'").fetchone()
        except sqlite3.DatabaseError:
            sound, ours = False, None
        if not sound or not ours:
            raise CannotRestore(f"{source.name} 不是完整的备份。请换前一天的再试。")
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = target / "db.sqlite3"
        copy(kept, database)
    kept.close()
    return database
