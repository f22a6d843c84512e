"""A rotation in a real process, killed in the middle while others write: nothing lost, nothing put back."""

import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from privacy import keyfile
from tests.flows.installation import LONGEST, ROOT, Installation
from tests.services import private_postgres

pytestmark = [pytest.mark.real_time, pytest.mark.xdist_group("rotation")]

NOTES = 2500
EDITED = 40

MADE = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
from listening.models import Conversation
from privacy import canary
from privacy.keyring import keyring
from tests.cast import NOW, TODAY, make_cast
cast = make_cast()
canary.check(at=NOW)
rows = []
for number in range({NOTES}):
    one = Conversation(school=cast.school, listener=cast.head_teacher, recorded_by=cast.head_teacher, day=TODAY,
        recorded_at=NOW, recorded_on=TODAY, entered_on=TODAY)
    one.note = keyring().seal(f"第 {{number}} 段", one.note_place)
    rows.append(one)
Conversation.objects.bulk_create(rows)
"""

EDITS = f"""
from listening import actions
from listening.models import Conversation
from tests.cast import NOW
every = list(Conversation.objects.order_by("pk"))[::{NOTES // EDITED}][:{EDITED}]
print("ready", flush=True)
for one in every:
    actions.edit_note(by=one.recorded_by, talk=one, note=f"改过 {{one.pk}}", edition=0, at=NOW)
"""

STANDING = """
from collections import Counter
from listening.models import Conversation, NoteEdition
from privacy.keyring import keyring, key_id_of
ring = keyring()
rows = list(Conversation.objects.select_related("school").order_by("pk"))
old = list(NoteEdition.objects.select_related("conversation__school").order_by("pk"))
answer = {
    "keys": Counter(key_id_of(bytes(one.note)) for one in rows + old),
    "texts": {one.pk: ring.unseal(bytes(one.note), one.note_place) for one in rows},
    "editions": {one.conversation_id: ring.unseal(bytes(one.note), one.note_place) for one in old},
}
"""


@contextmanager
def begun(house, *words):
    """A process of the house; ended with the block, however that ends."""
    with subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=house.environment, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process, word):
    """Wait for a line with this word."""
    return any(word in line for line in process.stdout)


def killed_and_finished(house):
    house.shell(MADE)
    path = house.folder / "field.keys"

    with begun(house, "manage.py", "keys", "rotate") as first:
        assert said(first, "已写在密钥文件的第一行")
        time.sleep(0.15)
        first.send_signal(signal.SIGKILL)
        assert first.wait(LONGEST) == -signal.SIGKILL
    middle = house.ask(STANDING)
    assert list(keyfile.read(path)) == ["k1", "one"]
    assert sorted(middle["texts"].values()) == sorted(f"第 {number} 段" for number in range(NOTES))
    assert set(middle["keys"]) == {"k1", "one"}

    with begun(house, "manage.py", "shell", "-v", "0", "-c", EDITS) as writer:
        assert said(writer, "ready")
        with begun(house, "manage.py", "keys", "rotate") as second:
            assert (second.wait(LONGEST), writer.wait(LONGEST)) == (0, 0)
    after = house.ask(STANDING)

    edited = {key for key, text in after["texts"].items() if text.startswith("改过")}
    assert len(edited) == EDITED
    assert after["texts"] == middle["texts"] | {key: f"改过 {key}" for key in edited}
    assert after["editions"] == {key: middle["texts"][key] for key in edited}
    assert after["keys"] == {"k1": NOTES + EDITED}


def test_killed_in_the_middle_on_sqlite(tmp_path):
    killed_and_finished(Installation(tmp_path))


@pytest.mark.postgres
@pytest.mark.long
def test_killed_in_the_middle_on_postgresql(tmp_path):
    with private_postgres() as address:
        house = Installation(tmp_path)
        house.environment["DATABASE_URL"] = address
        killed_and_finished(house)
