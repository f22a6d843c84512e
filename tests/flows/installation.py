"""A real installation beside the test: its own folder, keys, database file, processes. Nothing in eager mode."""

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tools import processes

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 120  # seconds that one command may take, on a machine that does other things too


class Installation:
    """One folder with everything in it, and the commands that work on it. Without a broker jobs wait for the sweep."""

    python = (sys.executable,)

    def __init__(self, folder: Path, broker: str = "") -> None:
        self.folder = folder
        keys = folder / "field.keys"
        if not keys.exists():
            keys.touch(mode=0o600)
            keys.write_text(f"one:{base64.b64encode(secrets.token_bytes(32)).decode()}\n")
        self.environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
            "QINGTING_TESTING": "1",
            "DEMO": "1",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_KEY_FILE": str(keys),
            "STATE_DIR": str(folder / "state"),
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "REDIS_URL": broker,
            "ALLOWED_HOSTS": "127.0.0.1,testserver",
            "C_FORCE_ROOT": "1",
        }

    def copy(self, folder: Path, broker: str) -> Self:
        """The same once more, in a folder that does not exist yet."""
        shutil.copytree(self.folder, folder)
        return type(self)(folder, broker)

    def run(self, *words: str) -> str:
        """One command, to its end; its output."""
        done = subprocess.run(
            [*self.python, *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def manage(self, *words: str) -> str:
        return self.run("manage.py", *words)

    def shell(self, code: str) -> str:
        return self.manage("shell", "-v", "0", "-c", code)

    def seed(self, today: str, *, scale: str = "SMALL") -> None:
        """The demo county on a day."""
        self.shell(
            "from datetime import date\n"
            "from django.core.management import call_command\n"
            "from demo import county, scale\n"
            "call_command('migrate', verbosity=0)\n"
            "call_command('createcachetable', verbosity=0)\n"
            f"county.seed(date.fromisoformat('{today}'), scale=scale.{scale})\n"
        )

    def ask(self, code: str) -> Any:
        """Python in the installation; what it gives to `answer` comes back."""
        return json.loads(self.shell(f"import json\nfrom datetime import date\n{code}\nprint(json.dumps(answer))"))

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A real worker with one child; gone afterwards, and when the test's own process goes."""
        command = [*self.python, "-m", "celery", "--quiet", "-A", "config", "worker", "-c", "1"]
        command += ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        with processes.Group() as group, (self.folder / "worker.log").open("ab") as log:
            group.start("worker", command, environment=self.environment, output=log)
            yield


def wait_for(question: Callable[[], bool], *, seconds: float) -> bool:
    """Ask again until it is true or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(0.1)
    return False
