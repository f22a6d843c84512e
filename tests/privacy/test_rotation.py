"""A new key takes over everything that is sealed, and nothing is lost on the way."""

import base64
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from listening import actions as listening
from listening.models import Addendum, Conversation, NoteEdition
from privacy import canary, keyfile, places, rotation
from privacy.keyring import KeyFileError, key_id_of, keyring
from privacy.models import AuditEntry, KnownKey
from referrals.models import Concern
from students.models import RosterUpload
from tests.cast import NOW, talk

LATER = NOW + rotation.OVERLAP
SAID = "金丝雀"


def one_of_each(cast):
    """A text in every sealed column, under the key that seals now."""
    one = talk(cast.head_teacher, cast.lin, note=f"{SAID}一", worry=f"{SAID}二")
    listening.edit_note(by=cast.head_teacher, talk=one, note=f"{SAID}三", edition=0, at=NOW)
    listening.add_to_note(by=cast.head_teacher, talk=one, note=f"{SAID}四", at=NOW, request_key=uuid.uuid4())
    upload = RosterUpload(school=cast.school, by=cast.registrar, filename="名册.xlsx", uploaded_at=NOW)
    upload.file = keyring().seal(base64.b64encode(b"rows").decode(), upload.file_place)
    upload.save()
    return one


def texts():
    """Every sealed text, opened: label → words."""
    ring = keyring()
    return {
        f"{column.label} {row.pk}": ring.unseal(sealed, place)
        for column in places.sealed_columns()
        for row in column.rows()
        for sealed, place in column.texts(row)
    }


def keys_in_use():
    return {
        key_id_of(sealed) for kind in places.everything_sealed() for row in kind.rows() for sealed, _ in kind.texts(row)
    }


def verbs():
    return [entry.verb for entry in AuditEntry.objects.filter(verb__startswith="key.").order_by("pk")]


def quiet(line):
    """Nobody listens."""


def rotated(path, *, at=NOW):
    return rotation.rotate(path, at=at, say=quiet)


@pytest.fixture
def house(cast, key_file):
    canary.check(at=NOW)
    return one_of_each(cast)


@pytest.mark.parametrize("kind", places.everything_sealed(), ids=lambda kind: getattr(kind, "label", kind.name))
def test_every_kind_of_sealed_row_can_be_looked_for_and_locked(kind, db):
    """A column that is added later is rotated by itself: what is asked of it works on any model."""
    assert list(kind.not_under("k9").order_by("pk").select_for_update(of=("self",))[:1]) == []


def test_everything_goes_over_and_reads_as_before(house, key_file):
    before = texts()

    moved = rotated(key_file)

    assert (moved, texts(), keys_in_use()) == (len(before), before, {"k2"})
    assert list(keyfile.read(key_file)) == ["k2", "k1"]
    assert verbs() == ["key.known", "key.known", "key.new", "key.rotate"]


def test_nothing_else_of_a_row_changes(house, key_file):
    def facts():
        return [
            *Conversation.objects.values("pk", "note_edition", "recorded_at", "kind", "minutes"),
            *NoteEdition.objects.values("pk", "edition", "replaced_at"),
            *Addendum.objects.values("pk", "at"),
            *Concern.objects.values("pk", "state", "raised_at"),
            *RosterUpload.objects.values("pk", "uploaded_at", "table"),
        ]

    before = facts()
    rotated(key_file)

    assert facts() == before


def test_edited_in_between_the_edit_stays(house, key_file, monkeypatch):
    """Somebody is faster between reading and writing one row (where no lock keeps them out)."""
    reseal = type(keyring()).reseal

    def slow(ring, sealed, place):
        if place.table == "conversation" and place.edition == 1:
            now = Conversation.objects.select_related("school").get(pk=house.pk)
            if key_id_of(bytes(now.note)) == "k1":
                Conversation.objects.filter(pk=now.pk).update(note=ring.seal("刚写的", now.note_place))
        return reseal(ring, sealed, place)

    monkeypatch.setattr(type(keyring()), "reseal", slow)
    rotated(key_file)

    assert texts()[f"listening.Conversation.note {house.pk}"] == "刚写的"


def test_stopped_in_the_middle_it_goes_on_with_the_same_key(house, key_file, monkeypatch):
    before = texts()
    batch = rotation._reseal_batch
    over = 0

    def stops(*args, **facts):
        nonlocal over
        if over > 1:
            raise KeyboardInterrupt
        moved, last = batch(*args, **facts)
        over += moved
        return moved, last

    monkeypatch.setattr(rotation, "_reseal_batch", stops)
    with pytest.raises(KeyboardInterrupt):
        rotated(key_file)
    assert (texts(), keys_in_use()) == (before, {"k1", "k2"})
    monkeypatch.setattr(rotation, "_reseal_batch", batch)

    moved = rotated(key_file)

    assert (0 < moved < len(before), texts(), keys_in_use()) == (True, before, {"k2"})
    assert list(keyfile.read(key_file)) == ["k2", "k1"]


def test_stopped_right_after_the_new_line_it_goes_on_with_it(house, key_file):
    keyfile.put_first(key_file, "k2")

    rotated(key_file)

    assert (list(keyfile.read(key_file)), keys_in_use()) == (["k2", "k1"], {"k2"})


def test_second_rotation_makes_a_third_key(house, key_file):
    rotated(key_file)
    rotated(key_file)

    assert (list(keyfile.read(key_file)), keys_in_use()) == (["k3", "k2", "k1"], {"k3"})


