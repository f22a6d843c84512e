"""A roster file between upload and 确认."""

import uuid

from django.conf import settings
from django.db import models

from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from schools.models import School


class RosterUpload(models.Model):
    """What was read from one file: only the columns that the roster needs, never the rest.

    `table` is that reduced reading, `answers` what the person chose (grade, class, who is who). `file` is the upload
    itself, sealed, for the case that the person puts a column right. Nothing is in the roster before it is confirmed;
    then, or after a day, the counts alone stay.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="谁")
    filename = models.CharField("文件名", max_length=200)
    file = EncryptedTextField("上传的文件", null=True)
    table = models.JSONField("读到的内容", default=dict)
    answers = models.JSONField("选择", default=dict)
    uploaded_at = models.DateTimeField("上传时间")
    confirmed_at = models.DateTimeField("确认时间", null=True)
    added = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("更新", default=0)

    class Meta:
        verbose_name = "名册导入"

    @property
    def file_place(self) -> Place:
        """Where the upload is sealed. Reads the school: select it."""
        return Place("roster_upload", "file", self.uid, self.school.uid)

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a word: not confirmed, and not emptied by time."""
        return self.confirmed_at is None and bool(self.table)
