"""`make test` and `make test-all`: the suite on private services. Arguments after -- go to pytest."""

import os
import subprocess
import sys

from tools import bootstrap

# What differs most between databases: engine and jobs, the importer, who sees what, constraints, two at once.
ENGINE = sorted(
    str(file.relative_to(bootstrap.ROOT))
    for file in (bootstrap.ROOT / "tests" / "listening").glob("test_*.py")
    if not file.stem.endswith(("_pages", "_pure")) and not file.stem.startswith("test_quotas")  # pages; no database
)
ON_BOTH = (
    *ENGINE,
    "tests/students/test_imports.py",
    "tests/students/test_import_pages.py",
    "tests/students/test_visible_to.py",
    "tests/students/test_care_tiers.py",
    "tests/students/test_posts_at_once.py",
    "tests/referrals/test_at_once.py",
    "tests/schools/test_kept_apart.py",
    "tests/privacy/test_retention.py",
    "tests/test_who_sees_what.py",
)
PYTEST = ["-m", "pytest", "-n", "2", "--dist", "loadgroup"]
FEW, MANY = "50", "500"  # schools drawn at random for each proof of the engine
COVERAGE = ("--cov", "--cov-report", "term")  # costs as much again: only where everything is run


def main() -> int:
    everything = "--all" in sys.argv[1:]
    bootstrap.main(dev=True)
    from tests import services  # after bootstrap: may install a browser or a database

    services.prepare()
    chosen = COVERAGE if everything else ("-m", "not long")
    bootstrap.say("SQLite")
    on_sqlite = pytest(*chosen)
    bootstrap.say("PostgreSQL")
    on_postgres = pytest(*chosen, *(() if everything else ON_BOTH), database="postgres")
    return on_sqlite or on_postgres


def pytest(*options: str, database: str = "") -> int:
    """pytest's own summary line and exit code are the answer."""
    examples = os.environ.get("QINGTING_EXAMPLES") or (MANY if "--all" in sys.argv[1:] else FEW)
    environment = {**os.environ, "QINGTING_TEST_DATABASE": database, "QINGTING_EXAMPLES": examples}
    command = [str(bootstrap.PYTHON), *PYTEST, *options]
    return subprocess.run(command, cwd=bootstrap.ROOT, env=environment, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