def test_damaged_text_stays_byte_for_byte_and_holds_the_old_key(house, key_file):
    damaged = bytes(Addendum.objects.get().note)[:-1] + b"\0"
    Addendum.objects.update(note=damaged)

    rotated(key_file)

    assert bytes(Addendum.objects.get().note) == damaged
    with pytest.raises(rotation.NotYet, match="还有 1 段文字在旧钥匙下"):
        rotation.retire(key_file, at=LATER, say=quiet)
    assert list(keyfile.read(key_file)) == ["k2", "k1"]


def test_old_key_is_retired_when_nothing_is_left(house, key_file):
    before = texts()
    rotated(key_file)

    gone = rotation.retire(key_file, at=LATER, say=quiet)

    assert (gone, list(keyfile.read(key_file)), texts()) == (["k1"], ["k2"], before)
    assert (canary.holds(), verbs()[-1]) == (True, "key.retire")
    assert list(KnownKey.objects.values_list("key_id", flat=True)) == ["k2"]


def test_id_of_a_retired_key_is_not_given_again(house, key_file):
    rotated(key_file)
    rotation.retire(key_file, at=LATER, say=quiet)
    rotated(key_file, at=LATER)

    assert list(keyfile.read(key_file)) == ["k3", "k2"]


def test_text_written_late_under_the_old_key_goes_over_before_it_is_retired(house, key_file):
    old = keyring()
    rotated(key_file)
    now = Conversation.objects.select_related("school").get(pk=house.pk)
    Conversation.objects.filter(pk=now.pk).update(note=old.only("k1").seal("晚到", now.note_place))

    rotation.retire(key_file, at=LATER, say=quiet)

    assert texts()[f"listening.Conversation.note {house.pk}"] == "晚到"


@pytest.mark.parametrize("early", [timedelta(0), rotation.OVERLAP - timedelta(seconds=1)])
def test_old_key_outlives_the_pages_that_may_still_use_it(house, key_file, early):
    rotated(key_file)

    with pytest.raises(rotation.NotYet, match="不到 30 分钟"):
        rotation.retire(key_file, at=NOW + early, say=quiet)


def test_only_key_is_never_retired(house, key_file):
    with pytest.raises(rotation.NotYet, match="只有一把钥匙"):
        rotation.retire(key_file, at=LATER, say=quiet)


# The command


def said(capsys, *words):
    call_command("keys", *words)
    return capsys.readouterr().out


def test_verify_counts_by_key_and_shows_no_text(house, key_file, capsys):
    out = said(capsys, "verify")

    assert (f"钥匙 k1：{len(texts())} 段，打不开 0 段" in out, "都打得开" in out, SAID in out) == (True, True, False)
    assert verbs()[-1] == "key.verify"


def test_verify_ends_with_1_when_a_text_does_not_open(house, key_file, capsys):
    Addendum.objects.update(note=b"\x01\x02k1broken")
    Concern.objects.update(words=b"?")

    with pytest.raises(CommandError, match="2 段文字打不开") as refused:
        call_command("keys", "verify")

    out = capsys.readouterr().out
    assert ("钥匙 ?：1 段，打不开 1 段" in out, SAID in out + str(refused.value)) == (True, False)


def test_commands_say_what_they_did(house, key_file, capsys, time_machine):
    assert f"换好了，共 {len(texts())} 段" in said(capsys, "rotate")
    time_machine.move_to(LATER, tick=False)
    assert "旧钥匙 k1 已从" in said(capsys, "rotate", "--retire")
    key = key_file.read_text().partition(":")[2].strip()
    assert key not in said(capsys, "verify")


def test_init_makes_a_file_once(key_file, capsys, db):
    key_file.unlink()

    assert "现在就备份一份" in said(capsys, "init")
    kept = key_file.read_bytes()
    with pytest.raises(CommandError, match="已经在了，没有改动"):
        call_command("keys", "init")
    assert key_file.read_bytes() == kept


def test_init_over_sealed_texts_asks_for_the_backup_first(house, key_file):
    key_file.unlink()

    with pytest.raises(CommandError, match="请放回备份的密钥文件"):
        call_command("keys", "init")

    assert not key_file.exists()


@pytest.mark.parametrize("remembered", [True, False])
def test_lost_key_and_its_return(house, key_file, remembered, capsys):
    """A school goes on with a new key; the old texts stay, and open once the old line is back."""
    before, kept, old = texts(), dict(Conversation.objects.values_list("pk", "note")), key_file.read_text()
    if not remembered:
        KnownKey.objects.all().delete()
    key_file.unlink()

    call_command("keys", "init", "--old-key-is-lost")
    canary.check(at=NOW)

    assert (dict(Conversation.objects.values_list("pk", "note")), canary.holds()) == (kept, True)
    assert list(keyfile.read(key_file)) == ["k2"]
    with pytest.raises(CommandError, match=f"{len(before)} 段文字打不开"):
        call_command("keys", "verify")
    key_file.write_text(key_file.read_text() + old)
    canary.check(at=NOW)
    assert texts() == before
    assert rotated(key_file) == len(before)
    assert keys_in_use() == {"k3"}


def test_file_that_cannot_be_written_is_a_sentence(house, key_file, monkeypatch):
    def full(*args, **facts):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keyfile, "put_first", full)

    with pytest.raises(CommandError, match="写不了密钥文件"):
        call_command("keys", "rotate")


def test_rotation_with_a_wrong_file_changes_nothing(house, key_file):
    sealed = list(Conversation.objects.values_list("note", flat=True))
    key_file.unlink()
    keyfile.create(key_file, "k1")

    with pytest.raises(KeyFileError, match="不是这个数据库的那一份"):
        rotated(key_file)

    assert (list(keyfile.read(key_file)), list(Conversation.objects.values_list("note", flat=True))) == (["k1"], sealed)
