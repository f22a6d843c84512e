"""疑似侵害: what the law asks of a school (强制报告), and from whom the case is hidden."""

import uuid

from django.conf import settings
from django.db import models

from referrals.choices import Authority, Situation
from referrals.models.added_only import AddedOnly
from referrals.models.cases import Referral, ReferralStep
from students.models import Guardian


class HarmMark(AddedOnly):
    """Somebody said that a child may have come to harm, and in which of the nine situations."""

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="harm_marks", verbose_name="转介")
    situation = models.CharField("情形", max_length=12, choices=Situation)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁")
    at = models.DateTimeField("何时")

    class Meta:
        verbose_name = "疑似侵害"


class HarmReport(AddedOnly):
    """强制报告: which authority was told, when. The officer's name is a text of the step."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="harm_reports", verbose_name="转介")
    step = models.OneToOneField(ReferralStep, on_delete=models.CASCADE, related_name="+", verbose_name="哪一步")
    authority = models.CharField("部门", max_length=12, choices=Authority)
    told_at = models.DateTimeField("何时报告")

    class Meta:
        verbose_name = "强制报告"


class SuspectedGuardian(AddedOnly):
    """A guardian who may have done harm: told nothing of this case, and not called for it."""

    referral = models.ForeignKey(
        Referral, on_delete=models.CASCADE, related_name="suspected_guardians", verbose_name="转介"
    )
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="+", verbose_name="监护人")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁")
    at = models.DateTimeField("何时")

    class Meta:
        verbose_name = "不告知的监护人"
        constraints = [models.UniqueConstraint(fields=["referral", "guardian"], name="suspected_guardian_once")]
