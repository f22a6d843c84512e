"""倾听记录: one talk, about one or several students. The note is sealed; the facts are what quotas go by."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from listening.quotas import Hat, Kind, Outcome
from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from schools.models import School
from schools.permissions import Permission
from students.models import Guardian, Student


class Channel(models.TextChoices):
    FACE = "face", "面谈"
    WALK = "walk", "散步"
    PHONE = "phone", "电话"
    VIDEO = "video", "视频"
    LETTER = "letter", "书信"
    PLAY = "play", "游戏"


class Topic(models.Model):
    """聊了什么: the school's own words."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="topics", verbose_name="学校")
    name = models.CharField("名称", max_length=10)
    order = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        verbose_name = "话题"
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["school", "name"], name="topic_once")]

    def __str__(self) -> str:
        return self.name


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, person: User, *, at: datetime) -> Self:
        """Own talks, and those about students whom this person reaches; a counselor's talk only for counselors."""
        return self.filter(
            Q(
                by_counselor=False,
                about__in=Student.objects.visible_to(person, at=at, under=Permission.CONVERSATION_VIEW),
            )
            | Q(about__in=Student.objects.visible_to(person, at=at, under=Permission.COUNSELING_VIEW))
            | (Q(listener=person) | Q(recorded_by=person))
            & Q(about__in=Student.objects.visible_to(person, at=at, under=Permission.CONVERSATION_OWN))
        ).distinct()

    def standing(self) -> Self:
        return self.filter(deleted_at=None)

    def written_by(self, person: User) -> Self:
        """Whose note it is: the writer edits it and adds to it."""
        return self.filter(recorded_by=person)

    def of_person(self, person: User) -> Self:
        """Who listened, or wrote it down: they correct the facts."""
        return self.filter(Q(listener=person) | Q(recorded_by=person))

    def standing_or_of(self, person: User) -> Self:
        """A deleted one is there for those alone whose it was: the page tells them that it is deleted."""
        return self.filter(Q(deleted_at=None) | Q(listener=person) | Q(recorded_by=person))

    def newest(self) -> Self:
        return self.order_by("-day", "-recorded_at", "-pk")


class Conversation(models.Model):
    """One talk as it stands now. Earlier versions of its facts are rows of ConversationVersion."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    listener = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁听的"
    )
    about = models.ManyToManyField(Student, through="ConversationStudent", related_name="+", verbose_name="和谁")
    kind = models.CharField("类型", max_length=8, choices=Kind, default=Kind.TALK)
    by_counselor = models.BooleanField("心理辅导", default=False)  # who reads the note, not what counts
    day = models.DateField("日期")
    clock = models.TimeField("时间", null=True, blank=True)
    minutes = models.PositiveSmallIntegerField("分钟", default=0)
    outcome = models.CharField("结果", max_length=8, choices=Outcome, default=Outcome.MADE)
    hat = models.CharField("以什么身份", max_length=8, choices=Hat, blank=True, default=Hat.STAFF)
    channel = models.CharField("方式", max_length=8, choices=Channel, blank=True, default=Channel.FACE)
    place = models.CharField("地点", max_length=40, blank=True)
    guardian = models.ForeignKey(
        Guardian, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="哪位家长"
    )
    guardian_name = models.CharField("哪位家人", max_length=40, blank=True)  # as it was said, also without a row
    topics = models.ManyToManyField(Topic, blank=True, related_name="+", verbose_name="聊了什么")
    note = EncryptedTextField("记几句", null=True)
    note_edition = models.PositiveSmallIntegerField("第几稿", default=0)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁记的"
    )
    recorded_at = models.DateTimeField("何时记下")
    recorded_on = models.DateField("哪天记下")
    entered_on = models.DateField("哪天起是现在的内容")  # recorded_on until a correction of the facts
    deleted_at = models.DateTimeField("何时删除", null=True)
    request_key = models.UUIDField("提交编号", default=uuid.uuid4)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = "倾听记录"
        constraints = [
            # A double tap or a repeated request makes one talk.
            models.UniqueConstraint(fields=["recorded_by", "request_key"], name="conversation_one_request"),
            models.CheckConstraint(condition=Q(minutes__lte=600), name="conversation_minutes"),
        ]
        indexes = [
            # Reader: the talks that a listener recorded today (my list).
            models.Index(fields=["listener", "day"], name="conversation_listener_day"),
        ]

    @property
    def names(self) -> str:
        """林知夏、马依依. Reads the students: prefetch them."""
        return "、".join(student.name for student in self.about.all())

    @property
    def note_place(self) -> Place:
        """Where the note is sealed. Reads the school: select it."""
        return Place("conversation", "note", self.uid, self.school.uid, self.note_edition)


class ConversationStudent(models.Model):
    """Which students a talk is about. Carries school and day, so that a quota is read from one index."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="lines", verbose_name="倾听记录"
    )
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+", verbose_name="学生")
    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    day = models.DateField("日期")

    class Meta:
        verbose_name = "谈到的学生"
        constraints = [models.UniqueConstraint(fields=["conversation", "student"], name="conversation_student_once")]
        indexes = [
            # Reader: the talks of a student in a period, and the last one.
            models.Index(fields=["school", "student", "day"], name="conversation_student_day"),
        ]


class ConversationVersion(models.Model):
    """The facts as they stood before a correction. Append-only; the current ones are on the conversation itself."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="versions", verbose_name="倾听记录"
    )
    entered_on = models.DateField("哪天记下")  # since when these facts were the facts
    facts = models.JSONField("当时的内容")  # day, minutes, kind, outcome, hat, listener, students, …
    why = models.CharField("为什么改", max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁改的"
    )
    at = models.DateTimeField("何时改的")

    class Meta:
        verbose_name = "倾听记录旧稿"
        ordering = ["at", "pk"]


class LateWord(models.Model):
    """The lead counselor's word that a late entry may count."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="late_words", verbose_name="倾听记录"
    )
    on = models.DateField("哪天")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁同意"
    )

    class Meta:
        verbose_name = "补录同意"
