"""支持要点: a counselor's few lines for the teachers of one student."""

import uuid

from django.conf import settings
from django.db import models

from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from schools.models import School
from students.models.care import AddedOnlyQuerySet
from students.models.students import Student


class CareCard(models.Model):
    """One edition of the card of one student; the newest holds. Without text the card was taken back.

    Read by the head teachers of the class, and by the teachers it is addressed to as long as they teach the student.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+", verbose_name="学生")
    edition = models.PositiveSmallIntegerField("第几稿")
    text = EncryptedTextField("支持要点", null=True)
    addressed = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name="也给哪些老师看"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁写的")
    at = models.DateTimeField("何时")

    objects = AddedOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = "支持要点"
        constraints = [
            # Two who write at once: an edition is kept once.
            models.UniqueConstraint(fields=["student", "edition"], name="care_card_edition_once"),
        ]

    @property
    def text_place(self) -> Place:
        """Where the text is sealed. Reads the school: select it."""
        return Place("care_card", "text", self.uid, self.school.uid, self.edition)
