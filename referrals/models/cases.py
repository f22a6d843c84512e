"""A case: everything that worries people about one student, on one way, with one owner at a time."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from referrals.choices import Heard, Outcome
from referrals.deadlines import Unit
from referrals.models.added_only import AddedOnly
from referrals.requirements import LEVELS, Colour, Need, Urgency
from referrals.stages import BY_TWO, ENDED, Stage, Verb
from schools.models import School
from schools.permissions import Permission, granting
from schools.roles import Role
from students.models import Student


class ReferralQuerySet(models.QuerySet["Referral"]):
    """Every reader names the school: the indexes lead with it."""

    def visible_to(self, person: User, *, at: datetime) -> Self:
        """State, owner and deadline of whose cases (access table).

        1. Whom this person reaches under REFERRAL_VIEW: counselors and leaders the school, a head teacher the class.
        2. Cases in which they have a task.
        3. A case of suspected harm shows to no head teacher but one who has a task in it.
        4. Towards the own child or a relative: none.
        """
        held = granting(person, Permission.REFERRAL_VIEW, at=at)
        reached = Student.objects.visible_to(person, at=at, under=Permission.REFERRAL_VIEW)
        above = {one.school_id for one, _ in held if one.role != Role.HEAD_TEACHER}
        seen = Q(student__in=reached) & (Q(has_harm=False) | Q(school__in=above))
        return self.filter(seen | self._own_tasks(person, at=at))

    def with_task_of(self, person: User, *, at: datetime) -> Self:
        """Those in which this person has, or had, something to do."""
        return self.filter(self._own_tasks(person, at=at))

    def _own_tasks(self, person: User, *, at: datetime) -> Q:
        from referrals.models.plans import Task

        schools = [one.school_id for one, _ in granting(person, Permission.REFERRAL_TASK, at=at)]
        mine = Task.objects.filter(assignee=person, school__in=schools).values("referral")
        return Q(pk__in=mine) & ~Q(student__in=Student.objects.kin_of(person))

    def live(self) -> Self:
        return self.exclude(stage__in=ENDED)

    def owned_by(self, person: User) -> Self:
        return self.live().filter(owner=person)

    def overdue(self, *, at: datetime) -> Self:
        return self.live().filter(due_at__lt=at)

    def for_list(self) -> Self:
        """What is due first stands first; without a deadline last."""
        return self.select_related("student", "school", "owner").order_by(F("due_at").asc(nulls_last=True), "pk")


class Referral(models.Model):
    """One case. What was written about it is sealed (ReferralText); where it stands and whose it is are facts."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    # Never lost: a student with a case is removed with the whole school only.
    student = models.ForeignKey(Student, on_delete=models.RESTRICT, related_name="+", verbose_name="学生")
    stage = models.CharField("阶段", max_length=16, choices=Stage, default=Stage.REPORTED)
    stage_since = models.DateTimeField("何时到这一步")
    colour = models.PositiveSmallIntegerField("等级", choices=Colour, default=Colour.NONE)
    urgency = models.PositiveSmallIntegerField("急不急", choices=Urgency, default=Urgency.LATER)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="负责人"
    )
    # An owner who is not in charge of the grade reads what was written since; None: everything.
    owner_reads_since = models.DateTimeField("负责人从何时起可读", null=True)
    opened_at = models.DateTimeField("何时开始")
    due_at = models.DateTimeField("最晚何时", null=True)
    due_unit = models.CharField("时限按什么算", max_length=12, choices=Unit, default=Unit.SCHOOL_DAYS)
    ask_at = models.DateTimeField("何时请上一级过问", null=True)  # None: nothing hurries, or everybody was asked
    escalated = models.PositiveSmallIntegerField("已请到第几级", default=0)
    has_harm = models.BooleanField("疑似侵害", default=False)
    outcome = models.CharField("结果", max_length=12, choices=Outcome, blank=True, default="")
    heard = models.CharField("告诉上报人", max_length=12, choices=Heard, blank=True, default="")
    ended_at = models.DateTimeField("何时结束", null=True)
    version = models.PositiveIntegerField("版本", default=1)  # a page that was opened before this one is out of date
    length = models.PositiveIntegerField("走了几步", default=1)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = "转介"
        constraints = [
            # Two who report at once: one case.
            models.UniqueConstraint(
                fields=["student"], condition=~Q(stage__in=sorted(ENDED)), name="referral_one_live"
            ),
            # One owner as soon as it is accepted; nobody's before, and where nobody ever accepted it.
            models.CheckConstraint(
                condition=Q(stage__in=["reported", "returned", "settled"]) | Q(owner__isnull=False),
                name="referral_owned",
            ),
            models.CheckConstraint(
                condition=(Q(stage__in=sorted(ENDED)) & Q(ended_at__isnull=False, due_at=None, ask_at=None))
                | (~Q(stage__in=sorted(ENDED)) & Q(ended_at=None)),
                name="referral_ended",
            ),
            # It closes with an outcome, and with what the reporter hears.
            models.CheckConstraint(
                condition=~Q(stage="closed") | (~Q(outcome="") & ~Q(heard="")), name="referral_closed_with_outcome"
            ),
            # Nothing goes on without a colour but what waits for its first assessment, or left the school.
            models.CheckConstraint(
                condition=Q(colour__gt=0) | Q(stage__in=["reported", "accepted", "returned", "settled", "closed"]),
                name="referral_assessed",
            ),
            models.CheckConstraint(condition=Q(escalated__lte=LEVELS), name="referral_levels"),
        ]
        indexes = [
            # Reader: the pipeline and the missed list of one school, by what is due.
            models.Index(
                fields=["school", "due_at"], condition=~Q(stage__in=sorted(ENDED)), name="referral_school_live"
            ),
            # Reader: the register of ended cases.
            models.Index(
                fields=["school", "-ended_at"], condition=Q(stage__in=sorted(ENDED)), name="referral_school_ended"
            ),
            # Reader: the clock; holds only what it still has to look at.
            models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="referral_ask"),
        ]

    @property
    def is_live(self) -> bool:
        return self.stage not in ENDED

    @property
    def at_stage(self) -> Stage:
        return Stage(self.stage)


