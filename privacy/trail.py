"""Reading the trail: both tables as one list, the newest first, page by page.

A page goes on from the last row of the one before, never by a number: the trail grows while it is read, and the
hundredth page costs what the first does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from privacy.models import AuditEntry, ReadEntry
from privacy.verbs import FAMILIES, Group, group_of, text_of, verbs_of, words_of

MARK = re.compile(r"(\d{1,17})\.(\d)\.(\d{1,18})")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended: the moment, which of the sources, which row."""

    at: datetime
    source: int
    pk: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}.{self.source}.{self.pk}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for what is no mark of ours: then the list begins at its beginning."""
        found = MARK.fullmatch(text) if text.isascii() else None
        if found is None:
            return None
        try:
            return cls(EPOCH + int(found[1]) * MICROSECOND, int(found[2]), int(found[3]))
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of either table."""

    at: datetime
    by_id: int | None
    verb: str  # "" where a text was read
    words: str
    group: Group
    kind: str = ""
    uid: UUID | None = None
    student_id: int | None = None
    detail: str = ""
    is_glass: bool = False


Source = QuerySet[AuditEntry] | QuerySet[ReadEntry]


def page_of(sources: Sequence[Source], *, before: Mark | None, most: int) -> tuple[list[Row], Mark | None]:
    """The next rows of these sources together, and where to go on; None where there are no more.

    One query for each source.
    """
    found: list[tuple[datetime, int, int, Any]] = []
    for number, source in enumerate(sources):
        rows: Any = source.filter(_after(before, number)) if before else source
        found += [(one.at, -number, one.pk, one) for one in rows.order_by("-at", "-pk")[: most + 1]]
    found.sort(key=lambda one: one[:3], reverse=True)
    shown = found[:most]
    last = shown[-1] if len(found) > most else None
    return [row_of(one) for *_, one in shown], Mark(last[0], -last[1], last[2]) if last else None


def _after(mark: Mark, number: int) -> Q:
    """What comes after the mark: earlier, or of the same moment further down."""
    same = Q(pk__lt=mark.pk) if number == mark.source else Q() if number > mark.source else Q(pk__in=[])
    return Q(at__lte=mark.at) & (Q(at__lt=mark.at) | (Q(at=mark.at) & same))


def row_of(entry: AuditEntry | ReadEntry) -> Row:
    if isinstance(entry, ReadEntry):
        words = f"看了{text_of(entry.table, entry.field)}"
        return Row(
            entry.at, entry.by_id, "", words, Group.READ, student_id=entry.student_id, is_glass=entry.glass is not None
        )
    words, group = words_of(entry.verb), group_of(entry.verb)
    return Row(
        entry.at,
        entry.by_id,
        entry.verb,
        words,
        group,
        entry.kind,
        entry.uid,
        detail=entry.detail,
        is_glass=group is Group.GLASS,
    )


def of_group(group: Group) -> Q:
    """Acts of one group."""
    found = Q(verb__in=verbs_of(group))
    for start, (_, of) in FAMILIES.items():
        if of is group:
            found |= Q(verb__startswith=start)
    return found


def hashed(kind: str, value: object) -> str:
    """An id that tells the same from another and nothing else; with the secret of the installation as its key."""
    return salted_hmac(f"privacy.trail.{kind}", str(value), algorithm="sha256").hexdigest()[:12]
