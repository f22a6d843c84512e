"""The school's own words, deadlines and who may do what: edition by edition."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from privacy import actions as privacy
from referrals import school_rules
from referrals.actions.moving import NotYours, Stale
from referrals.models import ReferralSettings
from schools.models import School
from schools.permissions import Permission, schools_of


def save_settings(*, by: User, school: School, values: Mapping[str, Any], read: int, at: datetime) -> ReferralSettings:
    """A new edition, after the one that was `read` (0: the presets). It holds for what is due from now on.

    Raises NotYours, Stale, school_rules.Unfit.
    """
    if school not in schools_of(by, Permission.REFERRAL_SETTINGS, at=at):
        raise NotYours
    school_rules.read(values)
    try:
        with transaction.atomic():
            last = ReferralSettings.objects.filter(school=school).order_by("-edition").first()
            if (last.edition if last else 0) != read:
                raise Stale
            made = ReferralSettings.objects.create(school=school, edition=read + 1, values=dict(values), by=by, at=at)
            privacy.record(by_id=by.pk, verb="referral.settings", at=at, school_id=school.pk, kind="school")
            return made
    except IntegrityError as reason:  # two at once: one of them was first
        raise Stale from reason
