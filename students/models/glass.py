"""紧急查看: an hour in which somebody who is not in charge of a student sees more, because it cannot wait."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from schools.models import School

LASTS = timedelta(minutes=60)


class BreakGlassQuerySet(models.QuerySet["BreakGlass"]):
    def standing(self, *, at: datetime) -> Self:
        """Begun, not closed, its hour not over: time ends it, no job does."""
        return self.filter(opened_at__lte=at, ends_at__gt=at, closed_at=None)

    def unreviewed(self) -> Self:
        return self.filter(reviewed_at=None)

    def with_people(self) -> Self:
        return self.select_related("school", "student__school", "by", "second_by", "reviewed_by")

    def waiting_first(self) -> Self:
        """What is not reviewed yet, then the rest; the newest first."""
        waits = models.ExpressionWrapper(Q(reviewed_at=None), output_field=models.BooleanField())
        return self.order_by(waits.desc(), "-opened_at", "-pk")


class BreakGlass(models.Model):
    """One opening by one person for one student. Each step is written once and stays; the trail has them too."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    student = models.ForeignKey("students.Student", on_delete=models.CASCADE, related_name="+", verbose_name="学生")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁")
    reason = EncryptedTextField("原因")
    opened_at = models.DateTimeField("何时打开")
    ends_at = models.DateTimeField("到何时")
    closed_at = models.DateTimeField("何时结束", null=True)
    asked_at = models.DateTimeField("何时请人同意", null=True)
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁同意看记录"
    )
    second_at = models.DateTimeField("何时同意", null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁复核"
    )
    reviewed_at = models.DateTimeField("何时复核", null=True)
    review_words = EncryptedTextField("复核的话", null=True)

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        verbose_name = "紧急查看"
        constraints = [
            # One student at a time. What time has ended is marked as closed when the next one begins.
            models.UniqueConstraint(fields=["by"], condition=Q(closed_at=None), name="glass_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("opened_at"))
                & (Q(closed_at=None) | Q(closed_at__gte=F("opened_at"), closed_at__lte=F("ends_at"))),
                name="glass_span",
            ),
            # Notes open by two people: asked for by one, within the hour agreed to by another.
            models.CheckConstraint(
                condition=Q(second_by=None, second_at=None)
                | (
                    Q(second_by__isnull=False, asked_at__isnull=False, second_at__isnull=False)
                    & Q(second_at__gte=F("asked_at"), second_at__lt=F("ends_at"))
                    & ~Q(second_by=F("by"))
                ),
                name="glass_second_is_another",
            ),
            # Nobody reviews themself; a review has a day and words.
            models.CheckConstraint(
                condition=Q(reviewed_by=None, reviewed_at=None, review_words=None)
                | (
                    Q(reviewed_by__isnull=False, reviewed_at__isnull=False, review_words__isnull=False)
                    & ~Q(reviewed_by=F("by"))
                ),
                name="glass_review_is_another",
            ),
        ]
        indexes = [
            # Reader: the list for review, one school at a time.
            models.Index(fields=["school", "-opened_at"], name="glass_school_newest"),
            # Reader: the figure beside the menu.
            models.Index(fields=["school"], condition=Q(reviewed_at=None), name="glass_unreviewed"),
        ]

    def stands(self, *, at: datetime) -> bool:
        """The same as `standing`."""
        return self.opened_at <= at < self.ends_at and self.closed_at is None

    def opens_notes(self, *, at: datetime) -> bool:
        """Whether a second person has agreed, and it still stands."""
        return self.stands(at=at) and self.second_at is not None and self.second_at <= at

    @property
    def ended_at(self) -> datetime:
        """When it was over, or will be."""
        return self.closed_at or self.ends_at

    @property
    def reason_place(self) -> Place:
        """Where the reason is sealed. Reads the school: select it."""
        return Place("break_glass", "reason", self.uid, self.school.uid)

    @property
    def review_words_place(self) -> Place:
        """Where the words of the review are sealed. Reads the school: select it."""
        return Place("break_glass", "review_words", self.uid, self.school.uid)
