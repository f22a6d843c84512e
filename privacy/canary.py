"""Whether the key file is that of this database: each key that has sealed here left a canary, which must open.

Without it a wrong key would be noticed late: everything old would look damaged, and what is typed meanwhile would be
sealed with a key that nobody keeps.
"""

from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction

from privacy import actions
from privacy.keyring import KeyFileError, Keyring, read_keys
from privacy.models import KnownKey
from privacy.places import sample

WORDS = "倾听"


class WrongKey(KeyFileError):
    """The key file is sound, but this database was sealed with other keys."""


def check(*, at: datetime) -> Keyring:
    """Read the key file and try it on the database; a key that seals for the first time is remembered.

    Raises KeyFileError with one sentence. A database that is not there yet is for others to tell.
    """
    ring = read_keys(settings.FIELD_KEY_FILE)
    try:
        examine(ring)
        remember(ring, at=at)
    except DatabaseError:
        return ring
    return ring


def holds() -> bool:
    """Whether a process that starts now would start; nothing is written."""
    try:
        examine(read_keys(settings.FIELD_KEY_FILE))
    except (KeyFileError, DatabaseError):
        return False
    return True


def examine(ring: Keyring) -> None:
    """Raise WrongKey when a key that has sealed here is missing from the file, or is another one of the same name."""
    path = settings.FIELD_KEY_FILE
    for known in KnownKey.objects.order_by("pk"):
        if known.key_id not in ring.keys:
            if known.lost_at is None:
                raise WrongKey(
                    f"密钥文件 {path} 里没有这个数据库用的钥匙 {known.key_id}。请放回备份的密钥文件，再启动。"
                )
        elif known.canary and not ring.can_unseal(bytes(known.canary), known.place):
            raise WrongKey(f"密钥文件 {path} 不是这个数据库的那一份。请放回备份的密钥文件，再启动。")


def remember(ring: Keyring, *, at: datetime) -> None:
    """Leave a canary of each key that has none. Over texts without any canary the keys must open some of them first."""
    known = set(KnownKey.objects.values_list("key_id", flat=True))
    fresh = [key_id for key_id in ring.keys if key_id not in known]
    if fresh and not known:
        tried = list(sample(ring))
        if tried and not any(tried):
            raise WrongKey(
                f"密钥文件 {settings.FIELD_KEY_FILE} 打不开这个数据库里的文字。请放回备份的密钥文件，再启动。"
            )
    for key_id in reversed(fresh):
        # Nothing waits to be sealed anew where there was no other key before.
        done = key_id != ring.sealing_id or len(ring.keys) == 1
        one = KnownKey(key_id=key_id, since=at, resealed_at=at if done else None)
        one.canary = ring.only(key_id).seal(WORDS, one.place)
        try:
            with transaction.atomic():
                one.save(force_insert=True)
                actions.record(by_id=None, verb="key.known", at=at, detail=key_id)
        except IntegrityError:
            continue  # web and worker start together: the other one was first
