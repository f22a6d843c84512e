"""Grades and classes. A class belongs to one school year; in September a cohort is promoted, its history stays."""

import uuid
from typing import Self

from django.db import models

from schools.models.schools import School

GRADE_NAMES = (
    "一年级",
    "二年级",
    "三年级",
    "四年级",
    "五年级",
    "六年级",
    "七年级",
    "八年级",
    "九年级",
    "高一",
    "高二",
    "高三",
)


class Grade(models.Model):
    """年级: 1 to 12, as every school in the country counts them."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="grades", verbose_name="学校")
    number = models.PositiveSmallIntegerField("年级")

    class Meta:
        verbose_name = "年级"
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["school", "number"], name="grade_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1, number__lte=12), name="grade_1_to_12"),
        ]

    def __str__(self) -> str:
        return GRADE_NAMES[self.number - 1]


class SchoolClassQuerySet(models.QuerySet["SchoolClass"]):
    def in_school_order(self) -> Self:
        """The school's own order: by grade, then by number. Never by achievement."""
        return self.order_by("grade__number", "number", "pk")


class SchoolClass(models.Model):
    """班级, of one school year."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="classes", verbose_name="学校")
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="classes", verbose_name="年级")
    number = models.PositiveSmallIntegerField("班号")
    year = models.CharField("学年", max_length=20)

    objects = SchoolClassQuerySet.as_manager()

    class Meta:
        verbose_name = "班级"
        constraints = [models.UniqueConstraint(fields=["school", "grade", "number", "year"], name="class_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """七年级(1)班. Reads the grade: select it."""
        return f"{self.grade}({self.number})班"

    @property
    def short_name(self) -> str:
        """七(1)."""
        grade = str(self.grade)
        return f"{grade.removesuffix('年级')}({self.number})"
