"""应谈: what is owed, and what came of it. The hot tables: narrow, and every query names the school."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from listening.models.periods import Period
from listening.models.rules import QuotaRule
from listening.quotas import Status
from schools.models import Membership, School, SchoolClass
from schools.permissions import Permission, holds
from schools.roles import Role
from students.models import Student


class CheckInQuerySet(models.QuerySet["CheckIn"]):
    """The words of boards and lists. Every reader names the school: the key leads with it."""

    def visible_to(self, person: User, *, at: datetime, under: Permission = Permission.CHECK_IN_VIEW) -> Self:
        """Whom this person sees is decided once, for students."""
        return self.filter(student__in=Student.objects.visible_to(person, at=at, under=under))

    def due(self) -> Self:
        return self.filter(status=Status.DUE)

    def missed(self) -> Self:
        return self.filter(status=Status.MISSED)

    def of_teachers(self) -> Self:
        """Under rules that teachers may meet; those of counselors are for counselors."""
        return self.filter(rule__for_counselors=False)

    def under_rules_seen_by(self, person: User, *, at: datetime) -> Self:
        """Under rules that this person may know of: decided once, for rules."""
        if holds(person, Permission.COUNSELING_VIEW, at=at):
            return self
        return self.filter(rule__in=QuotaRule.objects.seen_by(person, at=at).values("pk"))

    def for_list(self) -> Self:
        return self.select_related("student", "rule", "period", "school_class__grade").order_by(
            "period__due", "school_class__grade__number", "school_class__number", "student__pinyin", "pk"
        )


class CheckIn(models.Model):
    """One student × one rule × one period. No per-row check on its references: it made opening ten times slower."""

    school = models.ForeignKey(
        School, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+", verbose_name="学校"
    )
    period = models.ForeignKey(
        Period, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+", verbose_name="周期"
    )
    rule = models.ForeignKey(
        QuotaRule, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+", verbose_name="要求"
    )
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+", verbose_name="学生"
    )
    school_class = models.ForeignKey(
        SchoolClass,
        on_delete=models.CASCADE,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="班级",
    )
    status = models.PositiveSmallIntegerField("状态", choices=Status, default=Status.DUE)
    counted = models.PositiveSmallIntegerField("已计次数", default=0)
    declined = models.PositiveSmallIntegerField("婉拒次数", default=0)
    late = models.BooleanField("补录", default=False)

    objects = CheckInQuerySet.as_manager()

    class Meta:
        verbose_name = "应谈"
        constraints = [
            # Opening twice must be silent: INSERT … ON CONFLICT DO NOTHING stands on this. Reader: boards and lists.
            models.UniqueConstraint(fields=["school", "period", "rule", "student"], name="check_in_once"),
        ]


class ClassCheckIn(models.Model):
    """One class × one rule × one period (同伴), under the same pure rule."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    period = models.ForeignKey(Period, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="周期")
    rule = models.ForeignKey(QuotaRule, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="要求")
    school_class = models.ForeignKey(SchoolClass, on_delete=models.CASCADE, related_name="+", verbose_name="班级")
    status = models.PositiveSmallIntegerField("状态", choices=Status, default=Status.DUE)
    counted = models.PositiveSmallIntegerField("已计次数", default=0)
    declined = models.PositiveSmallIntegerField("婉拒次数", default=0)
    late = models.BooleanField("补录", default=False)

    class Meta:
        verbose_name = "班级应谈"
        constraints = [
            models.UniqueConstraint(fields=["school", "period", "rule", "school_class"], name="class_check_in_once"),
        ]


class ClassFigure(models.Model):
    """How many of a class are in each state under one rule in one period. Kept in the transaction that settles."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    period = models.ForeignKey(Period, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="周期")
    rule = models.ForeignKey(QuotaRule, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="要求")
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.CASCADE, null=True, db_index=False, related_name="+", verbose_name="班级"
    )
    due = models.PositiveIntegerField("待谈", default=0)
    met = models.PositiveIntegerField("已谈", default=0)
    missed = models.PositiveIntegerField("漏谈", default=0)
    excused = models.PositiveIntegerField("免谈", default=0)

    class Meta:
        verbose_name = "班级数字"
        constraints = [
            models.UniqueConstraint(fields=["school", "period", "rule", "school_class"], name="class_figure_once"),
        ]

    @property
    def asked(self) -> int:
        """Who is asked for: everybody but the excused."""
        return self.due + self.met + self.missed


class PeriodOpening(models.Model):
    """That the check-ins of one rule in one period stand, and whether they are closed. Jobs go by these rows."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+", verbose_name="周期")
    rule = models.ForeignKey(QuotaRule, on_delete=models.CASCADE, related_name="+", verbose_name="要求")
    opened_at = models.DateTimeField("何时开出")
    closed_at = models.DateTimeField("何时结束", null=True)

    class Meta:
        verbose_name = "周期开出"
        constraints = [models.UniqueConstraint(fields=["school", "period", "rule"], name="period_opening_once")]
        indexes = [
            # Reader: the night, looking for what is still open.
            models.Index(fields=["school"], condition=models.Q(closed_at=None), name="period_opening_open"),
        ]


class ExcuseQuerySet(models.QuerySet["Excuse"]):
    def of(self, check_in: "CheckIn | ClassCheckIn") -> Self:
        """What was said of this one: of a student's, or of the whole class's."""
        of_subject = (
            self.filter(student=None, school_class=check_in.school_class_id)
            if isinstance(check_in, ClassCheckIn)
            else self.filter(student=check_in.student_id, school_class=None)
        )
        found = of_subject.filter(school=check_in.school_id, period=check_in.period_id, rule=check_in.rule_id)
        return found.select_related("student", "school_class", "rule", "by", "allowed_by", "school", "period__school")

    def by_head_teachers(self) -> Self:
        """Whose giver was a head teacher of the school on that day."""
        held = Membership.objects.confirmed().filter(
            Q(valid_to=None) | Q(valid_to__gte=OuterRef("on")),
            user=OuterRef("by"),
            school=OuterRef("school"),
            role=Role.HEAD_TEACHER,
            valid_from__lte=OuterRef("on"),
        )
        return self.filter(Exists(held))

    def for_review(self) -> Self:
        """The newest first, with all that a line says of each."""
        rows = self.select_related("student", "school_class__grade", "rule", "period__school", "by", "allowed_by")
        return rows.order_by("-on", "-at", "-pk")


class Excuse(models.Model):
    """A person's word that this one is not owed. Kept beside the check-in, so that the hot row stays narrow."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+", verbose_name="周期")
    rule = models.ForeignKey(QuotaRule, on_delete=models.CASCADE, related_name="+", verbose_name="要求")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="学生")
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="班级"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁"
    )
    why = models.CharField("原因", max_length=200)
    on = models.DateField("哪天")
    at = models.DateTimeField("何时")
    allowed_on = models.DateField("哪天同意", null=True)  # the lead counselor's word for one that was given too late
    allowed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁同意"
    )

    objects = ExcuseQuerySet.as_manager()

    class Meta:
        verbose_name = "免谈说明"

    @property
    def is_late(self) -> bool:
        """Given when the days in which it may be said were over. Reads the period with its school: select them."""
        due = self.period.due
        return self.on > due + timedelta(days=self.period.school.late_days_of(due))

    @property
    def waits_for_word(self) -> bool:
        """Too late, and the lead counselor has not said yet that it counts."""
        return self.is_late and self.allowed_on is None
