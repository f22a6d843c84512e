"""Writing the trail, and the sign of life of the clock."""

from datetime import datetime
from uuid import UUID

from privacy.models import AuditEntry, Heartbeat


def record(
    *,
    by_id: int | None,
    verb: str,
    at: datetime,
    school_id: int | None = None,
    kind: str = "",
    uid: UUID | None = None,
    detail: str = "",
) -> AuditEntry:
    """Write one act into the trail, in the caller's transaction. `detail` carries no name, tier or text."""
    return AuditEntry.objects.create(
        by_id=by_id, verb=verb, at=at, school_id=school_id, kind=kind, uid=uid, detail=detail
    )


def beat(name: str, *, at: datetime) -> None:
    """Say that this clock works. One row, renewed."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at})
