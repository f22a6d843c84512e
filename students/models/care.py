"""How much care, and why. A tier is set by people, never by a score; labels say why care may be needed."""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from privacy.models import Immutable
from schools.models import School


class CareTierQuerySet(models.QuerySet["CareTier"]):
    def in_use(self) -> Self:
        """Of the scheme that a school has chosen now."""
        return self.filter(valid_to=None)

    def in_use_on(self, day: date) -> Self:
        """Of the scheme of that day."""
        begun = Q(valid_from=None) | Q(valid_from__lte=day)
        return self.filter(begun, Q(valid_to=None) | Q(valid_to__gte=day))

    def last_ones(self) -> list[tuple[date, int]]:
        """Since when which tier has been that of everyone without an assignment, oldest first."""
        return last_tiers(self.values_list("order", "pk", "valid_from", "valid_to"))


def last_tiers(tiers: Iterable[tuple[int, int, date | None, date | None]]) -> list[tuple[date, int]]:
    """The same from (order, number, first day, last day) of each tier. A scheme that never held a day is none."""
    found = {
        since: tier
        for _, tier, since, until in sorted(tiers, key=lambda one: one[:2])
        if since is None or until is None or until >= since
    }
    return sorted((since or date.min, tier) for since, tier in found.items())


class CareTier(models.Model):
    """One tier of the school's scheme; `order` 0 is most care, the last one is everyone without an assignment.

    Another scheme is other rows: what was assigned under the old one keeps its tier and its words.
    """

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
    scheme = models.CharField("分级方案", max_length=20, blank=True)
    valid_from = models.DateField("从", null=True, blank=True)  # None: from the beginning
    valid_to = models.DateField("到", null=True, blank=True)

    objects = CareTierQuerySet.as_manager()

    class Meta:
        verbose_name = "关爱层级"
        ordering = ["order", "pk"]
        constraints = [
            # Two who choose a scheme at once: one scheme is in use.
            models.UniqueConstraint(fields=["school", "order"], condition=Q(valid_to=None), name="care_tier_once"),
        ]


class CareLabel(models.Model):
    """关爱标签: why care may be needed. Any number a student, apart from the tier."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    name = models.CharField("名称", max_length=20)
    order = models.PositiveSmallIntegerField("次序", default=0)
    is_offered = models.BooleanField("还在用", default=True)

    class Meta:
        verbose_name = "关爱标签"
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["school", "name"], name="care_label_once")]


class AddedOnlyQuerySet(models.QuerySet[Any]):
    """Reading only."""

    def update(self, **kwargs: Any) -> int:
        raise Immutable

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Immutable


class TierAssignment(models.Model):
    """One tier of one student from a day on: it holds until the next row. Not back-dated; rows are only added.

    Without people it is the word of the system: a roster that is read in, a school that is replayed.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    student = models.ForeignKey("students.Student", on_delete=models.CASCADE, related_name="+", verbose_name="学生")
    tier = models.ForeignKey(CareTier, on_delete=models.PROTECT, related_name="+", verbose_name="层级")
    axis_before = models.PositiveSmallIntegerField("此前在共同轴上", choices=CareTier.Axis)
    axis = models.PositiveSmallIntegerField("共同轴", choices=CareTier.Axis)
    valid_from = models.DateField("从")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="提出"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="确认"
    )
    proposal = models.OneToOneField(
        "students.TierProposal", on_delete=models.RESTRICT, null=True, related_name="+", verbose_name="提议"
    )
    review_on = models.DateField("复评日期", null=True, blank=True)

    objects = AddedOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = "层级变更"
        ordering = ["valid_from", "pk"]
        constraints = [
            # People lower care by two; whoever proposes it does not confirm it.
            models.CheckConstraint(
                condition=Q(axis__gte=F("axis_before"))
                | Q(proposed_by=None, confirmed_by=None)
                | (Q(proposed_by__isnull=False, confirmed_by__isnull=False) & ~Q(confirmed_by=F("proposed_by"))),
                name="tier_lowered_by_two",
            ),
        ]
        indexes = [
            # Reader: the tier of each student on a day, one school at a time.
            models.Index(fields=["school", "student", "valid_from"], name="tier_school_student"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise Immutable
        super().save(*args, **kwargs)


class StudentLabelQuerySet(models.QuerySet["StudentLabel"]):
    def on(self, day: date) -> Self:
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


class StudentLabel(models.Model):
    """One label of one student, from a day to a day. Why is sealed; from the roster it comes without a reason."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    student = models.ForeignKey("students.Student", on_delete=models.CASCADE, related_name="+", verbose_name="学生")
    label = models.ForeignKey(CareLabel, on_delete=models.PROTECT, related_name="+", verbose_name="标签")
    valid_from = models.DateField("从")
    valid_to = models.DateField("到", null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁加的"
    )
    reason = EncryptedTextField("为什么", null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁取下的"
    )
    end_reason = EncryptedTextField("为什么取下", null=True)

    objects = StudentLabelQuerySet.as_manager()

    class Meta:
        verbose_name = "学生标签"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")), name="student_label_span"
            ),
        ]

    @property
    def reason_place(self) -> Place:
        """Where the reason is sealed. Reads the school: select it."""
        return Place("student_label", "reason", self.uid, self.school.uid)

    @property
    def end_reason_place(self) -> Place:
        """Where it is sealed why it ended. Reads the school: select it."""
        return Place("student_label", "end_reason", self.uid, self.school.uid)
