"""The end of a row of the trail: after TRAIL_DAYS, never before 184 (six months, 网络安全法 and GB/T 22239).

The one path by which a row leaves. On PostgreSQL the program's own role may not delete here: the right is given and
taken back within one transaction, and a trigger keeps what is younger than 184 days whoever asks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from privacy import actions
from privacy.models import AuditEntry, ReadEntry

LEAST_DAYS = 184
BATCH = 5000  # rows in one transaction
MOST_BATCHES = 200  # in one night, of each table; the next night goes on
KEPT = "demo.seed"  # by this line a school's installation knows the demo's database


@dataclass(frozen=True, slots=True)
class Retired:
    """How many rows of each table left."""

    acts: int
    reads: int

    @property
    def total(self) -> int:
        return self.acts + self.reads


def retire(*, at: datetime) -> Retired:
    """Take out the rows whose time is over, and say in the trail how many. Raises ValueError below 184 days."""
    if settings.TRAIL_DAYS < LEAST_DAYS:
        raise ValueError(f"TRAIL_DAYS is {settings.TRAIL_DAYS}; the trail is kept for {LEAST_DAYS} days at least.")
    before = at - timedelta(days=settings.TRAIL_DAYS)
    gone = Retired(acts=_retire(AuditEntry, before=before), reads=_retire(ReadEntry, before=before))
    if gone.total:
        actions.record(by_id=None, verb="trail.retire", at=at, detail=f"操作 {gone.acts}，查阅 {gone.reads}")
    return gone


def _retire(model: type[AuditEntry] | type[ReadEntry], *, before: datetime) -> int:
    """Rows stand in the order in which they were written, so the old ones are at the beginning: no index is needed."""
    gone, after = 0, 0
    for _ in range(MOST_BATCHES):
        rows = list(model.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "at")[:BATCH])
        if not any(moment < before for _, moment in rows):
            break
        gone += _take_out(model, first=rows[0][0], last=rows[-1][0], before=before)
        after = rows[-1][0]
    return gone


def _take_out(model: type[AuditEntry] | type[ReadEntry], *, first: int, last: int, before: datetime) -> int:
    table = connection.ops.quote_name(model._meta.db_table)
    kept = " AND verb <> %s" if model is AuditEntry else ""
    values = [first, last, connection.ops.adapt_datetimefield_value(before), *([KEPT] if kept else [])]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"GRANT DELETE ON {table} TO CURRENT_USER")
        cursor.execute(f"DELETE FROM {table} WHERE id BETWEEN %s AND %s AND at < %s{kept}", values)  # nosec B608
        gone = int(cursor.rowcount)
        if connection.vendor == "postgresql":
            cursor.execute(f"REVOKE DELETE ON {table} FROM CURRENT_USER")
    return gone
