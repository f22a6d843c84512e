"""What somebody has typed and not saved yet."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models

from accounts.models import User
from privacy.fields import EncryptedTextField
from privacy.keyring import Place


class DraftQuerySet(models.QuerySet["Draft"]):
    def of(self, person: User) -> Self:
        """A draft is its owner's alone."""
        return self.filter(owner=person)

    def newest(self) -> Self:
        return self.order_by("-saved_at", "-pk")


class Draft(models.Model):
    """One person's unfinished form about one student, class or record. It ends when it is saved, emptied or put aside.

    Its time alone never ends it. Nobody but the owner is told that there is one.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="谁的"
    )
    form = models.CharField("哪张表", max_length=20)
    about = models.UUIDField("写的是哪一项")
    typed = EncryptedTextField("写到一半的内容")
    edition = models.PositiveIntegerField("第几次保存", default=1)
    tab = models.UUIDField("在哪个页面写的")
    turn = models.PositiveIntegerField("那个页面的第几次", default=0)
    key_used = models.BooleanField("提交编号已用过", default=False)
    saved_at = models.DateTimeField("何时")

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = "草稿"
        constraints = [
            # Two pages that write at once: one draft, and the other page is told. Also finds the owner's.
            models.UniqueConstraint(fields=["owner", "form", "about"], name="draft_once"),
        ]

    @property
    def typed_place(self) -> Place:
        """Where it is sealed. A draft is of no school: its owner stands in the place of one. Select the owner."""
        return Place("draft", "typed", self.uid, self.owner.uid)
