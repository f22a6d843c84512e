"""A concern: one person's worry about one student. It joins the student's case and is never lost.

This app stands below the one that logs talks: a concern keeps the talk's number and knows nothing else of it.
"""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from referrals.choices import About, Heard, LifeEvent, Situation, Source, Told
from referrals.models.added_only import AddedOnly
from referrals.models.cases import Referral
from referrals.requirements import Urgency
from schools.models import School
from schools.permissions import Permission, granting, schools_of
from schools.roles import Role
from students.models import Student


class State(models.TextChoices):
    """How far it has come, as the reporter hears it. Each change is a row of ConcernStep."""

    RECEIVED = "received", "已收到待看"
    SEEN = "seen", "心理教师已看，在跟进"
    ANSWERED = "answered", "已回复"
    ENDED = "ended", "有了结果"


class ConcernQuerySet(models.QuerySet["Concern"]):
    """Every reader names the school: the indexes lead with it."""

    def visible_to(self, person: User, *, at: datetime) -> Self:
        """For counselors: whom this person reaches is decided once, for students."""
        return self.filter(
            school__in=schools_of(person, Permission.CONCERN_VIEW, at=at),
            student__in=Student.objects.visible_to(person, at=at, under=Permission.CONCERN_VIEW),
        )

    def of_raiser(self, person: User, *, at: datetime) -> Self:
        """Own ones, where the person may still raise one, under the hat in which they were raised.

        Towards the own child or a relative a member of staff is only the parent. A barred guardian reaches none.
        """
        held = granting(person, Permission.CONCERN_OWN, at=at)
        family = (Role.GUARDIAN, Role.STUDENT)
        at_work = {one.school_id for one, _ in held if one.role not in family}
        at_home = {one.school_id for one, _ in held if one.role in family}
        own = self.filter(raised_by=person)
        work = Q(school__in=at_work, from_home=False) & ~Q(student__in=Student.objects.kin_of(person))
        if not at_home:
            return own.filter(work)
        reached = Student.objects.visible_to(person, at=at, under=Permission.CONCERN_OWN)
        return own.filter(work | Q(school__in=at_home, from_home=True, student__in=reached))

    def unseen(self) -> Self:
        return self.filter(state=State.RECEIVED)

    def seen(self) -> Self:
        return self.exclude(state=State.RECEIVED)

    def for_list(self) -> Self:
        """The newest first."""
        return self.select_related("student", "raised_by", "school").order_by("-raised_at", "-pk")


class Concern(models.Model):
    """One report. What was written is sealed; who, when and how far it came are facts."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    # Never lost: a student with a concern is removed with the whole school only.
    student = models.ForeignKey(Student, on_delete=models.RESTRICT, related_name="+", verbose_name="学生")
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="concerns", verbose_name="转介")
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁上报"
    )
    from_home = models.BooleanField("以家长或学生的身份", default=False)
    raised_at = models.DateTimeField("何时上报")
    source = models.CharField("来源", max_length=8, choices=Source)
    about = models.CharField("关于谁", max_length=8, choices=About, default=About.STUDENT)
    conversation_uid = models.UUIDField("哪次倾听", null=True)
    words = EncryptedTextField("写下的话", null=True)
    tried = EncryptedTextField("已经做了什么", null=True)
    guardian_words = EncryptedTextField("监护人怎么说，或为什么还没告知", null=True)
    ways = EncryptedTextField("怎样找孩子比较稳妥", null=True)
    reply = EncryptedTextField("回复上报人的话", null=True)
    reply_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁回复"
    )
    life_event = models.CharField("最近发生了什么", max_length=12, choices=LifeEvent, blank=True, default="")
    guardian_told = models.CharField("监护人知道吗", max_length=4, choices=Told, blank=True, default="")
    urgency = models.PositiveSmallIntegerField("急不急", choices=Urgency, default=Urgency.WEEK)
    situation = models.CharField("疑似侵害的情形", max_length=12, choices=Situation, blank=True, default="")
    state = models.CharField("状态", max_length=12, choices=State, default=State.RECEIVED)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁看的"
    )
    seen_at = models.DateTimeField("何时看的", null=True)
    heard = models.CharField("听到的结果", max_length=12, choices=Heard, blank=True, default="")
    request_key = models.UUIDField("提交编号", default=uuid.uuid4)

    objects = ConcernQuerySet.as_manager()

    class Meta:
        verbose_name = "关注"
        constraints = [
            # A double tap makes one; one request about several students makes one for each.
            models.UniqueConstraint(fields=["raised_by", "request_key", "student"], name="concern_one_request"),
            # What waits was seen by nobody, what does not wait was seen by somebody at some time.
            models.CheckConstraint(
                condition=Q(state=State.RECEIVED, seen_by=None, seen_at=None)
                | (~Q(state=State.RECEIVED) & Q(seen_by__isnull=False, seen_at__isnull=False)),
                name="concern_seen_by_somebody",
            ),
            # Whoever worried hears what came of it.
            models.CheckConstraint(condition=~Q(state="ended") | ~Q(heard=""), name="concern_ended_with_word"),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(reply__isnull=False, reply_by__isnull=False),
                name="concern_answered_with_word",
            ),
        ]
        indexes = [
            # Reader: the counselors' list of one school, newest first.
            models.Index(fields=["school", "-raised_at"], name="concern_school_newest"),
            # Reader: the figure in the menu, on every page of a counselor; holds only what waits.
            models.Index(fields=["school"], condition=Q(state=State.RECEIVED), name="concern_unseen"),
        ]

    @property
    def words_place(self) -> Place:
        """Where the words are sealed. Reads the school: select it."""
        return self._place("words")

    @property
    def tried_place(self) -> Place:
        return self._place("tried")

    @property
    def guardian_words_place(self) -> Place:
        return self._place("guardian_words")

    @property
    def ways_place(self) -> Place:
        return self._place("ways")

    @property
    def reply_place(self) -> Place:
        return self._place("reply")

    def _place(self, field: str) -> Place:
        return Place("concern", field, self.uid, self.school.uid)


class ConcernStep(AddedOnly):
    """One change of state: who, when, what. Rows are added, never changed."""

    concern = models.ForeignKey(Concern, on_delete=models.CASCADE, related_name="steps", verbose_name="关注")
    what = models.CharField("到了哪一步", max_length=12, choices=State)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁")
    at = models.DateTimeField("何时")

    class Meta:
        verbose_name = "关注的经过"
        ordering = ["at", "pk"]
