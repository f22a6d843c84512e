"""The key file: ours alone, whole or not at all, never overwritten."""

import os
import stat
import uuid

import pytest

from privacy import keyfile, keyring
from privacy.keyring import KeyFileError, Place, read_keys


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    return [one.name for one in folder.iterdir()]


def ids(path):
    return [line.partition(":")[0] for line in path.read_text().split()]


def test_new_file_is_ours_alone(tmp_path):
    path = tmp_path / "field.keys"

    keyfile.create(path, "k1")

    assert (ids(path), mode(path), names(tmp_path)) == (["k1"], 0o600, ["field.keys"])
    assert len(keyfile.read(path)["k1"]) == 32


def test_new_file_never_takes_the_place_of_one(tmp_path):
    path = tmp_path / "field.keys"
    keyfile.create(path, "k1")
    before = path.read_bytes()

    with pytest.raises(keyfile.AlreadyThere, match="已经在了"):
        keyfile.create(path, "k1")

    assert (path.read_bytes(), names(tmp_path)) == (before, ["field.keys"])


@pytest.mark.parametrize("kept", [0o600, 0o400])
def test_new_key_stands_first_and_the_mode_stays(tmp_path, kept):
    path = tmp_path / "field.keys"
    keyfile.create(path, "k1")
    first = path.read_text()
    path.chmod(kept)
    (tmp_path / "field.keys.part").write_text("left by somebody who was killed")

    keyfile.put_first(path, "k2")

    assert (ids(path), path.read_text().endswith(first), mode(path)) == (["k2", "k1"], True, kept)
    assert names(tmp_path) == ["field.keys"]


def test_only_what_is_kept_is_left(tmp_path):
    path = tmp_path / "field.keys"
    keyfile.create(path, "k1")
    keyfile.put_first(path, "k2")

    keyfile.keep(path, {"k2"})

    assert ids(path) == ["k2"]


def test_second_change_at_once_is_refused(tmp_path):
    path = tmp_path / "field.keys"

    with keyfile.held(path), pytest.raises(KeyFileError, match="另一个窗口正在换密钥"), keyfile.held(path):
        pass

    with keyfile.held(path):
        pass


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o610, 0o644])
def test_file_open_to_others_is_refused(key_file, bits):
    key_file.chmod(bits)

    with pytest.raises(KeyFileError, match="chmod 600"):
        read_keys(key_file)


def test_file_of_another_account_is_refused(key_file, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: key_file.stat().st_uid + 1)

    with pytest.raises(KeyFileError, match="属于另一个用户"):
        read_keys(key_file)


def test_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(KeyFileError, match=r"找不到密钥文件.*恢复备份的密钥"):
        read_keys(tmp_path / "field.keys")


@pytest.mark.parametrize("name", ["folder", "pipe"])
def test_what_is_no_file_is_refused_without_waiting(tmp_path, name):
    path = tmp_path / name
    path.mkdir(mode=0o700) if name == "folder" else os.mkfifo(path, 0o600)

    with pytest.raises(KeyFileError, match="不是文件"):
        read_keys(path)


GOOD = "A" * 43 + "="


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "是空的"),
        ("k1", "不完整"),
        (f":{GOOD}", "不完整"),
        (f"k1:{GOOD[:-4]}", "不完整"),
        ("k1:not base64", "不完整"),
        (f"k1:{GOOD}\nk1:{GOOD}", "不完整"),
        (f"k|1:{GOOD}", "不完整"),
        (f"{'k' * 33}:{GOOD}", "不完整"),
        ("\x00\x01", "不完整"),
        ("钥匙", "不完整"),
    ],
)
def test_what_is_no_key_file_is_refused_without_repeating_it(key_file, text, said):
    key_file.write_text(text, encoding="utf-8")

    with pytest.raises(KeyFileError, match=said) as refused:
        read_keys(key_file)

    assert "AAAA" not in str(refused.value)


def test_running_process_sees_a_new_key_at_once(key_file):
    assert keyring.keyring().sealing_id == "k1"

    keyfile.put_first(key_file, "k2")

    assert (keyring.keyring().sealing_id, list(keyring.keyring().keys)) == ("k2", ["k2", "k1"])


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_text("spoilt")])
def test_running_process_keeps_its_keys_when_the_file_goes(key_file, spoil):
    place = Place("t", "f", uuid.uuid4(), uuid.uuid4())
    sealed = keyring.keyring().seal("还在", place)

    spoil(key_file)

    assert keyring.keyring().unseal(sealed, place) == "还在"


def test_process_that_never_read_it_says_what_is_wrong(key_file):
    key_file.unlink()

    with pytest.raises(KeyFileError, match="找不到密钥文件"):
        keyring.keyring()
