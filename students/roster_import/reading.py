"""Read an uploaded file in a child process that may use 10 seconds and 512 MB, and keep only what the roster needs."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from students.roster_import import kinds
from students.roster_import.table import LARGEST_FILE, Field, NotARoster, Table

SECONDS = 10
_ROOT = Path(__file__).resolve().parents[2]


def read_table(content: bytes, filename: str, *, chosen: Mapping[Field, str] | None = None) -> Table:
    """Read a roster; the name serves only to find a class in it, the kind is told by the content.

    `chosen` says which column head is which field, where the person put the guess right; an empty head means: none.
    Raises NotARoster with one sentence for the person.
    """
    if len(content) > LARGEST_FILE:
        raise NotARoster(kinds.TOO_LARGE)
    kinds.kind_of(content)  # what is plainly no table needs no process
    asked = json.dumps({"filename": filename, "chosen": dict(chosen or {})}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-m", "students.roster_import.worker"],
            input=asked + b"\n" + content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=_ROOT,
            env={"PYTHONUTF8": "1", "LANG": "C.UTF-8"},  # none of the server's secrets
        )
    except subprocess.TimeoutExpired as slow:
        raise NotARoster(kinds.TOO_SLOW) from slow
    if done.returncode != 0 or not done.stdout:
        raise NotARoster(kinds.TOO_MUCH)
    said = json.loads(done.stdout)
    if "refused" in said:
        raise NotARoster(said["refused"])
    return Table.from_json(said["table"])
