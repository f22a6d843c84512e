"""From the report to an assessment, and again after the end."""

from datetime import datetime

from accounts.models import User
from notifications import texts
from privacy.keyring import keyring
from referrals.actions.moving import NotNow, on, take
from referrals.actions.telling import (
    alert_for_life,
    concern_key,
    concern_step,
    concerns_of,
    hear,
    list_path,
    tell,
    told_enough,
)
from referrals.choices import Heard
from referrals.circle import counselors, leaders
from referrals.models import Concern, Referral, State
from referrals.requirements import Colour, Given, Need, Urgency
from referrals.stages import Stage, Verb, find
from students.notes import concern_counselors


class LiveCaseStands(Exception):
    """This student has another case that is on its way: what is new belongs there."""


def send_back(*, by: User, referral: Referral, version: int, reply: str, at: datetime) -> Referral:
    """Answer whoever reported, with a reason that they can read. Raises NotYours, NotNow, Stale, Incomplete."""
    with on(referral) as held:
        take(held, Verb.SEND_BACK, by=by, at=at, version=version, words={Need.REPLY: reply})
        for concern in concerns_of(held):
            concern.reply = keyring().seal(reply.strip(), concern.reply_place)
            concern.reply_by = by
            _end(concern, State.ANSWERED, by=by, at=at)
            hear(concern, "answered", texts.concern_answered(), by=by, at=at)
    return held


def settle_mild(
    *, by: User, referral: Referral, version: int, word: str, heard: Heard = Heard.THANKS, at: datetime
) -> Referral:
    """The head teacher has looked after it, and says so. The counselors in charge are told and may reopen it.

    Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        take(held, Verb.SETTLE, by=by, at=at, version=version, words={Need.WORD: word}, facts={"heard": heard.value})
        tell_the_end(held, heard, by=by, at=at)
        people = concern_counselors(held.school, [held.student], at=at)
        tell(people, f"settled:{held.uid}", texts.concern_settled(), referral=held, path=list_path(), at=at)
    return held


def tell_the_end(held: Referral, heard: Heard, *, by: User, at: datetime) -> None:
    """Everybody who reported hears the class of it, and nothing else."""
    for concern in concerns_of(held):
        concern.heard = heard
        _end(concern, State.ENDED, by=by, at=at)
        hear(concern, "ended", texts.concern_ended(), by=by, at=at)


def _end(concern: Concern, state: State, *, by: User, at: datetime) -> None:
    if concern.seen_by_id is None:
        concern.seen_by, concern.seen_at = by, at
    concern.state = state
    concern.save(update_fields=["state", "seen_by", "seen_at", "reply", "reply_by", "heard"])
    concern_step(concern, state, by=by, at=at)
    told_enough(concern.referral, concern_key(concern), at=at)


def assess(
    *, by: User, referral: Referral, version: int, colour: Colour, seen: str, protective: str, reason: str, at: datetime
) -> Referral:
    """The first assessment: what is seen, what protects, a colour with a reason. 橙 and 红 go to the panel.

    Raises NotYours, NotNow, Stale, Incomplete.
    """
    grave = colour >= Colour.ORANGE
    words = {Need.SEEN: seen, Need.PROTECTIVE: protective, Need.COLOUR_REASON: reason}
    with on(referral) as held:
        take(
            held, Verb.CALL_PANEL if grave else Verb.SUPPORT, by=by, at=at, version=version,
            given=Given(colour=colour), words=words, facts={"colour": colour.value}, changes={"colour": colour},
        )  # fmt: skip
        if grave:
            call_panel(held, at=at)
    return held


def call_panel(held: Referral, *, at: datetime) -> None:
    """The leadership group has something to decide."""
    people = leaders(held.school, held.student, at=at)
    key = f"panel:{held.uid}:{held.length}"
    tell(people, key, texts.panel_waits(), referral=held, path=list_path(), at=at)


def to_panel(*, by: User, referral: Referral, version: int, reason: str, at: datetime) -> Referral:
    """Ask the leadership group. Raises NotYours, NotNow, Stale, Incomplete."""
    with on(referral) as held:
        take(held, Verb.TO_PANEL, by=by, at=at, version=version, words={Need.REASON: reason})
        call_panel(held, at=at)
    return held


def raise_colour(*, by: User, referral: Referral, version: int, colour: Colour, reason: str, at: datetime) -> Referral:
    """Graver than it was; any handler may say so alone. Out of the school's own support 橙 and 红 go to the panel.

    Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        leaves = held.stage == Stage.IN_SCHOOL and colour >= Colour.ORANGE
        take(
            held, Verb.RAISE_TO_PANEL if leaves else Verb.RAISE, by=by, at=at, version=version,
            given=Given(colour=colour), words={Need.REASON: reason},
            facts={"colour": colour.value, "before": held.colour}, changes={"colour": colour},
        )  # fmt: skip
        if leaves:
            call_panel(held, at=at)
    return held


def hurry(*, by: User, referral: Referral, version: int, urgency: Urgency, reason: str, at: datetime) -> Referral:
    """More urgent than the reporter said. Raises NotYours, NotNow, Stale, Incomplete."""
    with on(referral) as held:
        take(
            held, Verb.HURRY, by=by, at=at, version=version, given=Given(urgency=urgency),
            words={Need.REASON: reason}, facts={"urgency": urgency.value, "before": held.urgency},
            changes={"urgency": urgency},
        )  # fmt: skip
        if urgency == Urgency.LIFE:
            alert_for_life(held, but=by, at=at)
    return held


def reopen(*, by: User, referral: Referral, version: int, reason: str, at: datetime) -> Referral:
    """Take it up again; who reported hears that it is in hand. Its owner is who reopens it, if a counselor in charge.

    Raises NotYours, NotNow, Stale, Incomplete, LiveCaseStands.
    """
    with on(referral) as held:
        if find(Verb.REOPEN, held.at_stage) is None:
            raise NotNow
        if Referral.objects.filter(student=held.student_id).live().exists():
            raise LiveCaseStands
        able = concern_counselors(held.school, [held.student], at=at) or counselors(held.school, held.student, at=at)
        if not able:
            raise NotNow
        owner = next((one for one in (by, held.owner) if one in able), able[0])
        fresh = {"owner": owner, "owner_reads_since": None, "outcome": "", "heard": "", "ended_at": None}
        take(held, Verb.REOPEN, by=by, at=at, version=version, words={Need.REASON: reason}, changes=fresh)
        for concern in concerns_of(held):
            Concern.objects.filter(pk=concern.pk).update(state=State.SEEN, heard="")
            concern_step(concern, State.SEEN, by=by, at=at)
        if owner != by:
            tell(
                [owner], f"handed:{held.uid}:{held.length}", texts.case_handed(), referral=held, path=list_path(), at=at
            )
    return held
