"""A child of the school: one class at a time, perhaps away for a while."""

import uuid
from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from schools.models import Membership, School, SchoolClass
from schools.permissions import Permission, Reach, granting
from schools.roles import STAFF_ROLES


def span_holds(day: date, prefix: str = "") -> Q:
    """A span holds both its days; an open end is still running."""
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gte": day})
    )


def _is_kin(person: User) -> Q:
    links = (Guardian.objects.filter(user=person), StaffRelative.objects.filter(person=person))
    child, relative = (Exists(one.filter(student=OuterRef("pk"))) for one in links)
    return Q(child | relative)


class StudentQuerySet(models.QuerySet["Student"]):
    """Whom a person sees is decided here, once; everything else that hangs on a student asks this."""

    def visible_to(self, person: User, *, at: datetime, under: Permission = Permission.STUDENT_LIST) -> Self:
        """The students that this person reaches under one permission, from memberships valid at that moment.

        1. Each membership that carries the permission gives the students of its reach.
        2. A grade or a class gives who is enrolled there on that day.
        3. Towards the own child or a relative a member of staff is only that: the link shuts the staff roles out.
        """
        day = timezone.localdate(at)
        staff, family = Q(), Q()
        for held, reach in granting(person, permission=under, at=at):
            reached = self._reached(person, held, reach, day)
            if held.role in STAFF_ROLES:
                staff |= reached
            else:
                family |= reached
        if not staff and not family:
            return self.none()
        own = _is_kin(person)
        if not family:
            return self.filter(staff).exclude(own)
        return self.filter((staff & ~own) | family) if staff else self.filter(family)

    @staticmethod
    def _reached(person: User, held: Membership, reach: Reach, day: date) -> Q:
        here = Q(school=held.school_id)
        match reach:
            case Reach.SCHOOL:
                return here
            case Reach.SCOPE if held.school_class_id:
                return here & Q(
                    pk__in=Enrolment.objects.on(day).filter(school_class=held.school_class_id).values("student")
                )
            case Reach.SCOPE if held.grade_id:
                return here & Q(
                    pk__in=Enrolment.objects.on(day).filter(school_class__grade=held.grade_id).values("student")
                )
            case Reach.SCOPE:
                return here
            case Reach.CHARGE if held.grade_id and not held.is_lead:
                return here & Q(
                    pk__in=Enrolment.objects.on(day).filter(school_class__grade=held.grade_id).values("student")
                )
            case Reach.CHARGE:
                return here
            case Reach.LEAD:
                return here if held.is_lead else Q(pk__in=[])
            case Reach.MENTEES:
                return here & Q(pk__in=Mentor.objects.on(day).filter(teacher=person).values("student"))
            case Reach.CHILDREN:
                return here & Q(pk__in=Guardian.objects.active_on(day).filter(user=person).values("student"))
            case Reach.SELF:
                return here & Q(user=person)

    def kin_of(self, person: User) -> Self:
        """The relatives of this person, whatever the day: own children, and whom the school wrote down.

        The one rule of who is shut out; `links.KIN` says it for statements written by hand.
        """
        return self.filter(_is_kin(person))

    def in_class(self, school_class: SchoolClass | int, *, on: date) -> Self:
        """Who is enrolled in this class on that day, away or not."""
        return self.filter(pk__in=Enrolment.objects.on(on).filter(school_class=school_class).values("student"))

    def enrolled_on(self, day: date) -> Self:
        return self.filter(pk__in=Enrolment.objects.on(day).values("student"))

    def by_name(self) -> Self:
        """By pinyin, as a register is."""
        return self.order_by("pinyin", "name", "pk")

    def with_class(self, *, on: date) -> Self:
        """Annotate `class_id`, `class_number` and `grade_number` of that day (None for who is in no class)."""
        now = Enrolment.objects.on(on).filter(student=OuterRef("pk")).order_by("pk")
        return self.annotate(
            class_id=models.Subquery(now.values("school_class")[:1]),
            class_number=models.Subquery(now.values("school_class__number")[:1]),
            grade_number=models.Subquery(now.values("school_class__grade__number")[:1]),
        )

    def matching(self, words: str) -> Self:
        """By part of the name, by pinyin or by its initials."""
        plain = words.strip().replace(" ", "").lower()
        return self.filter(
            Q(name__contains=words.strip()) | Q(pinyin__startswith=plain) | Q(initials__startswith=plain)
        )


class Student(models.Model):
    """学生. Confidential models point here without a way back (`related_name="+"`)."""

    class Gender(models.TextChoices):
        BOY = "m", "男"
        GIRL = "f", "女"
        UNKNOWN = "", "未填"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="students", verbose_name="学校")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="student",
        verbose_name="学生账号",
    )
    name = models.CharField("姓名", max_length=40)
    pinyin = models.CharField("拼音", max_length=120, blank=True)
    initials = models.CharField("首字母", max_length=40, blank=True)
    gender = models.CharField("性别", max_length=1, choices=Gender, blank=True, default=Gender.UNKNOWN)
    number = models.CharField("学号", max_length=40, blank=True)
    national_number = models.CharField("学籍号", max_length=19, blank=True)

    objects = StudentQuerySet.as_manager()

    class Meta:
        verbose_name = "学生"
        constraints = [
            # A national number names one child, an empty one nobody. A school's own number may be a seat in a class.
            models.UniqueConstraint(
                fields=["school", "national_number"], condition=~Q(national_number=""), name="national_number_once"
            ),
        ]
        indexes = [
            # Reader: the roster, and finding a student by the first letters.
            models.Index(fields=["school", "pinyin"], name="student_school_pinyin"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def pronoun(self) -> str:
        return "她" if self.gender == self.Gender.GIRL else "他"


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def on(self, day: date) -> Self:
        return self.filter(span_holds(day))

    def touching(self, first: date, last: date) -> Self:
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=first), valid_from__lte=last)


class Enrolment(models.Model):
    """In which class, from a day to a day. One at a time; the action that moves a student ends the old one."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="enrolments", verbose_name="学生")
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.PROTECT, related_name="enrolments", verbose_name="班级"
    )
    valid_from = models.DateField("从")
    valid_to = models.DateField("到", null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = "在班"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")), name="enrolment_span"
            ),
            # At most one running enrolment a student.
            models.UniqueConstraint(fields=["student"], condition=Q(valid_to=None), name="enrolment_one_open"),
        ]
        indexes = [
            # Reader: opening a period by INSERT … SELECT, one school at a time.
            models.Index(fields=["school", "valid_from"], name="enrolment_school_from"),
        ]


class PauseQuerySet(models.QuerySet["Pause"]):
    def on(self, day: date) -> Self:
        return self.filter(span_holds(day))

    def touching(self, first: date, last: date) -> Self:
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=first), valid_from__lte=last)


class Pause(models.Model):
    """休学 or 转出, from a day to a day; the enrolment may run on through it. A sick day is neither."""

    class Kind(models.TextChoices):
        LEAVE = "leave", "休学"
        LEFT = "left", "转出"

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="pauses", verbose_name="学生")
    kind = models.CharField("原因", max_length=5, choices=Kind)
    valid_from = models.DateField("从")
    valid_to = models.DateField("到", null=True, blank=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        verbose_name = "离校"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")), name="pause_span"
            ),
        ]
        indexes = [
            # Reader: opening a period, one school at a time.
            models.Index(fields=["school", "valid_from"], name="pause_school_from"),
        ]


from students.models.links import Guardian, Mentor, StaffRelative  # noqa: E402  the links point here, and visible_to asks them

__all__ = ["Enrolment", "Pause", "Student", "span_holds"]