class ReferralStep(AddedOnly):
    """One act on a case: who, when, from where to where, and which requirements were looked at."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    referral = models.ForeignKey(
        Referral, on_delete=models.CASCADE, db_index=False, related_name="steps", verbose_name="转介"
    )
    number = models.PositiveIntegerField("第几步")
    verb = models.CharField("做了什么", max_length=20, choices=Verb)
    source = models.CharField("从", max_length=16, choices=Stage, blank=True)  # empty: it began
    target = models.CharField("到", max_length=16, choices=Stage)
    # None is the clock.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁"
    )
    first = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁提出"
    )
    at = models.DateTimeField("何时")
    needs = models.JSONField("要求", default=list)  # names of Need, all met
    facts = models.JSONField("事实", default=dict)  # choices, counts and dates; never a text

    class Meta:
        verbose_name = "转介的经过"
        ordering = ["referral", "number"]
        constraints = [
            # No step is lost and none stands twice: numbers run on.
            models.UniqueConstraint(fields=["referral", "number"], name="referral_step_once"),
            # Closing, and less, is the word of two people.
            models.CheckConstraint(
                condition=~Q(verb__in=sorted(BY_TWO)) | (Q(by__isnull=False, first__isnull=False) & ~Q(by=F("first"))),
                name="referral_step_by_two",
            ),
            # The clock asks for people and does nothing else.
            models.CheckConstraint(condition=Q(by__isnull=False) | Q(verb="escalate"), name="referral_step_by_person"),
        ]


class ReferralText(AddedOnly):
    """What was written for one requirement of one act, sealed."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="+", verbose_name="转介")
    step = models.ForeignKey(ReferralStep, on_delete=models.CASCADE, related_name="texts", verbose_name="哪一步")
    need = models.CharField("写的是什么", max_length=24, choices=[(one.value, one.value) for one in Need])
    text = EncryptedTextField("文字")

    class Meta:
        verbose_name = "转介的文字"
        constraints = [models.UniqueConstraint(fields=["step", "need"], name="referral_text_once")]

    @property
    def text_place(self) -> Place:
        """Where the text is sealed. Reads the school: select it."""
        return Place("referral_text", "text", self.uid, self.school.uid)
