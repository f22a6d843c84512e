"""What a person has not read yet."""

from datetime import datetime

from accounts.models import User
from notifications.models import InboxItem


def unread_of(person: User, *, at: datetime) -> list[InboxItem]:
    """The newest first. Kept for this one moment only, so that the bell and the page ask once."""
    kept: tuple[datetime, list[InboxItem]] | None = getattr(person, "_unread_at", None)
    if kept is None or kept[0] != at:
        kept = (at, list(InboxItem.objects.of(person).unread().newest()))
        person._unread_at = kept  # type: ignore[attr-defined]
    return kept[1]
