"""补谈: a later talk, linked to the check-in that was missed. The miss stays on record."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef

from listening.models.check_ins import CheckIn
from listening.models.conversations import Conversation, ConversationStudent
from listening.models.periods import Period
from listening.models.rules import QuotaRule
from listening.quotas import Outcome
from schools.models import School
from students.models import Student


class MakeUpQuerySet(models.QuerySet["MakeUp"]):
    def of(self, check_in: CheckIn) -> Self:
        return self.filter(
            school=check_in.school_id, period=check_in.period_id, rule=check_in.rule_id, student=check_in.student_id
        )

    def standing(self) -> Self:
        """Whose talk still is what it was linked for: made, with this student, not deleted."""
        about = ConversationStudent.objects.filter(conversation=OuterRef("conversation"), student=OuterRef("student"))
        return self.filter(Exists(about), conversation__deleted_at=None, conversation__outcome=Outcome.MADE).order_by(
            "conversation__day", "pk"
        )


class MakeUp(models.Model):
    """Which talk made up for which missed check-in. Kept beside the check-in, whose status it does not change."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+", verbose_name="周期")
    rule = models.ForeignKey(QuotaRule, on_delete=models.CASCADE, related_name="+", verbose_name="要求")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+", verbose_name="学生")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="made_up", verbose_name="倾听记录"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁")
    at = models.DateTimeField("何时")

    objects = MakeUpQuerySet.as_manager()

    class Meta:
        verbose_name = "补谈"
        constraints = [
            # Linking twice is silent. Reader: the board and the why-page.
            models.UniqueConstraint(
                fields=["school", "period", "rule", "student", "conversation"], name="make_up_once"
            ),
        ]
