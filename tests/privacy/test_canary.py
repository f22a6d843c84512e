"""A key file that is not that of this database is recognised before anything is opened or sealed with it."""

import json

import pytest
import redis
from django.urls import reverse

from privacy import actions, canary, keyfile
from privacy.canary import WrongKey
from privacy.keyring import keyring
from privacy.models import AuditEntry, KnownKey
from reports import health
from tests.cast import NOW, talk


@pytest.fixture
def known(db, key_file):
    """The key has been used with this database."""
    canary.check(at=NOW)


def other_file(path, key_id="k1"):
    path.unlink()
    keyfile.create(path, key_id)


def test_first_start_leaves_a_canary_and_a_row_in_the_trail(db, key_file):
    canary.check(at=NOW)
    canary.check(at=NOW)

    assert list(KnownKey.objects.values_list("key_id", "since", "resealed_at", "lost_at")) == [("k1", NOW, NOW, None)]
    assert list(AuditEntry.objects.values_list("verb", "detail")) == [("key.known", "k1")]


def test_another_key_of_the_same_name_is_refused(known, key_file):
    other_file(key_file)

    with pytest.raises(WrongKey, match=r"不是这个数据库的那一份。请放回备份的密钥文件"):
        canary.check(at=NOW)


def test_key_that_is_missing_from_the_file_is_named(known, key_file):
    other_file(key_file, "k9")

    with pytest.raises(WrongKey, match=r"没有这个数据库用的钥匙 k1。请放回备份的密钥文件"):
        canary.check(at=NOW)

    assert list(KnownKey.objects.values_list("key_id", flat=True)) == ["k1"]


def test_file_from_before_a_rotation_is_refused(known, key_file):
    before = key_file.read_bytes()
    keyfile.put_first(key_file, "k2")
    canary.check(at=NOW)
    key_file.write_bytes(before)

    with pytest.raises(WrongKey, match="k2"):
        canary.check(at=NOW)


def test_canary_that_was_tampered_with_is_refused(known):
    one = KnownKey.objects.get()
    KnownKey.objects.update(canary=bytes(one.canary)[:-1] + bytes([bytes(one.canary)[-1] ^ 1]))

    with pytest.raises(WrongKey):
        canary.check(at=NOW)


def test_canary_of_another_database_is_refused(known):
    KnownKey.objects.update(uid="00000000-0000-4000-8000-000000000001")

    with pytest.raises(WrongKey):
        canary.check(at=NOW)


def test_older_database_is_taken_with_the_key_that_opens_its_texts(cast, key_file):
    talk(cast.head_teacher, cast.lin, note="一段旧的记录")

    canary.check(at=NOW)

    assert KnownKey.objects.get().key_id == "k1"


def test_older_database_with_another_key_is_refused(cast, key_file):
    talk(cast.head_teacher, cast.lin, note="一段旧的记录")
    other_file(key_file)

    with pytest.raises(WrongKey, match="打不开这个数据库里的文字"):
        canary.check(at=NOW)

    assert not KnownKey.objects.exists()


@pytest.mark.parametrize("spoil", ["other", "mode", "gone"])
def test_not_ready_with_a_key_that_would_not_start_and_says_no_more(known, key_file, client, monkeypatch, spoil):
    monkeypatch.setattr(redis.Redis, "ping", lambda self: True)
    monkeypatch.setattr(health, "STARTED", NOW)
    ready = {"ready": True, "database": True, "broker": True, "beat": True}
    before = client.get(reverse("readyz"))
    match spoil:
        case "other":
            other_file(key_file)
        case "mode":
            key_file.chmod(0o644)
        case _:
            key_file.unlink()

    after = client.get(reverse("readyz"))

    assert (before.status_code, before.json()) == (200, ready)
    assert (after.status_code, after.json()) == (503, ready | {"ready": False})


def test_asking_whether_it_is_ready_writes_nothing(db, key_file, client):
    client.get(reverse("readyz"))

    assert (KnownKey.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_canary_is_no_text_of_anybody_and_no_key(known, key_file):
    raw = keyfile.read(key_file)["k1"]
    kept = json.dumps(list(KnownKey.objects.values("key_id")), default=str)

    assert (raw in bytes(KnownKey.objects.get().canary), key_file.read_text().strip() in kept) == (False, False)
    assert keyring().unseal(bytes(KnownKey.objects.get().canary), KnownKey.objects.get().place) == canary.WORDS


def test_two_processes_that_start_at_once_agree(db, key_file, monkeypatch):
    """The other one has left its canary between our look and our write."""
    ring = keyring()
    record = actions.record

    def meanwhile(**facts):
        monkeypatch.setattr(actions, "record", record)
        raise canary.IntegrityError

    monkeypatch.setattr(actions, "record", meanwhile)
    canary.remember(ring, at=NOW)
    canary.remember(ring, at=NOW)

    assert KnownKey.objects.count() == 1
