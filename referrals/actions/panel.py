"""研判, 会谈, 院外转介: what the leadership group decides, and what the family says to it."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from notifications import texts
from referrals.actions.cases import call_panel
from referrals.actions.moving import on, take
from referrals.actions.support import NewTask, give_tasks
from referrals.actions.telling import list_path, tell
from referrals.circle import leaders
from referrals.models import Panel, Referral
from referrals.requirements import Given, Need
from referrals.stages import Verb


def decide(
    *,
    by: User,
    referral: Referral,
    version: int,
    meeting: bool,
    present: Sequence[User],
    evidence: str,
    decision: str,
    minutes: str,
    tasks: Sequence[NewTask],
    at: datetime,
) -> Panel:
    """The panel was held: support in the school, or a talk with the family (`meeting`). The owner is told.

    Raises NotYours, NotNow, Stale, Incomplete, NotHere.
    """
    with on(referral) as held:
        group = leaders(held.school, held.student, at=at)
        here = list(dict.fromkeys(present))
        step = take(
            held, Verb.DECIDE_MEETING if meeting else Verb.DECIDE_SUPPORT, by=by, at=at, version=version,
            given=Given(
                present=len(here), leaders_present=sum(one in group for one in here),
                tasks=sum(1 for one in tasks if one.what.strip()),
            ),
            words={Need.EVIDENCE: evidence, Need.DECISION: decision, Need.MINUTES: minutes},
            facts={"present": len(here), "tasks": len(tasks)},
        )  # fmt: skip
        panel = Panel.objects.create(referral=held, step=step)
        panel.present.set(here)
        give_tasks(held, step, tasks, by=by, at=at)
        if held.owner and held.owner != by:
            key = f"decided:{held.uid}:{held.length}"
            tell([held.owner], key, texts.panel_decided(), referral=held, path=list_path(), at=at)
    return panel


def guardian_agreed(*, by: User, referral: Referral, version: int, at: datetime) -> Referral:
    """To a hospital or another institution. Raises NotYours, NotNow, Stale, Incomplete."""
    with on(referral) as held:
        given = Given(answer="agrees")
        take(held, Verb.AGREED, by=by, at=at, version=version, given=given, facts={"answer": "agrees"})
    return held


def guardian_refused(*, by: User, referral: Referral, version: int, what_then: str, at: datetime) -> Referral:
    """And what then: back to support in the school. Raises NotYours, NotNow, Stale, Incomplete."""
    with on(referral) as held:
        take(
            held, Verb.REFUSED, by=by, at=at, version=version, given=Given(answer="refuses"),
            words={Need.WHAT_THEN: what_then}, facts={"answer": "refuses"},
        )  # fmt: skip
    return held


def guardian_not_reached(
    *, by: User, referral: Referral, version: int, tries: int, what_then: str, at: datetime
) -> Referral:
    """How often it was tried; the panel decides again. Raises NotYours, NotNow, Stale, Incomplete."""
    with on(referral) as held:
        take(
            held, Verb.NOT_REACHED, by=by, at=at, version=version, given=Given(tries=tries),
            words={Need.WHAT_THEN: what_then}, facts={"tries": tries},
        )  # fmt: skip
        call_panel(held, at=at)
    return held


def back_in_school(*, by: User, referral: Referral, version: int, at: datetime) -> Referral:
    """The 回执 is here: the school's support goes on. Raises NotYours, NotNow, Stale, Incomplete."""
    with on(referral) as held:
        take(held, Verb.BACK_IN_SCHOOL, by=by, at=at, version=version)
    return held
