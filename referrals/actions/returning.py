"""休学, 复学评估, 暂缓, 复学跟踪: leave, and a safe return."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from accounts.models import User
from notifications import texts
from referrals.actions.moving import on, take
from referrals.actions.support import write_follow_ups
from referrals.actions.telling import list_path, tell
from referrals.models import Referral
from referrals.requirements import Given, Need
from referrals.stages import Verb
from students import actions as students
from students.models import Pause


def begin_leave(
    *, by: User, referral: Referral, version: int, first: date, decision: str, contact_plan: str, at: datetime
) -> Referral:
    """休学: every quota pauses from that day on. The guardian's application came before, as a paper.

    A leave that the roster has already stays as it is. Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        running = Pause.objects.touching(first, date.max).filter(student=held.student_id)
        if not running.exists():
            students.pause(by=by, student=held.student, kind=Pause.Kind.LEAVE, first=first, last=None, at=at)
        take(
            held, Verb.LEAVE, by=by, at=at, version=version, facts={"first": str(first)},
            words={Need.SCHOOL_DECISION: decision, Need.CONTACT_PLAN: contact_plan},
        )  # fmt: skip
    return held


def apply_to_return(*, by: User, referral: Referral, version: int, application: str, at: datetime) -> Referral:
    """The guardian asks, again after a 暂缓 too; a counselor may write down what came on paper.

    Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        words = {Need.RETURN_APPLICATION: application}
        take(held, Verb.APPLY_RETURN, by=by, at=at, version=version, words=words)
        people = [one for one in (held.owner,) if one and one != by]
        key = f"return:{held.uid}:{held.length}"
        tell(people, key, texts.case_moved(), referral=held, path=list_path(), at=at)
    return held


def approve_return(
    *,
    by: User,
    referral: Referral,
    version: int,
    own_review: str,
    return_plan: str,
    parties: Collection[str],
    follow_ups: Sequence[date],
    back_on: date,
    at: datetime,
) -> Referral:
    """Back to school: with the certificate, the school's own review, a plan (full, half, gradual), three who agree.

    The pause ends the day before `back_on`, so quotas run again. Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        days = tuple(sorted(set(follow_ups)))
        step = take(
            held, Verb.APPROVE, by=by, at=at, version=version, words={Need.OWN_REVIEW: own_review},
            given=Given(return_plan=return_plan, parties=frozenset(parties), follow_ups=days),
            facts={"plan": return_plan, "parties": sorted(parties), "days": [str(day) for day in days]},
        )  # fmt: skip
        write_follow_ups(held, step, days)
        away = Pause.objects.touching(back_on, date.max).filter(student=held.student_id, kind=Pause.Kind.LEAVE)
        for one in away.select_related("student"):
            students.end_pause(by=by, away=one, last=date.fromordinal(back_on.toordinal() - 1), at=at)
    return held


def defer_return(*, by: User, referral: Referral, version: int, own_review: str, reason: str, at: datetime) -> Referral:
    """暂缓, with reasons. Raises NotYours, NotNow, Stale, Incomplete."""
    with on(referral) as held:
        words = {Need.OWN_REVIEW: own_review, Need.REASON: reason}
        take(held, Verb.DEFER, by=by, at=at, version=version, words=words)
    return held


def answer_appeal(
    *, by: User, referral: Referral, version: int, appeal: str, reason: str, granted: bool, at: datetime
) -> Referral:
    """The 组长 answers a 申诉 with reasons: look at it again, or let it stand.

    Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        take(
            held, Verb.GRANT_APPEAL if granted else Verb.REFUSE_APPEAL, by=by, at=at, version=version,
            words={Need.APPEAL: appeal, Need.REASON: reason},
        )  # fmt: skip
        if held.owner and held.owner != by:
            key = f"appeal:{held.uid}:{held.length}"
            tell([held.owner], key, texts.case_moved(), referral=held, path=list_path(), at=at)
    return held
