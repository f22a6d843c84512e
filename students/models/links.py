"""Who belongs to a student: guardians at home, a mentor at school."""

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from schools.models import School


class GuardianQuerySet(models.QuerySet["Guardian"]):
    def active_on(self, day: date) -> Self:
        """Linked on that day and not barred."""
        linked = self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))
        barred = Q(barred_from__lte=day) & (Q(barred_to=None) | Q(barred_to__gte=day))
        return linked.exclude(barred)


class Guardian(models.Model):
    """监护人 of one student. May have an account, may be barred (custody) from a day to a day."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    student = models.ForeignKey(
        "students.Student", on_delete=models.CASCADE, related_name="guardians", verbose_name="学生"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="wards",
        verbose_name="账号",
    )
    name = models.CharField("姓名", max_length=40)
    relation = models.CharField("关系", max_length=10, blank=True)
    phone = models.CharField("手机", max_length=40, blank=True)
    valid_from = models.DateField("从", null=True, blank=True)
    valid_to = models.DateField("到", null=True, blank=True)
    barred_from = models.DateField("限制接触，从", null=True, blank=True)
    barred_to = models.DateField("限制接触，到", null=True, blank=True)

    objects = GuardianQuerySet.as_manager()

    class Meta:
        verbose_name = "监护人"
        indexes = [
            # Reader: own children are shut out of every staff page (visible_to), and a parent's home.
            models.Index(fields=["user", "student"], name="guardian_user_student"),
        ]


class StaffRelative(models.Model):
    """亲属: a student of the school who is a relative of somebody on its staff, other than the own child.

    It shuts out as a guardian's link does, for good: what one knows of a niece one does not forget with a date.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="relatives", verbose_name="教职工"
    )
    student = models.ForeignKey(
        "students.Student", on_delete=models.CASCADE, related_name="relatives", verbose_name="学生"
    )
    relation = models.CharField("关系", max_length=20)
    since = models.DateField("登记日期")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="谁登记",
    )

    class Meta:
        verbose_name = "教职工的亲属"
        constraints = [
            # Its index is read by every page of the staff (visible_to).
            models.UniqueConstraint(fields=["person", "student"], name="staff_relative_once"),
        ]


KIN = """SELECT school_id, user_id, student_id FROM students_guardian WHERE user_id IS NOT NULL
UNION SELECT school_id, person_id, student_id FROM students_staffrelative"""
"""Whose relatives: `Student.objects.kin_of` for statements written by hand. A test compares the two."""


class MentorQuerySet(models.QuerySet["Mentor"]):
    def on(self, day: date) -> Self:
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def touching(self, first: date, last: date) -> Self:
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=first), valid_from__lte=last)


class Mentor(models.Model):
    """结对: a teacher paired with a student."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentees", verbose_name="导师"
    )
    student = models.ForeignKey(
        "students.Student", on_delete=models.CASCADE, related_name="mentors", verbose_name="学生"
    )
    valid_from = models.DateField("从")
    valid_to = models.DateField("到", null=True, blank=True)

    objects = MentorQuerySet.as_manager()

    class Meta:
        verbose_name = "结对导师"
        constraints = [
            # One running pairing of the same two.
            models.UniqueConstraint(fields=["teacher", "student"], condition=Q(valid_to=None), name="mentor_one_open"),
        ]
