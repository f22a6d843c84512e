"""`make test` and `make test-all`: the suite on private services. Arguments after -- go to pytest."""

import os
import subprocess
import sys

from tools import bootstrap

PYTEST = ["-m", "pytest", "-n", "2", "--dist", "loadgroup", "--cov", "--cov-report", "term"]


def main() -> int:
    everything = "--all" in sys.argv[1:]
    bootstrap.main(dev=True)
    from tests import services  # after bootstrap: may install a browser or a database

    services.prepare()
    if not everything:
        return pytest("-m", "not long")
    bootstrap.say("SQLite")
    on_sqlite = pytest()
    bootstrap.say("PostgreSQL")
    return pytest(database="postgres") or on_sqlite


def pytest(*options: str, database: str = "") -> int:
    """pytest's own summary line and exit code are the answer."""
    environment = {**os.environ, "QINGTING_TEST_DATABASE": database}
    command = [str(bootstrap.PYTHON), *PYTEST, *options]
    return subprocess.run(command, cwd=bootstrap.ROOT, env=environment, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
