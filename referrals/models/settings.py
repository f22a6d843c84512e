"""What a school set for its cases, edition by edition."""

from django.conf import settings
from django.db import models

from referrals import school_rules
from referrals.models.added_only import AddedOnly
from referrals.school_rules import Rules
from schools.models import School


class ReferralSettings(AddedOnly):
    """One edition. The last one holds; the others are the history."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    edition = models.PositiveIntegerField("第几版")
    values = models.JSONField("设置", default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁")
    at = models.DateTimeField("何时")

    class Meta:
        verbose_name = "转介设置"
        constraints = [
            # Two who save at once: one of them is told. Its index is read for the last edition.
            models.UniqueConstraint(fields=["school", "edition"], name="referral_settings_once"),
        ]


def rules_of(school: School) -> Rules:
    """What holds in this school now."""
    last = ReferralSettings.objects.filter(school=school).order_by("-edition").first()
    return school_rules.read(last.values if last else {})
