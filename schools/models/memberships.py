"""What a person does here, for whom, from when to when."""

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from schools.models.classes import Grade, SchoolClass
from schools.models.kept_apart import RolesApart
from schools.models.schools import Authority, School
from schools.roles import CONTENT_ROLES, Role


class MembershipQuerySet(models.QuerySet["Membership"]):
    def valid_on(self, day: date) -> Self:
        """What a person is on that day. One that still waits for its second person is nothing yet."""
        return self.spanning(day).confirmed()

    def spanning(self, day: date) -> Self:
        """Spans hold both their days; an open end is still running. Confirmed or not."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def confirmed(self) -> Self:
        return self.filter(waits=False)

    def waiting(self) -> Self:
        return self.filter(waits=True)


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
    waits = models.BooleanField("待确认", default=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="谁确认",
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
            # Two people give a role that opens something about students. What no person gave is the word of the
            # system (a seed, an import); the school's first 组长 has nobody above to ask.
            models.CheckConstraint(
                condition=Q(waits=True, granted_by__isnull=False, confirmed_by=None)
                | Q(waits=False, granted_by=None, confirmed_by=None)
                | Q(waits=False, confirmed_by__isnull=False, granted_by__isnull=False)
                | (Q(waits=False) & ~Q(role__in=sorted(CONTENT_ROLES)))
                | Q(waits=False, role=Role.LEADER, is_lead=True),
                name="membership_by_two",
            ),
            models.UniqueConstraint(
                fields=["school"],
                condition=Q(waits=False, role=Role.LEADER, is_lead=True, confirmed_by=None, granted_by__isnull=False),
                name="membership_first_lead_once",
            ),
            # The second person is neither the first one nor the one whom it is about.
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | (~Q(confirmed_by=models.F("granted_by")) & ~Q(confirmed_by=models.F("user"))),
                name="membership_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(granted_by=None) | ~Q(granted_by=models.F("user")) | ~Q(role__in=sorted(CONTENT_ROLES)),
                name="membership_not_to_oneself",
            ),
            # Who keeps the machines reads nothing about students, and the other way round.
            RolesApart(one=[Role.ADMINISTRATOR], other=CONTENT_ROLES, name="membership_kept_apart"),
        ]
        indexes = [
            # Reader: who holds this role in the school (owners of check-ins, whom to tell).
            models.Index(fields=["school", "role"], name="membership_school_role"),
            # Reader: the list of what waits for its second person, and its count in the menu.
            models.Index(fields=["school"], condition=Q(waits=True), name="membership_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.scope_name} {self.get_role_display()}".strip()

    @property
    def scope_name(self) -> str:
        """七年级(1)班, 七年级 or nothing for the whole school. Reads class and grade: select them."""
        if self.school_class:
            return self.school_class.name
        return str(self.grade) if self.grade else ""
