"""The life of the keys: made once, tried, replaced. A text goes from key to key as bytes; nobody here sees one.

A rotation can be stopped at any moment, by kill -9 or a power cut, and goes on when it is asked for again:
1. the new key stands first in the file and is on the disk, then its canary is in the database; it is not done yet
2. texts go over in small transactions; what is written meanwhile is sealed with the new key by itself
3. when none is left the canary says so; the old key stays in the file until it is retired
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction

from privacy import actions, canary, keyfile
from privacy.keyring import CannotOpen, KeyFileError, Keyring, Place, key_id_of, read_keys
from privacy.models import KnownKey
from privacy.places import SealedRows, everything_sealed

BATCH = 25  # rows in one transaction: a page waits for no more than these
PASSES = 5  # how often all columns are gone through for what was written meanwhile
# How long an old key outlives the new one: longer than any page or job that may still seal with what it has read.
OVERLAP = timedelta(minutes=30)
OUR_NAME = re.compile(r"k(\d{1,9})")


class NotYet(KeyFileError):
    """The old keys are still needed. The message says what for, in Chinese."""


@dataclass(slots=True)
class Standing:
    """How many texts stand under which key, and how many of them do not open."""

    texts: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)


def init(path: Path, *, old_is_lost: bool, at: datetime) -> str:
    """Make the key file; its id. Raises KeyFileError when there is one, or when texts wait for the one that was.

    With `old_is_lost` a new key begins over texts that nobody will read again; they stay as they are, and open once
    the line of the old key is put back below the new one.
    """
    used = _known_ids()
    waiting = used or _ids_of_texts()
    if waiting and not path.exists() and not old_is_lost:
        raise KeyFileError(
            "这个数据库已经用过一份密钥，新的打不开以前的文字。请放回备份的密钥文件。"
            "真的找不回来了，才执行 manage.py keys init --old-key-is-lost。"
        )
    key_id = _next_id(waiting)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with keyfile.held(path):
        keyfile.create(path, key_id)
    if not waiting:
        return key_id  # there may be no database yet: the first start tells the trail, with the canary
    with transaction.atomic():
        for old in waiting - used:
            # Of this key nothing but its texts is left; an empty canary says so.
            KnownKey.objects.create(key_id=old, canary=b"", since=at, resealed_at=at)
        KnownKey.objects.filter(lost_at=None).update(lost_at=at)
        _tell("key.lost", "、".join(sorted(waiting)), at=at)
    return key_id


def verify(path: Path, *, at: datetime) -> Standing:
    """Try the keys on the canaries and on every text. Raises KeyFileError; changes nothing but the trail."""
    ring = read_keys(path)
    canary.examine(ring)
    found = count(ring)
    _tell("key.verify", f"{found.texts.total()} 段，打不开 {found.closed.total()} 段", at=at)
    return found


def count(ring: Keyring) -> Standing:
    """Go through all texts; the only pass over everything."""
    found = Standing()
    for kind in everything_sealed():
        for row in kind.rows().order_by("pk").iterator(chunk_size=BATCH):
            for sealed, place in kind.texts(row):
                key_id = key_id_of(sealed)
                found.texts[key_id] += 1
                found.closed[key_id] += not ring.can_unseal(sealed, place)
    return found


def rotate(path: Path, *, at: datetime, say: Callable[[str], None]) -> int:
    """Seal everything with a new key, or finish a rotation that was stopped; how many texts went over."""
    with keyfile.held(path):
        ring = canary.check(at=at)
        if _is_done(ring):
            keyfile.put_first(path, _next_id({*ring.keys, *_known_ids()}))
            ring = canary.check(at=at)
            _tell("key.new", ring.sealing_id, at=at)
            say(f"新钥匙 {ring.sealing_id} 已写在密钥文件的第一行。现在就把密钥文件再备份一份。")
        else:
            say(f"接着换到钥匙 {ring.sealing_id}。")
        return _finish(ring, at=at, say=say)


def retire(path: Path, *, at: datetime, say: Callable[[str], None]) -> list[str]:
    """Take the old keys out of the file, once nothing stands under them; their ids. Raises NotYet."""
    with keyfile.held(path):
        ring = canary.check(at=at)
        old = [key_id for key_id in ring.keys if key_id != ring.sealing_id]
        if not old:
            raise NotYet("密钥文件里只有一把钥匙，没有旧的可以去掉。")
        free_at = KnownKey.objects.get(key_id=ring.sealing_id).since + OVERLAP
        if at < free_at:
            raise NotYet("新钥匙起用还不到 30 分钟，可能还有页面正用旧钥匙保存。旧钥匙先留着，请过半小时再执行一次。")
        _finish(ring, at=at, say=say)
        left = sum(number for key_id, number in count(ring).texts.items() if key_id != ring.sealing_id)
        if left:
            raise NotYet(f"还有 {left} 段文字在旧钥匙下，没有换过来。旧钥匙先留着；执行 manage.py keys verify 看一看。")
        # The database first: stopped in between, the next start remembers the old key again and nothing is lost.
        with transaction.atomic():
            KnownKey.objects.filter(key_id__in=old).delete()
            _tell("key.retire", "、".join(old), at=at)
        keyfile.keep(path, {ring.sealing_id})
        return old


def _is_done(ring: Keyring) -> bool:
    return KnownKey.objects.filter(key_id=ring.sealing_id).exclude(resealed_at=None).exists()


def _finish(ring: Keyring, *, at: datetime, say: Callable[[str], None]) -> int:
    """Bring over what is left; go through again until a pass finds nothing more to do."""
    moved = 0
    for _ in range(PASSES):
        in_pass = sum(_reseal_all(kind, ring, say=say) for kind in everything_sealed())
        moved += in_pass
        if not in_pass:
            break
    KnownKey.objects.filter(key_id=ring.sealing_id, resealed_at=None).update(resealed_at=at)
    _tell("key.rotate", f"{ring.sealing_id}，换好 {moved} 段", at=at)
    return moved


def _reseal_all(kind: SealedRows, ring: Keyring, *, say: Callable[[str], None]) -> int:
    moved, last = 0, None
    while True:
        batch, last = _reseal_batch(kind, ring, after=last)
        moved += batch
        if last is None:
            if moved:
                say(f"{kind.name}：{moved} 段")
            return moved


@transaction.atomic
def _reseal_batch(kind: SealedRows, ring: Keyring, *, after: Any) -> tuple[int, Any]:
    """The next few rows with texts under other keys, locked; how many texts went over, and the last row looked at.

    What does not open stays as it is. On SQLite the transaction itself is the lock.
    """
    rows = kind.not_under(ring.sealing_id).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    moved, last = 0, None
    for row in rows.select_for_update(of=("self",))[:BATCH]:
        last = row.pk
        before = [sealed for sealed, _ in kind.texts(row)]
        now = [_over(sealed, place, ring) for sealed, place in kind.texts(row)]
        if now != before and kind.put(row, now):
            moved += sum(new != old for new, old in zip(now, before, strict=True))
    return moved, last


def _over(sealed: bytes, place: Place, ring: Keyring) -> bytes:
    """The text under the new key; as it was, where it is so already or does not open."""
    if key_id_of(sealed) == ring.sealing_id:
        return sealed
    try:
        return ring.reseal(sealed, place)
    except CannotOpen:
        return sealed


def _tell(verb: str, detail: str, *, at: datetime) -> None:
    actions.record(by_id=None, verb=verb, at=at, detail=detail)


def _known_ids() -> set[str]:
    try:
        return set(KnownKey.objects.values_list("key_id", flat=True))
    except DatabaseError:
        return set()  # before the first migrate


def _ids_of_texts() -> set[str]:
    try:
        return {
            key_id_of(sealed)
            for kind in everything_sealed()
            for row in kind.rows().iterator()
            for sealed, _ in kind.texts(row)
        }
    except DatabaseError:
        return set()


def _next_id(used: Iterable[str]) -> str:
    """k1, k2, …: never one that was there before, so that an old key put back is told from a new one."""
    numbers = [int(found[1]) for name in used if (found := OUR_NAME.fullmatch(name))]
    return f"k{max(numbers, default=0) + 1}"
