"""`make check`: everything that can be known without running the suite. Local files only, under a minute."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools import bootstrap

SECRET = "for-the-deployment-check-only-0123456789-abcdefghijklmnopqrstuvwxyz"

SHOWN = 60  # lines of a tool that found something


def main() -> int:
    bootstrap.main(dev=True)
    with tempfile.TemporaryDirectory(prefix="qingting-check-") as folder:
        failed = [name for name, command in steps() if not passes(name, command, as_deployed(Path(folder)))]
    if failed:
        bootstrap.say(f"没有通过 · failed: {', '.join(failed)}")
    return 1 if failed else 0


def steps() -> list[tuple[str, list[str]]]:
    """The quick ones first."""
    scripts = bootstrap.VENV / "bin"
    python = str(bootstrap.PYTHON)
    ours = [line for line in apps() if (bootstrap.ROOT / line).is_dir()]
    return [
        ("format", [str(scripts / "ruff"), "format", "--check"]),
        ("lint", [str(scripts / "ruff"), "check", "--quiet", "--output-format", "concise"]),
        ("import order", [str(scripts / "lint-imports"), "--no-cache"]),
        ("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"]),
        ("deployment", [python, "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]),
        ("security", [str(scripts / "bandit"), "-q", "-c", "pyproject.toml", "-r", *ours, "tools"]),
        ("templates", [str(scripts / "djlint"), "templates", "--lint", "--quiet"]),
        ("types", [str(scripts / "mypy")]),
    ]


def apps() -> list[str]:
    return [
        "config",
        "privacy",
        "accounts",
        "schools",
        "notifications",
        "students",
        "referrals",
        "listening",
        "reports",
        "demo",
    ]


def as_deployed(folder: Path) -> dict[str, str]:
    """A school's server behind https, with nothing of this machine's own state."""
    keys = folder / "field.keys"
    if not keys.exists():
        bootstrap.write_private(keys, f"k1:{'A' * 43}=\n")
    inherited = {
        name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"}
    }
    return inherited | {
        "DEMO": "0",
        "DEBUG": "0",
        "HTTPS": "1",
        "SECRET_KEY": SECRET,
        "FIELD_KEY_FILE": str(keys),
        "STATE_DIR": str(folder / "state"),
        "ALLOWED_HOSTS": "school.invalid",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    """Say in one line how it went; what the tool said follows only when something is wrong."""
    begun = time.monotonic()
    ended = subprocess.run(
        command,
        cwd=bootstrap.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    bootstrap.say(f"{'ok  ' if not ended.returncode else 'FAIL'} {name} ({time.monotonic() - begun:.1f} s)")
    if ended.returncode:
        lines = ended.stdout.decode(errors="replace").rstrip().splitlines()
        bootstrap.say("\n".join(lines[:SHOWN] + [f"… {len(lines) - SHOWN} more lines"] * (len(lines) > SHOWN)))
    return not ended.returncode


if __name__ == "__main__":
    sys.exit(main())
