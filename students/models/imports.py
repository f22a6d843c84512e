"""A roster file between upload and 确认."""

import uuid

from django.conf import settings
from django.db import models

from schools.models import School


class RosterUpload(models.Model):
    """What was read from one file: only the columns that the roster needs, never the rest. Gone when confirmed or after a day.

    `rows` is the reduced table as JSON, `answers` what the person chose (grade, class, columns). Nothing of it is in
    the roster before it is confirmed; then only the counts stay.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="谁")
    filename = models.CharField("文件名", max_length=200)
    table = models.JSONField("读到的内容", default=dict)
    answers = models.JSONField("选择", default=dict)
    uploaded_at = models.DateTimeField("上传时间")
    confirmed_at = models.DateTimeField("确认时间", null=True)
    added = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("更新", default=0)

    class Meta:
        verbose_name = "名册导入"
