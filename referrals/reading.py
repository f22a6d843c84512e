"""Who reads what was written on the way of a case. Each opening is `open_note`: the right, a trail row, the text.

Source: the access paper, "concern and referral" and "referral summary". Texts of a case are for the counselors in
charge and the lead; of a panel for whoever sat on it; of suspected harm also for the 组长; a task for who does it; a
summary for every counselor and the leaders, one of whom gives the second word; a reply for who reported.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from referrals.circle import heads, leaders
from referrals.models import CasePaper, Concern, Panel, Referral, ReferralText, SecondWord, Task
from referrals.requirements import Need
from referrals.stages import Verb
from students.notes import Opened, Text, may_read, open_note

CONCERN_FIELDS = ("words", "tried", "guardian_words", "ways")
OF_PANEL = frozenset({Need.EVIDENCE, Need.DECISION, Need.MINUTES})
OF_HARM = frozenset({Verb.HARM, Verb.TELL_AUTHORITY, Verb.CLEAR_HARM})


def _owner(referral: Referral, written_at: datetime) -> list[User]:
    """An owner reads, wherever they are in charge; of what was written before the hand-over what passed on."""
    since = referral.owner_reads_since
    return [referral.owner] if referral.owner and (since is None or written_at >= since) else []


def open_concern(concern: Concern, field: str, *, by: User, at: datetime) -> Opened:
    """One of CONCERN_FIELDS. Raises NotForYou."""
    assert field in CONCERN_FIELDS
    addressed = _owner(concern.referral, concern.raised_at)
    if concern.referral.has_harm:
        addressed += heads(concern.school, concern.student, at=at)
    return open_note(
        getattr(concern, field), by=by, kind=Text.CONCERN, place=getattr(concern, f"{field}_place"),
        author=concern.raised_by, school=concern.school, students=[concern.student], at=at, addressed=addressed,
    )  # fmt: skip


def open_reply(concern: Concern, *, by: User, at: datetime) -> Opened:
    """What the reporter was answered. Raises NotForYou."""
    return open_note(
        concern.reply, by=by, kind=Text.REFERRAL_REPLY, place=concern.reply_place,
        author=concern.reply_by or concern.raised_by, school=concern.school, students=[concern.student], at=at,
        addressed=[concern.raised_by],
    )  # fmt: skip


def open_text(text: ReferralText, *, by: User, at: datetime) -> Opened:
    """Raises NotForYou."""
    return open_note(text.text, by=by, place=text.text_place, at=at, **_readers(text, at=at))  # type: ignore[arg-type]


def may_open_text(text: ReferralText, *, by: User, at: datetime) -> bool:
    """Whether to show that there is something to open."""
    return may_read(by, at=at, **_readers(text, at=at))  # type: ignore[arg-type]


def _readers(text: ReferralText, *, at: datetime) -> dict[str, object]:
    referral, step = text.referral, text.step
    assert step.by is not None  # the clock writes no text
    addressed = _owner(referral, step.at)
    if text.need in OF_PANEL:
        panel = Panel.objects.filter(step=step).first()
        addressed += list(panel.present.all()) if panel else []
    if step.verb in OF_HARM:
        addressed += heads(referral.school, referral.student, at=at)
    return {
        "kind": Text.REFERRAL,
        "author": step.by,
        "school": text.school,
        "students": [referral.student],
        "addressed": addressed,
    }


def open_task(task: Task, *, by: User, at: datetime) -> Opened:
    """What is to be done: for who does it. Raises NotForYou."""
    return open_note(
        task.what, by=by, kind=Text.REFERRAL, place=task.what_place, author=task.by, school=task.school,
        students=[task.referral.student], at=at, addressed=[task.assignee, *_owner(task.referral, task.at)],
    )  # fmt: skip


def open_second_word(word: SecondWord, *, by: User, at: datetime) -> Opened:
    """The summary or the reason, for whoever may confirm it. Raises NotForYou."""
    asked: Sequence[User] = leaders(word.school, word.referral.student, at=at)
    return open_note(
        word.words, by=by, kind=Text.REFERRAL_SUMMARY, place=word.words_place, author=word.by, school=word.school,
        students=[word.referral.student], at=at, addressed=asked,
    )  # fmt: skip


def open_paper(paper: CasePaper, field: str, *, by: User, at: datetime) -> Opened:
    """`words` or `file`. Raises NotForYou."""
    assert field in ("words", "file")
    assert paper.step.by is not None  # the clock brings no paper
    return open_note(
        getattr(paper, field), by=by, kind=Text.REFERRAL, place=getattr(paper, f"{field}_place"), author=paper.step.by,
        school=paper.school, students=[paper.referral.student], at=at, addressed=_owner(paper.referral, paper.step.at),
    )  # fmt: skip
