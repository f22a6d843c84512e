"""What a person is told inside the app: rows, read in the inbox. They wait there whether the broker runs or not."""

import uuid
from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.db import models

from accounts.models import User
from schools.models import School


class InboxItemQuerySet(models.QuerySet["InboxItem"]):
    def of(self, person: User) -> Self:
        """Own things: their owner alone."""
        return self.filter(to=person)

    def told(self, people: Iterable[int], keys: Iterable[str]) -> Self:
        """What these people were told under these keys."""
        return self.filter(to__in=set(people), key__in=set(keys))

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def newest(self) -> Self:
        return self.order_by("-at", "-pk")


class InboxItem(models.Model):
    """One thing that one person should know. `key` says what it is about, so that telling twice is one row."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="学校")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="给谁")
    key = models.CharField("关于", max_length=120)
    text = models.CharField("内容", max_length=200)  # content-free: counts and periods, never a name
    path = models.CharField("去哪看", max_length=200, blank=True)
    at = models.DateTimeField("何时")
    read_at = models.DateTimeField("何时看过", null=True)

    objects = InboxItemQuerySet.as_manager()

    class Meta:
        verbose_name = "消息"
        constraints = [models.UniqueConstraint(fields=["to", "key"], name="inbox_told_once")]
        indexes = [
            # Reader: the inbox and the figure at its bell.
            models.Index(fields=["to", "-at"], name="inbox_newest"),
        ]
