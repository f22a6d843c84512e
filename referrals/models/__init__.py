"""转介: a concern, its case, and what is done for the student."""

from referrals.choices import Source
from referrals.models.cases import Referral, ReferralStep, ReferralText
from referrals.models.concerns import Concern, ConcernStep, State
from referrals.models.harm import HarmMark, HarmReport, SuspectedGuardian
from referrals.models.plans import CasePaper, FollowUp, Panel, Review, SupportPlan, Task
from referrals.models.second_words import SecondWord
from referrals.models.settings import ReferralSettings, rules_of

__all__ = [
    "CasePaper", "Concern", "ConcernStep", "FollowUp", "HarmMark", "HarmReport", "Panel", "Referral",
    "ReferralSettings", "ReferralStep", "ReferralText", "Review", "SecondWord", "Source", "State", "SupportPlan",
    "SuspectedGuardian", "Task", "rules_of",
]  # fmt: skip
