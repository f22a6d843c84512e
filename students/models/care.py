"""How much care, and why. A tier is set by people, never by a score; labels say why care may be needed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from schools.models import School


class CareTier(models.Model):
    """One tier of the school's scheme; `order` 0 is most care, the last one is everyone without an assignment."""

    class Axis(models.IntegerChoices):
        S0 = 0, "普通"
        S1 = 1, "需关注"
        S2 = 2, "明显"
        S3 = 3, "重"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    name = models.CharField("名称", max_length=20)
    order = models.PositiveSmallIntegerField("次序")
    axis = models.PositiveSmallIntegerField("共同轴", choices=Axis)
    definition = models.CharField("说明", max_length=200, blank=True)
    guidance = models.CharField("工作要点", max_length=400, blank=True)
    review_days = models.PositiveSmallIntegerField("复评间隔（天）", null=True, blank=True)

    class Meta:
        verbose_name = "关爱层级"
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["school", "order"], name="care_tier_once")]


class CareLabel(models.Model):
    """关爱标签: why care may be needed. Any number a student, apart from the tier."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    name = models.CharField("名称", max_length=20)
    order = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        verbose_name = "关爱标签"
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["school", "name"], name="care_label_once")]


class TierAssignment(models.Model):
    """One tier of one student from a day on: it holds until the next row. Not back-dated."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    student = models.ForeignKey("students.Student", on_delete=models.CASCADE, related_name="+", verbose_name="学生")
    tier = models.ForeignKey(CareTier, on_delete=models.PROTECT, related_name="+", verbose_name="层级")
    valid_from = models.DateField("从")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="提出"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="确认"
    )
    review_on = models.DateField("复评日期", null=True, blank=True)

    class Meta:
        verbose_name = "层级变更"
        ordering = ["valid_from", "pk"]
        constraints = [models.UniqueConstraint(fields=["student", "valid_from"], name="tier_once_a_day")]
        indexes = [
            # Reader: the tier of each student on a day, one school at a time.
            models.Index(fields=["school", "student", "valid_from"], name="tier_school_student"),
        ]


class StudentLabel(models.Model):
    """One label of one student, from a day to a day."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    student = models.ForeignKey("students.Student", on_delete=models.CASCADE, related_name="+", verbose_name="学生")
    label = models.ForeignKey(CareLabel, on_delete=models.PROTECT, related_name="+", verbose_name="标签")
    valid_from = models.DateField("从")
    valid_to = models.DateField("到", null=True, blank=True)

    class Meta:
        verbose_name = "学生标签"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")), name="student_label_span"
            ),
        ]
