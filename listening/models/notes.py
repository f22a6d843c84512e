"""What became of a note: its earlier editions, and what was added after the time of editing. All of it sealed."""

import uuid

from django.conf import settings
from django.db import models

from listening.models.conversations import Conversation
from privacy.fields import EncryptedTextField
from privacy.keyring import Place


class NoteEdition(models.Model):
    """A note as it stood before its writer changed it: the very bytes, so that they open in their old place alone."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="note_editions", verbose_name="倾听记录"
    )
    edition = models.PositiveSmallIntegerField("第几稿")
    note = EncryptedTextField("当时记的")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁改的")
    replaced_at = models.DateTimeField("何时改的")

    class Meta:
        verbose_name = "记录旧稿"
        ordering = ["-edition"]
        constraints = [
            # Two edits at once: an edition is kept once.
            models.UniqueConstraint(fields=["conversation", "edition"], name="note_edition_once"),
        ]

    @property
    def note_place(self) -> Place:
        """Where this edition is sealed. Reads the conversation and its school: select them."""
        talk = self.conversation
        return Place("conversation", "note", talk.uid, talk.school.uid, self.edition)


class Addendum(models.Model):
    """补充: what the writer adds when the note can no longer be edited. Added, never changed."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="addenda", verbose_name="倾听记录"
    )
    note = EncryptedTextField("补充")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁写的")
    at = models.DateTimeField("何时")
    request_key = models.UUIDField("提交编号", default=uuid.uuid4)

    class Meta:
        verbose_name = "补充记录"
        ordering = ["at", "pk"]
        constraints = [
            # A double tap adds it once.
            models.UniqueConstraint(fields=["conversation", "request_key"], name="addendum_one_request"),
        ]

    @property
    def note_place(self) -> Place:
        """Where it is sealed. Reads the conversation and its school: select them."""
        return Place("addendum", "note", self.uid, self.conversation.school.uid)
