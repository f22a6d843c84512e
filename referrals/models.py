"""关注: somebody worries about a student and asks the counselor to look. It is received and never lost.

This app stands below the one that logs talks: a concern keeps the talk's number and knows nothing else of it.
"""

import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from privacy.models import Immutable
from schools.models import School
from schools.permissions import Permission, schools_of
from students.models import Student


class Source(models.TextChoices):
    """By which way it came."""

    TALK = "talk", "倾听时标记"
    PEERS = "peers", "同伴活动"


class State(models.TextChoices):
    """How far it has come. Each change is a row of ConcernStep."""

    RECEIVED = "received", "已收到待看"
    SEEN = "seen", "心理教师已看"


class ConcernQuerySet(models.QuerySet["Concern"]):
    """Every reader names the school: the indexes lead with it."""

    def visible_to(self, person: User, *, at: datetime) -> Self:
        """For counselors: whom this person reaches is decided once, for students."""
        return self.filter(
            school__in=schools_of(person, Permission.CONCERN_VIEW, at=at),
            student__in=Student.objects.visible_to(person, at=at, under=Permission.CONCERN_VIEW),
        )

    def of_raiser(self, person: User, *, at: datetime) -> Self:
        """Own ones, where the person may still raise one; of the own child a person is only the parent."""
        return self.filter(raised_by=person, school__in=schools_of(person, Permission.CONCERN_OWN, at=at)).exclude(
            student__in=person.wards.values("student")
        )

    def unseen(self) -> Self:
        return self.filter(state=State.RECEIVED)

    def seen(self) -> Self:
        return self.exclude(state=State.RECEIVED)

    def for_list(self) -> Self:
        """The newest first."""
        return self.select_related("student", "raised_by", "school").order_by("-raised_at", "-pk")


class Concern(models.Model):
    """One person's worry about one student. What was written is sealed; who, when and how far it came are facts."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    # Never lost: a student with a concern is removed with the whole school only.
    student = models.ForeignKey(Student, on_delete=models.RESTRICT, related_name="+", verbose_name="学生")
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁上报"
    )
    raised_at = models.DateTimeField("何时上报")
    source = models.CharField("来源", max_length=8, choices=Source)
    conversation_uid = models.UUIDField("哪次倾听", null=True)
    words = EncryptedTextField("写下的话", null=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.RECEIVED)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁看的"
    )
    seen_at = models.DateTimeField("何时看的", null=True)
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
        return Place("concern", "words", self.uid, self.school.uid)


class ConcernStepQuerySet(models.QuerySet["ConcernStep"]):
    """Reading only."""

    def update(self, **kwargs: Any) -> int:
        raise Immutable

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Immutable


class ConcernStep(models.Model):
    """One change of state: who, when, what. Rows are added, never changed."""

    concern = models.ForeignKey(Concern, on_delete=models.CASCADE, related_name="steps", verbose_name="关注")
    what = models.CharField("到了哪一步", max_length=12, choices=State)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁")
    at = models.DateTimeField("何时")

    objects = ConcernStepQuerySet.as_manager()

    class Meta:
        verbose_name = "关注的经过"
        ordering = ["at", "pk"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise Immutable
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Immutable
