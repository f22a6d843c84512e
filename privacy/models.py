"""The trail: who did what, who read what, and when the house's own jobs ran. Rows are added, never changed.

No foreign keys: a row outlives what it speaks of, and nothing here can be removed by removing something else.
"""

import uuid
from typing import Any, Self

from django.db import models

from privacy.keyring import Place


class Immutable(Exception):
    """The trail is added to, never changed."""


class TrailQuerySet(models.QuerySet[Any]):
    """Reading only."""

    def update(self, **kwargs: Any) -> int:
        raise Immutable

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Immutable

    def of_school(self, school_id: int) -> Self:
        return self.filter(school_id=school_id)


class Trail(models.Model):
    """What the two trails share."""

    at = models.DateTimeField("何时")
    by_id = models.BigIntegerField("谁", null=True)  # None is the system itself
    school_id = models.BigIntegerField("学校", null=True)

    objects = TrailQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise Immutable
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Immutable


class AuditEntry(Trail):
    """One act. `detail` is content-free: counts, dates, field names; never a name, a tier or a text."""

    verb = models.CharField("做了什么", max_length=40)
    kind = models.CharField("对象", max_length=40, blank=True)
    uid = models.UUIDField("对象编号", null=True)
    detail = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "操作留痕"
        indexes = [
            # Reader: one school's trail, newest first.
            models.Index(fields=["school_id", "-at"], name="audit_school_newest"),
            # Reader: each person's own acts, newest first.
            models.Index(fields=["by_id", "-at"], name="audit_person_newest"),
            # Reader: what was done about one object: a student's page, an account's failed sign-ins.
            models.Index(fields=["uid", "-at"], name="audit_object_newest"),
        ]


class ReadEntry(Trail):
    """One reading of a confidential text, written in the transaction that opened it."""

    table = models.CharField("表", max_length=40)
    field = models.CharField("字段", max_length=40)
    uid = models.UUIDField("记录编号")
    student_id = models.BigIntegerField("学生", null=True)
    glass = models.UUIDField("哪次紧急查看", null=True)  # None: by the person's own right

    class Meta:
        verbose_name = "查阅留痕"
        indexes = [
            # Reader: who read this student's record, newest first.
            models.Index(fields=["school_id", "student_id", "-at"], name="read_student_newest"),
            # Reader: one school's trail, newest first.
            models.Index(fields=["school_id", "-at"], name="read_school_newest"),
            # Reader: what each person has read, newest first.
            models.Index(fields=["by_id", "-at"], name="read_person_newest"),
            # Reader: what was read in one 紧急查看.
            models.Index(fields=["glass"], condition=models.Q(glass__isnull=False), name="read_by_glass"),
        ]


class JobRun(models.Model):
    """One run of one of the house's own jobs, for one school and day: queued, begun, done."""

    job = models.CharField("任务", max_length=40)
    school_id = models.BigIntegerField("学校", null=True)
    day = models.DateField("哪一天")
    queued_at = models.DateTimeField("排队时间")
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    rows = models.PositiveIntegerField("处理行数", default=0)

    class Meta:
        verbose_name = "任务运行"
        indexes = [
            # Reader: the latest run of each job, and `run_day --wait`.
            models.Index(fields=["job", "-queued_at"], name="job_run_newest"),
        ]


class Heartbeat(models.Model):
    """When one of the house's own clocks was last seen to work. One row each, renewed; no history."""

    name = models.CharField("谁", max_length=40, unique=True)
    at = models.DateTimeField("最近一次")

    class Meta:
        verbose_name = "心跳"


class KnownKey(models.Model):
    """A key that has sealed in this database, known by its canary: a text that it alone opens. Never the key itself."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key_id = models.CharField("钥匙", max_length=32, unique=True)
    # No sealed column as others are: it stays under its own key when the texts go over to the next one.
    canary = models.BinaryField("校验")
    since = models.DateTimeField("何时起用")
    resealed_at = models.DateTimeField("何时全部换好", null=True)  # None: texts of the key before may be left
    lost_at = models.DateTimeField("何时说找不回来", null=True)

    class Meta:
        verbose_name = "用过的钥匙"

    @property
    def place(self) -> Place:
        """Where the canary is sealed; it belongs to no school."""
        return Place("known_key", "canary", self.uid, self.uid)
