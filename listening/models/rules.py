"""倾听要求 as data: who listens × which students × how often × how long. Changing a number changes no code."""

import uuid
from datetime import date, datetime
from functools import cached_property
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from listening.quotas import Kind
from schools.calendar import PeriodKind
from schools.models import School
from schools.permissions import Permission, holds, memberships_of
from schools.roles import Role
from students.models import CareLabel, CareTier


class QuotaRuleQuerySet(models.QuerySet["QuotaRule"]):
    def in_use_on(self, day: date) -> Self:
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))

    def not_over_on(self, day: date) -> Self:
        """In use on that day, or still to come."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day))

    def owed(self) -> Self:
        """Guidance (minimum 0) opens nothing."""
        return self.filter(minimum__gte=1)

    def teachers(self) -> Self:
        """Rules that a counselor alone may meet are for counselors to see."""
        return self.filter(for_counselors=False)

    def seen_by(self, person: User, *, at: datetime) -> Self:
        """The rules whose check-ins this person may know of.

        1. A counselor: all. 2. Others: none of those that counselors alone may meet. 3. One with tiers or labels only
        where the person holds one of its roles: it would tell of a child that the child is in need of care.
        """
        if holds(person, Permission.COUNSELING_VIEW, at=at):
            return self
        roles = {held.role for held in memberships_of(person, at=at)}
        through = (QuotaRule.tiers.through, QuotaRule.labels.through)
        narrow = [Exists(one.objects.filter(quotarule=OuterRef("pk"))) for one in through]
        known = self.teachers().annotate(narrow=narrow[0] | narrow[1]).values_list("pk", "narrow", "roles")
        return self.filter(
            pk__in=[pk for pk, is_narrow, wanted in known if not is_narrow or roles.intersection(wanted)]
        )

    def in_order(self) -> Self:
        return self.order_by("order", "valid_from", "pk")


class QuotaRule(models.Model):
    """倾听要求. A row governs the periods whose first school day lies in its validity; a change is a new row."""

    class Per(models.TextChoices):
        STUDENT = "student", "每位学生"
        CLASS = "class", "每个班级"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lineage = models.UUIDField("同一要求", default=uuid.uuid4, editable=False)  # shared by a row and its changes
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="quota_rules", verbose_name="学校")
    name = models.CharField("名称", max_length=40)  # names no tier or label: others read it
    order = models.PositiveSmallIntegerField("次序", default=0)
    roles = models.JSONField("谁来谈", default=list)
    for_counselors = models.BooleanField("只由心理教师谈", default=False)
    kind = models.CharField("类型", max_length=8, choices=Kind, default=Kind.TALK)
    per = models.CharField("对象", max_length=8, choices=Per, default=Per.STUDENT)
    tiers = models.ManyToManyField(CareTier, blank=True, related_name="+", verbose_name="层级")
    labels = models.ManyToManyField(CareLabel, blank=True, related_name="+", verbose_name="标签")
    period = models.CharField("周期", max_length=12, choices=PeriodKind)
    weeks = models.PositiveSmallIntegerField("几周", default=1)
    minimum = models.PositiveSmallIntegerField("至少几次", default=1)
    maximum = models.PositiveSmallIntegerField("计划至多几次", null=True, blank=True)  # a plan, never a limit
    minutes = models.PositiveSmallIntegerField("每次几分钟", default=15)
    together = models.PositiveSmallIntegerField("最多几位一起", default=1)
    valid_from = models.DateField("从", null=True, blank=True)  # None: as long as the school has listened
    valid_to = models.DateField("到", null=True, blank=True)

    objects = QuotaRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "倾听要求"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
                name="quota_rule_span",
            ),
            models.CheckConstraint(condition=Q(together__gte=1) & Q(weeks__gte=1), name="quota_rule_counts"),
            # Two versions of one requirement never begin on the same day. Reader: who missed again, under one lineage.
            models.UniqueConstraint(fields=["lineage", "valid_from"], name="quota_rule_version_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def tier_numbers(self) -> frozenset[int]:
        """Reads the tiers: prefetch them."""
        return frozenset(tier.pk for tier in self.tiers.all())

    @cached_property
    def label_numbers(self) -> frozenset[int]:
        """Reads the labels: prefetch them."""
        return frozenset(label.pk for label in self.labels.all())

    @property
    def listeners(self) -> str:
        """班主任、任课教师或结对导师."""
        words = [str(Role(role).label) for role in self.roles]
        return words[0] if len(words) == 1 else "、".join(words[:-1]) + "或" + words[-1]

    @property
    def names_mentors(self) -> bool:
        return Role.MENTOR in self.roles
