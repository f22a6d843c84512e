"""`make bench`: the performance table of BENCHMARKS.md, from bench/."""

import subprocess
import sys

from tools import bootstrap


def main() -> int:
    bootstrap.main(dev=True)
    command = [str(bootstrap.PYTHON), "-m", "bench"]
    return subprocess.run(command, cwd=bootstrap.ROOT, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
