"""What is done for the student: the plan (一生一策), who does what by when, reviews, follow-ups, papers, a panel."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from referrals.choices import Change, Paper
from referrals.models.added_only import AddedOnly
from referrals.models.cases import Referral, ReferralStep
from schools.models import School
from schools.permissions import Permission, schools_of
from students.models import Student


class SupportPlan(AddedOnly):
    """支持计划, one edition. Goals and measures are texts of its step."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="plans", verbose_name="转介")
    step = models.OneToOneField(ReferralStep, on_delete=models.CASCADE, related_name="+", verbose_name="哪一步")
    review_on = models.DateField("复评日期")

    class Meta:
        verbose_name = "支持计划"


class Review(AddedOnly):
    """复评. What was seen is a text of its step."""

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="reviews", verbose_name="转介")
    step = models.OneToOneField(ReferralStep, on_delete=models.CASCADE, related_name="+", verbose_name="哪一步")
    change = models.CharField("变化", max_length=8, choices=Change)
    next_on = models.DateField("下次复评", null=True)

    class Meta:
        verbose_name = "复评"


class TaskQuerySet(models.QuerySet["Task"]):
    def of(self, person: User, *, at: datetime) -> Self:
        """Own ones, in the schools where this person works; not about the own child."""
        here = self.filter(assignee=person, school__in=schools_of(person, Permission.REFERRAL_TASK, at=at))
        return here.exclude(referral__student__in=Student.objects.kin_of(person))

    def open(self) -> Self:
        return self.filter(done_at=None)

    def for_list(self) -> Self:
        return self.select_related("referral__student", "referral__school", "assignee", "school").order_by(
            "due_on", "pk"
        )


class Task(models.Model):
    """谁·做什么·何时. What is to be done is sealed: its assignee reads it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="tasks", verbose_name="转介")
    step = models.ForeignKey(ReferralStep, on_delete=models.CASCADE, related_name="tasks", verbose_name="哪一步")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁来做"
    )
    what = EncryptedTextField("做什么")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁分的工"
    )
    at = models.DateTimeField("何时分的工")
    due_on = models.DateField("到什么时候")
    done_at = models.DateTimeField("何时做完", null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁做完"
    )
    reminded_at = models.DateTimeField("何时提醒过", null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = "分工"
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="referral_task_done_by_somebody",
            ),
        ]
        indexes = [
            # Reader: the clock, and the open tasks of a school.
            models.Index(fields=["school", "due_on"], condition=Q(done_at=None), name="referral_task_open"),
        ]

    @property
    def what_place(self) -> Place:
        """Where the text is sealed. Reads the school: select it."""
        return Place("referral_task", "what", self.uid, self.school.uid)


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def open(self) -> Self:
        return self.filter(kept_at=None)


class FollowUp(models.Model):
    """跟踪 on one day. What was seen is a text of the step that kept it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="follow_ups", verbose_name="转介")
    step = models.ForeignKey(ReferralStep, on_delete=models.CASCADE, related_name="+", verbose_name="哪一步约的")
    on = models.DateField("哪一天")
    kept_at = models.DateTimeField("何时跟踪", null=True)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁跟踪"
    )
    kept_step = models.ForeignKey(
        ReferralStep, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="哪一步跟踪的"
    )

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "跟踪"
        ordering = ["on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["referral", "on"], condition=Q(kept_at=None), name="follow_up_once_a_day"),
            models.CheckConstraint(
                condition=Q(kept_at=None, kept_by=None, kept_step=None)
                | Q(kept_at__isnull=False, kept_by__isnull=False, kept_step__isnull=False),
                name="follow_up_kept_by_somebody",
            ),
        ]


class CasePaper(models.Model):
    """材料: what came on paper, with its file where there is one. Both sealed."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="papers", verbose_name="转介")
    step = models.OneToOneField(ReferralStep, on_delete=models.CASCADE, related_name="+", verbose_name="哪一步")
    kind = models.CharField("哪一种", max_length=20, choices=Paper)
    dated = models.DateField("日期")
    words = EncryptedTextField("内容", null=True)
    file = EncryptedTextField("文件", null=True)
    filename = models.CharField("文件名", max_length=120, blank=True)  # ours: the kind and the day, never the sender's
    media_type = models.CharField("类型", max_length=60, blank=True)

    class Meta:
        verbose_name = "材料"

    @property
    def words_place(self) -> Place:
        return Place("case_paper", "words", self.uid, self.school.uid)

    @property
    def file_place(self) -> Place:
        return Place("case_paper", "file", self.uid, self.school.uid)


class Panel(AddedOnly):
    """研判 once held: who was there. Evidence, decision and minutes are texts of its step."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="panels", verbose_name="转介")
    step = models.OneToOneField(ReferralStep, on_delete=models.CASCADE, related_name="+", verbose_name="哪一步")
    present = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", verbose_name="到场")

    class Meta:
        verbose_name = "研判"
