"""Writing the trail."""

from datetime import datetime
from uuid import UUID

from privacy.models import AuditEntry


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
    return AuditEntry.objects.create(by_id=by_id, verb=verb, at=at, school_id=school_id, kind=kind, uid=uid, detail=detail)
