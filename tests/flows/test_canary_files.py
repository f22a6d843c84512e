"""What was written in confidence, looked for in what an installation leaves behind: the database file with its journal,
the nightly copy, the broker, the log of a real worker. The pages are in tests/test_canary.py."""

import base64
from pathlib import Path

import pytest
import redis

from tests.flows.installation import Installation, wait_for
from tests.plants import LABEL, NAME, PHONE, SEALED, TIER, seen_in
from tests.services import private_broker

pytestmark = [pytest.mark.broker, pytest.mark.real_time]

PLANT = """
import time_machine
from django.core.management import call_command
call_command('migrate', verbosity=0)
call_command('createcachetable', verbosity=0)
from privacy import actions as privacy, canary
from tests.cast import NOW, make_cast
from tests.plants import plant
with time_machine.travel(NOW, tick=False):
    canary.check(at=NOW)
    plant(make_cast())
"""
QUEUE = """
from listening import tasks
from privacy.tasks import back_up
tasks.queue_night()
tasks.sweep()
back_up.delay()
"""
JOURNAL = """
from pathlib import Path
import shutil
from django.conf import settings
from accounts.models import User
file = Path(settings.DATABASES["default"]["NAME"])
User.objects.filter(username="stranger").update(name="路人甲")
answer = [one.name for one in file.parent.glob(file.name + "*")]
for one in file.parent.glob(file.name + "*"):
    shutil.copy(one, file.parent / f"seen-{one.name}")
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation in which everything confidential was written down once."""
    house = Installation(tmp_path_factory.mktemp("canary"))
    house.shell(PLANT)
    return house


def test_database_file_and_its_journal_hold_no_word(house: Installation):
    """While a process has it open, so that the journal is there; names and phones are in clear, and are found."""
    assert "db.sqlite3-wal" in house.ask(JOURNAL)
    content = b"".join(path.read_bytes() for path in sorted(house.folder.glob("seen-db.sqlite3*")))

    assert seen_in(content, SEALED) == []
    assert seen_in(content, [NAME, PHONE, TIER, LABEL]) == [NAME, PHONE, TIER, LABEL]


@pytest.mark.long
def test_dump_holds_no_word(house: Installation):
    said = house.manage("dumpdata")

    assert (seen_in(said, SEALED), PHONE in said) == ([], True)


@pytest.mark.long
def test_broker_worker_and_backup_carry_no_word(house: Installation, tmp_path: Path):
    with private_broker() as address:
        running = house.copy(tmp_path / "house", address)
        running.shell(QUEUE)
        broker = redis.Redis.from_url(address)
        queued = messages(broker)
        with running.worker():
            done = wait_for(lambda: bool(backups(running)) and not broker.llen("celery"), seconds=90)
        log = (running.folder / "worker.log").read_bytes()

    assert done
    assert (b"listening.tasks.run_school_day" in queued, b"[[" in queued) == (True, True)
    for content in (queued, log):
        assert seen_in(content, [*SEALED, NAME, PHONE, TIER, LABEL, "心理"]) == []
    for copy in backups(running):
        assert seen_in(copy.read_bytes(), SEALED) == []


def messages(broker: "redis.Redis") -> bytes:
    """Everything that waits there, with the bodies of the messages as text."""
    found: list[bytes] = []
    for key in broker.scan_iter():
        if broker.type(key) == b"list":
            found += broker.lrange(key, 0, -1)
    bodies = [
        base64.b64decode(part) for one in found for part in one.split(b'"') if one and len(part) > 40 and is_body(part)
    ]
    return b"\n".join([*found, *bodies])


def is_body(part: bytes) -> bool:
    """The arguments of a message, which travel in base64."""
    try:
        return base64.b64decode(part, validate=True).startswith(b"[[")
    except ValueError:
        return False


def backups(house: Installation) -> list[Path]:
    return sorted((house.folder / "state" / "backups").glob("db-*.sqlite3"))
