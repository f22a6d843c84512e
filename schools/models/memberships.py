"""What a person does here, for whom, from when to when."""

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from schools.models.classes import Grade, SchoolClass
from schools.models.schools import Authority, School
from schools.roles import Role


class MembershipQuerySet(models.QuerySet["Membership"]):
    def valid_on(self, day: date) -> Self:
        """Spans hold both their days; an open end is still running."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


class Membership(models.Model):
    """任职: one role, for the whole school, one grade or one class (a bureau's person has an authority instead)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name="谁"
    )
    role = models.CharField("角色", max_length=20, choices=Role)
    school = models.ForeignKey(
        School, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships", verbose_name="学校"
    )
    authority = models.ForeignKey(
        Authority, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships", verbose_name="教育局"
    )
    grade = models.ForeignKey(
        Grade, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships", verbose_name="年级"
    )
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships", verbose_name="班级"
    )
    is_lead = models.BooleanField("组长", default=False)
    title = models.CharField("职务", max_length=40, blank=True)
    valid_from = models.DateField("从")
    valid_to = models.DateField("到", null=True, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="谁任命",
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "任职"
        constraints = [
            models.CheckConstraint(
                condition=Q(role=Role.ADMINISTRATOR, school=None, authority=None)
                | Q(role=Role.BUREAU, school=None, authority__isnull=False)
                | (Q(school__isnull=False, authority=None) & ~Q(role__in=[Role.ADMINISTRATOR, Role.BUREAU])),
                name="membership_one_house",
            ),
            # The scope is one thing: a class or a grade or, with neither, the school.
            models.CheckConstraint(condition=Q(grade=None) | Q(school_class=None), name="membership_one_scope"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")), name="membership_span"
            ),
        ]
        indexes = [
            # Reader: who holds this role in the school (owners of check-ins, whom to tell).
            models.Index(fields=["school", "role"], name="membership_school_role"),
        ]

    def __str__(self) -> str:
        return f"{self.scope_name} {self.get_role_display()}".strip()

    @property
    def scope_name(self) -> str:
        """七年级(1)班, 七年级 or nothing for the whole school. Reads class and grade: select them."""
        if self.school_class:
            return self.school_class.name
        return str(self.grade) if self.grade else ""
