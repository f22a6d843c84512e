"""疑似侵害: marking it, and the report to an authority that the law asks for. The software reports to nobody itself."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from referrals.actions.moving import on, take
from referrals.actions.reporting import mark_harm
from referrals.actions.telling import told_enough
from referrals.choices import Authority, Situation
from referrals.models import HarmReport, Referral
from referrals.requirements import Given, Need
from referrals.stages import Verb
from students.models import Guardian


def suspect_harm(
    *,
    by: User,
    referral: Referral,
    version: int,
    situation: Situation | None,
    words: str = "",
    suspected: Sequence[Guardian] = (),
    at: datetime,
) -> Referral:
    """Say that a child may have come to harm; guardians who may have done it are told nothing of the case.

    Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        take(
            held, Verb.HARM, by=by, at=at, version=version, given=Given(situation=situation or ""),
            words={Need.REASON: words}, facts={"situation": situation or "", "suspected": len(suspected)},
            changes={"has_harm": True},
        )  # fmt: skip
        assert situation is not None  # the table asked for it
        mark_harm(held, situation, suspected, by=by, at=at)
    return held


def tell_authority(
    *,
    by: User,
    referral: Referral,
    version: int,
    authority: Authority | None,
    officer: str,
    told_at: datetime | None,
    at: datetime,
) -> HarmReport:
    """Write down that the school has reported: to which authority, when, who took it.

    Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        step = take(
            held, Verb.TELL_AUTHORITY, by=by, at=at, version=version,
            given=Given(authority=authority or "", told_at=told_at), words={Need.OFFICER: officer},
            facts={"authority": authority or "", "told_at": told_at.isoformat() if told_at else ""},
        )  # fmt: skip
        assert told_at is not None  # the table asked for it
        assert authority is not None
        made = HarmReport.objects.create(referral=held, step=step, authority=authority, told_at=told_at)
        told_enough(held, f"harm:{held.uid}", at=at)
    return made
