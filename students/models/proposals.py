"""A proposed tier: what waits for a counselor's word, and what came of it."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from schools.models import School
from schools.permissions import Permission
from students.models.care import CareTier
from students.models.students import Student


class TierProposalQuerySet(models.QuerySet["TierProposal"]):
    def visible_to(self, person: User, *, at: datetime) -> Self:
        """For counselors: whom this person reaches is decided once, for students."""
        return self.filter(student__in=Student.objects.visible_to(person, at=at, under=Permission.CARE_VIEW))

    def waiting(self) -> Self:
        return self.filter(state=TierProposal.State.WAITING)

    def newest(self) -> Self:
        return self.select_related("tier", "proposed_by", "decided_by", "school", "student").order_by(
            "-proposed_at", "-pk"
        )


class TierProposal(models.Model):
    """One counselor's word that a student needs another tier, or the same for longer. Confirmed or not, it stays."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待确认"
        CONFIRMED = "confirmed", "已确认"
        DECLINED = "declined", "没有采纳"
        WITHDRAWN = "withdrawn", "已撤回"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+", verbose_name="学生")
    tier = models.ForeignKey(CareTier, on_delete=models.PROTECT, related_name="+", verbose_name="层级")
    axis_before = models.PositiveSmallIntegerField("此前在共同轴上", choices=CareTier.Axis)
    axis = models.PositiveSmallIntegerField("共同轴", choices=CareTier.Axis)
    reason = EncryptedTextField("理由")
    review_on = models.DateField("复评日期", null=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁提出"
    )
    proposed_at = models.DateTimeField("何时提出")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁答复"
    )
    decided_at = models.DateTimeField("何时答复", null=True)
    request_key = models.UUIDField("提交编号", default=uuid.uuid4)

    objects = TierProposalQuerySet.as_manager()

    class Meta:
        verbose_name = "层级提议"
        constraints = [
            # Sent twice by one person: one proposal.
            models.UniqueConstraint(fields=["proposed_by", "request_key"], name="tier_proposal_one_request"),
            # Two who propose at once: one waits, the other is told of it.
            models.UniqueConstraint(fields=["student"], condition=Q(state="waiting"), name="tier_proposal_one_waiting"),
            # What waits was answered by nobody, what does not wait was answered by somebody at some time.
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None, decided_at=None)
                | (~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="tier_proposal_answered",
            ),
            # Care is lowered by two people.
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(axis__gte=F("axis_before")) | ~Q(decided_by=F("proposed_by")),
                name="tier_proposal_lowered_by_two",
            ),
        ]
        indexes = [
            # Reader: what waits for a word in a school.
            models.Index(fields=["school"], condition=Q(state="waiting"), name="tier_proposal_waiting"),
        ]

    @property
    def reason_place(self) -> Place:
        """Where the reason is sealed. Reads the school: select it."""
        return Place("tier_proposal", "reason", self.uid, self.school.uid)

    @property
    def waits(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def lowers(self) -> bool:
        """Whether it asks for less care than the student had when it was proposed, or confirmed."""
        return self.axis < self.axis_before
