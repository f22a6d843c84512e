"""The installation under test: its own keys, its own folder, nothing of `.env`, nothing left behind.

The controller makes it; xdist's workers inherit the environment and keep their state apart.
QINGTING_TEST_DATABASE=postgres runs the whole suite on a private PostgreSQL.
"""

import atexit
import base64
import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests import services

SETTINGS_OF_OTHERS = (
    "ALLOWED_HOSTS",
    "CONFIRMED_FOR_MINUTES",
    "DEBUG",
    "DEMO",
    "HTTPS",
    "PORT",
    "SESSION_IDLE_MINUTES",
    "SESSION_MOST_MINUTES",
    "STATEMENT_TIMEOUT",
    "TIME_ZONE",
    "TRAIL_DAYS",
    "TRUSTED_PROXIES",
)


def set_up() -> None:
    """Point every setting at a folder that dies with this process."""
    folder = Path(tempfile.mkdtemp(prefix="qingting-test-"))
    keys = folder / "field.keys"
    keys.touch(mode=0o600)
    keys.write_text(f"test:{base64.b64encode(secrets.token_bytes(32)).decode()}\n", encoding="ascii")
    running = ExitStack()
    running.callback(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(running.close)

    for name in SETTINGS_OF_OTHERS:
        os.environ.pop(name, None)
    os.environ.update(
        QINGTING_TESTING="1",
        QINGTING_TEST_ROOT=str(folder),
        SECRET_KEY=secrets.token_urlsafe(48),
        FIELD_KEY_FILE=str(keys),
        STATE_DIR=str(folder / "state"),
        DATABASE_URL="sqlite://:memory:",
        REDIS_URL="",
    )
    if os.environ.get("QINGTING_TEST_DATABASE") == "postgres":
        os.environ["DATABASE_URL"] = running.enter_context(services.private_postgres())


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["STATE_DIR"] = str(Path(os.environ["QINGTING_TEST_ROOT"]) / worker)
else:
    set_up()
