"""Addresses that stay the same: a uid from the day and from what it is of, never by chance."""

import uuid
from datetime import date

NAMESPACE = uuid.UUID("6d2f9b1e-3c57-4f0a-9d55-1f6f0b8f3a10")


class Marks:
    """The uids of one seed."""

    def __init__(self, today: date) -> None:
        self.namespace = uuid.uuid5(NAMESPACE, today.isoformat())

    def of(self, kind: str, *key: object) -> uuid.UUID:
        return uuid.uuid5(self.namespace, "/".join((kind, *map(str, key))))
