"""One act on a case, whichever: lock, look at the version, ask the table, write the step. All in one transaction.

People and the clock come through here alike. Callers say what they give; the table says whether it is enough.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from privacy import actions as privacy
from privacy.keyring import Place, keyring
from referrals.actions.due import refresh_due
from referrals.circle import parts_of
from referrals.models import Referral, ReferralStep, ReferralText, SecondWord, rules_of
from referrals.requirements import Given, Need
from referrals.stages import ENDED, Move, Verb, find, missing, who_may
from referrals.standing import case_of

OVERTAKES = frozenset({Verb.JOIN, Verb.RAISE, Verb.HURRY, Verb.HARM, Verb.PLAN, Verb.REVIEW, Verb.TASK, Verb.FOLLOW_UP})
"""After these, and after every change of stage, what waited for a second person is asked anew."""
NOTHING = Given()


class NotYours(Exception):
    """This person has no part in the case that may do this."""


class NotNow(Exception):
    """The table has no such line from where the case stands."""


class Stale(Exception):
    """Somebody was first: the case is not what this page shows any more."""


class Incomplete(Exception):
    """Something that the table asks for is missing. `sentences` say what, for the form."""

    def __init__(self, needs: list[Need]) -> None:
        super().__init__(", ".join(needs))
        self.needs = needs

    @property
    def sentences(self) -> list[str]:
        return [need.sentence for need in self.needs]


def hold(referral: Referral) -> Referral:
    """The case as it stands, with nobody else writing to it until the end of this transaction."""
    rows = Referral.objects.all()
    if connection.features.has_select_for_update:
        list(rows.select_for_update(no_key=True).filter(pk=referral.pk).values_list("pk"))
    return rows.select_related("school", "student__school", "owner").get(pk=referral.pk)


@contextmanager
def on(referral: Referral) -> Iterator[Referral]:
    """Act on a case in one transaction: it is held, and its deadline is right when this is over."""
    with transaction.atomic():
        held = hold(referral)
        yield held
        refresh_due(held)


def take(
    held: Referral,
    verb: Verb,
    *,
    by: User | None,
    at: datetime,
    version: int | None = None,
    given: Given = NOTHING,
    words: Mapping[Need, str] | None = None,
    stands: frozenset[Need] = frozenset(),
    first: User | None = None,
    facts: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> ReferralStep:
    """Do it, on a case that is held (`on`). `words` are sealed one by one, `stands` are met by words sealed elsewhere.

    `version` is that of the page it was said on; None for what cannot be out of date. `changes` are columns of the
    case that go with it. Raises NotNow, Stale, NotYours, Incomplete; then nothing is written.
    """
    words = words or {}
    move = find(verb, held.at_stage)
    if version is not None and version != held.version and not (move and move.quiet):
        raise Stale
    if move is None:
        raise NotNow
    if not parts_of(by, held, at=at) & who_may(move, rules_of(held.school).who):
        raise NotYours
    written = frozenset(need for need, text in words.items() if text.strip()) | stands
    given = replace(given, words=written, at=at, today=timezone.localdate(at))
    if lacking := missing(move, case_of(held, at=at), given):
        raise Incomplete(lacking)
    step = _write(held, move, by=by, first=first, at=at, facts=facts or {}, changes=changes or {})
    for need, text in words.items():
        if text.strip():
            _seal(held, step, need, text)
    if move.target or verb in OVERTAKES:
        waiting = SecondWord.objects.filter(referral=held).waiting()
        waiting.update(state=SecondWord.State.OVERTAKEN, answered_at=at)
    privacy.record(
        by_id=by.pk if by else None,
        verb=f"referral.{verb}",
        at=at,
        school_id=held.school_id,
        kind="referral",
        uid=held.uid,
    )
    return step


def _write(
    held: Referral,
    move: Move,
    *,
    by: User | None,
    first: User | None,
    at: datetime,
    facts: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> ReferralStep:
    before = held.at_stage
    after = move.leads_to(before)
    values: dict[str, Any] = dict(changes) | {"length": held.length + 1}
    if not move.quiet:
        values["version"] = held.version + 1
    if move.target:
        values |= {"stage": after, "stage_since": at}
    if after in ENDED:
        values |= {"ended_at": at, "due_at": None, "ask_at": None}
    if not Referral.objects.filter(pk=held.pk, length=held.length).update(**values):
        raise Stale  # two at once, where the database has no row locks
    for name, value in values.items():
        setattr(held, name, value)
    return ReferralStep.objects.create(
        referral=held,
        number=held.length,
        verb=move.verb,
        source=before,
        target=after,
        by=by,
        first=first,
        at=at,
        needs=[need.value for need in move.needs],
        facts=dict(facts),
    )


def _seal(held: Referral, step: ReferralStep, need: Need, text: str) -> None:
    uid = uuid4()
    ReferralText.objects.create(
        uid=uid,
        school=held.school,
        referral=held,
        step=step,
        need=need,
        text=keyring().seal(text.strip(), Place("referral_text", "text", uid, held.school.uid)),
    )
