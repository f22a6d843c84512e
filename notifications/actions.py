"""Telling a person something, once."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from notifications.models import InboxItem
from schools.models import School

BATCH = 500  # rows a statement
TELL = """
INSERT INTO notifications_inboxitem (uid, school_id, to_id, key, text, path, at) VALUES {rows}
ON CONFLICT (to_id, key) DO UPDATE
SET text = excluded.text, path = excluded.path, at = excluded.at, read_at = NULL
WHERE notifications_inboxitem.text <> excluded.text"""
ROW = "(%s, %s, %s, %s, %s, %s, %s)"


class Word(NamedTuple):
    """One thing that one person is told."""

    to_id: int
    key: str
    text: str
    path: str


def tell(*, to_id: int, school: School | None, key: str, text: str, path: str, at: datetime) -> None:
    """Put one row into a person's inbox. The same key again renews the words and leaves one row.

    A changed text is unread again; an unchanged one stays as it was read.
    """
    tell_all([Word(to_id, key, text, path)], school=school, at=at)


def tell_each(words: Mapping[int, str], *, school: School | None, key: str, path: str, at: datetime) -> None:
    """The same for several people, each with words of their own."""
    tell_all([Word(to_id, key, text, path) for to_id, text in words.items()], school=school, at=at)


def tell_all(words: Sequence[Word], *, school: School | None, at: datetime) -> None:
    """The same for anything; each person and key once. One statement for many rows, whatever stood before."""
    for first in range(0, len(words), BATCH):
        _write(words[first : first + BATCH], school=school, at=at)


def _write(words: Sequence[Word], *, school: School | None, at: datetime) -> None:
    native = connection.features.has_native_uuid_field
    when = InboxItem._meta.get_field("at").get_db_prep_save(at, connection)
    of_school = school.pk if school else None
    values = []
    for word in words:
        uid = uuid.uuid4()
        values += [uid if native else uid.hex, of_school, *word, when]
    with connection.cursor() as cursor:
        cursor.execute(TELL.format(rows=", ".join([ROW] * len(words))), values)


def correct(words: Iterable[Word], *, told: Iterable[InboxItem]) -> None:
    """Let what people were told say what is true now, and take back what is no longer to be told.

    Nobody is told anew: a row that is corrected keeps its time, and stays read or unread.
    """
    said = {(word.to_id, word.key): word for word in words}
    for item in told:
        word = said.get((item.to_id, item.key))
        if word is None:
            item.delete()
        elif (word.text, word.path) != (item.text, item.path):
            InboxItem.objects.filter(pk=item.pk).update(text=word.text, path=word.path)


def mark_read(item: InboxItem, *, at: datetime) -> None:
    """The person has opened it."""
    InboxItem.objects.filter(pk=item.pk, read_at=None).update(read_at=at)
