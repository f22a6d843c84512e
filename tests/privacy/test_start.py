"""Every process that touches the data ends with one sentence when the key file is not as it must be."""

import shutil
import subprocess

import pytest

from config.start import KEYLESS
from privacy import keyfile
from tests.flows.installation import LONGEST, ROOT, Installation

pytestmark = pytest.mark.real_time

WSGI = ("-c", "import config.wsgi")
WAYS_IN = {
    "web": ("-m", "gunicorn", "config.wsgi", "--bind", "127.0.0.1:0", "--no-control-socket", "--log-level", "critical"),
    "worker": ("-m", "celery", "-A", "config", "worker", "-c", "1", "--without-gossip", "--without-mingle"),
    "beat": ("-m", "celery", "-A", "config", "beat", "--pidfile", ""),
    "command": ("manage.py", "run_day"),
}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A house that has been started once; each test spoils its own copy."""
    house = Installation(tmp_path_factory.mktemp("start"))
    house.manage("migrate", "-v", "0")
    house.shell("1")
    return house


@pytest.fixture
def house(used, tmp_path):
    return used.copy(tmp_path / "house", "")


def started(house, *words):
    """How it ended, and what it said."""
    done = subprocess.run(
        [*house.python, *words],
        cwd=ROOT, env=house.environment, capture_output=True, text=True, timeout=LONGEST, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def other_key(path):
    path.unlink()
    keyfile.create(path, "one")


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS_IN)
def test_nothing_starts_with_the_key_of_another_database(house, way):
    path = house.folder / "field.keys"
    other_key(path)

    code, said = started(house, *WAYS_IN[way])

    assert (code > 0, f"密钥文件 {path} 不是这个数据库的那一份。请放回备份的密钥文件，再启动。" in said) == (True, True)
    assert ("Traceback" in said, said.count("请放回备份")) == (False, 1)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.unlink(), "请恢复备份的密钥"),
        (lambda path: path.chmod(0o640), "请执行 chmod 600 后再启动"),
        (lambda path: path.write_text("k1:abc\n"), "内容不完整。请恢复备份的密钥"),
    ],
)
def test_web_process_says_what_is_wrong_with_the_file(house, spoil, sentence):
    spoil(house.folder / "field.keys")

    code, said = started(house, *WSGI)

    assert (code, sentence in said, len(said.strip().splitlines())) == (4, True, 1)


def test_commands_that_touch_no_data_work_without_a_key(house):
    (house.folder / "field.keys").unlink()

    assert started(house, "manage.py", "migrate", "-v", "0")[0] == 0
    code, said = started(house, "manage.py", "keys", "verify")
    assert (code, "找不到密钥文件" in said) == (1, True)


def test_what_needs_no_key_is_named_and_short():
    assert {"run_day", "create_school", "seed_demo", "shell", "dumpdata", "loaddata", "runserver"} & KEYLESS == set()


def test_the_right_key_starts(house):
    assert started(house, *WSGI) == (0, "")


@pytest.mark.long
def test_the_key_is_in_no_environment_of_a_process(house):
    """Only its path: what a process can see of its own surroundings."""
    key = (house.folder / "field.keys").read_text().partition(":")[2].strip()
    seen = house.shell("import os, config.wsgi; print(dict(os.environ))")

    assert (key in seen, str(house.folder / "field.keys") in seen) == (False, True)


@pytest.mark.long
def test_copy_of_the_house_without_its_key_does_not_start(house, tmp_path):
    """What a thief of a backup has: everything but the key file."""
    shutil.copytree(house.folder, tmp_path / "stolen", ignore=shutil.ignore_patterns("field.keys"))
    thief = Installation(tmp_path / "stolen")  # brings a key of their own

    code, said = started(thief, *WSGI)

    assert (code, "不是这个数据库的那一份" in said) == (4, True)
