"""Telling a person something, once."""

from collections.abc import Mapping
from datetime import datetime

from notifications.models import InboxItem
from schools.models import School


def tell(*, to_id: int, school: School | None, key: str, text: str, path: str, at: datetime) -> None:
    """Put one row into a person's inbox. The same key again renews the words and leaves one row.

    A changed text is unread again; an unchanged one stays as it was read.
    """
    item, made = InboxItem.objects.get_or_create(
        to_id=to_id, key=key, defaults={"school": school, "text": text, "path": path, "at": at}
    )
    if not made and item.text != text:
        InboxItem.objects.filter(pk=item.pk).update(text=text, path=path, at=at, read_at=None)


def tell_each(words: Mapping[int, str], *, school: School | None, key: str, path: str, at: datetime) -> None:
    """The same for several people, each with words of their own; who hears it first is written in one statement."""
    known = dict(InboxItem.objects.filter(to__in=words, key=key).values_list("to", "text"))
    InboxItem.objects.bulk_create(
        (
            InboxItem(to_id=to_id, key=key, school=school, text=text, path=path, at=at)
            for to_id, text in words.items()
            if to_id not in known
        ),
        ignore_conflicts=True,
    )
    for to_id, text in words.items():
        if known.get(to_id, text) != text:
            InboxItem.objects.filter(to=to_id, key=key).update(text=text, path=path, at=at, read_at=None)


def mark_read(item: InboxItem, *, at: datetime) -> None:
    """The person has opened it."""
    InboxItem.objects.filter(pk=item.pk, read_at=None).update(read_at=at)
