"""A real installation beside the test: its own folder, keys, database file, broker, processes. Nothing in eager mode."""

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Installation:
    """One folder with everything in it, and the commands that work on it."""

    def __init__(self, folder: Path, broker: str) -> None:
        keys = folder / "field.keys"
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

    def run(self, *words: str) -> str:
        """One command, to its end; its output."""
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def manage(self, *words: str) -> str:
        return self.run("manage.py", *words)

    def seed(self, today: str) -> None:
        """The small demo county on a day."""
        self.manage("migrate", "-v", "0")
        self.manage("createcachetable", "-v", "0")
        self.manage(
            "shell", "-v", "0", "-c",
            f"from datetime import date; from demo import county, scale; county.seed(date.fromisoformat('{today}'), scale=scale.SMALL)",
        )  # fmt: skip

    def ask(self, code: str) -> Any:
        """Python in the installation; what it gives to `answer` comes back."""
        preamble = "import json\nfrom datetime import date\n"
        return json.loads(self.manage("shell", "-v", "0", "-c", preamble + code + "\nprint(json.dumps(answer))"))

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A real worker with one child; gone afterwards."""
        words = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "1", "--without-gossip", "--without-mingle", "-l", "WARNING"]
        process = subprocess.Popen(words, cwd=ROOT, env=self.environment, start_new_session=True)
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)


def wait_for(question: Any, *, seconds: float) -> bool:
    """Ask again until it is true or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(0.3)
    return False
