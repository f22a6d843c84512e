"""What only two can do: close, lighten the colour, say that it was no harm. One proposes, another confirms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from notifications import texts
from privacy.keyring import Place, keyring
from referrals.actions.cases import tell_the_end
from referrals.actions.moving import Incomplete, NotNow, NotYours, on, take
from referrals.actions.telling import list_path, tell, told_enough
from referrals.choices import Heard, Outcome
from referrals.circle import counselors, heads, leaders
from referrals.models import Referral, SecondWord
from referrals.requirements import Colour, Given, Need
from referrals.stages import Verb, find, missing
from referrals.standing import case_of

WORDS_OF = {Verb.CLOSE: Need.SUMMARY, Verb.LOWER: Need.REASON, Verb.CLEAR_HARM: Need.REASON}


class AlreadyWaiting(Exception):
    """Something about this case waits for a second person already."""


class AlreadyAnswered(Exception):
    """It does not wait any more."""


class NeedsAnother(Exception):
    """Nobody confirms what they propose."""


def propose_close(
    *, by: User, referral: Referral, version: int, outcome: Outcome, heard: Heard, summary: str, at: datetime
) -> SecondWord:
    """Ask a second person to close it. What is missing is said now, and looked at again when they confirm.

    Raises NotYours, NotNow, Stale, Incomplete, AlreadyWaiting.
    """
    facts = {"outcome": outcome.value, "heard": heard.value}
    return _propose(Verb.CLOSE, by=by, referral=referral, version=version, facts=facts, words=summary, at=at)


def propose_lower(
    *, by: User, referral: Referral, version: int, colour: Colour, reason: str, at: datetime
) -> SecondWord:
    """Ask a second person for a lighter colour. Raises NotYours, NotNow, Stale, Incomplete, AlreadyWaiting."""
    facts = {"colour": colour.value, "before": referral.colour}
    return _propose(Verb.LOWER, by=by, referral=referral, version=version, facts=facts, words=reason, at=at)


def propose_clear_harm(*, by: User, referral: Referral, version: int, reason: str, at: datetime) -> SecondWord:
    """Ask the 组长 to say that it was no harm. Raises NotYours, NotNow, Stale, Incomplete, AlreadyWaiting."""
    return _propose(Verb.CLEAR_HARM, by=by, referral=referral, version=version, facts={}, words=reason, at=at)


def _propose(
    verb: Verb, *, by: User, referral: Referral, version: int, facts: Mapping[str, Any], words: str, at: datetime
) -> SecondWord:
    with on(referral) as held:
        if SecondWord.objects.filter(referral=held).waiting().exists():
            raise AlreadyWaiting
        move = find(verb, held.at_stage)
        if move is None:
            raise NotNow
        take(held, Verb.PROPOSE, by=by, at=at, version=version, facts={"verb": verb.value, **facts})
        written = frozenset({WORDS_OF[verb]} if words.strip() else ())
        given = _given(facts, written, at=at)
        lacking = missing(move, case_of(held, at=at), given)
        if lacking != [Need.SECOND]:
            raise Incomplete([need for need in move.needs if need in lacking and need is not Need.SECOND])
        uid = uuid4()
        word = SecondWord.objects.create(
            uid=uid,
            school=held.school,
            referral=held,
            verb=verb,
            facts=dict(facts),
            words=keyring().seal(words.strip(), Place("second_word", "words", uid, held.school.uid)),
            by=by,
            at=at,
        )
        seconds = heads(held.school, held.student, at=at)
        if verb != Verb.CLEAR_HARM:
            seconds = counselors(held.school, held.student, at=at) + leaders(held.school, held.student, at=at)
        asked = [one for one in seconds if one != by]
        tell(asked, _key(word), texts.second_word(), referral=held, path=list_path(), at=at)
    return word


def _given(facts: Mapping[str, Any], written: frozenset[Need], *, at: datetime, is_second: bool = False) -> Given:
    return Given(
        words=written,
        colour=Colour(facts["colour"]) if "colour" in facts else None,
        outcome=facts.get("outcome", ""),
        heard=facts.get("heard", ""),
        is_second=is_second,
        at=at,
        today=timezone.localdate(at),
    )


def _key(word: SecondWord) -> str:
    return f"second:{word.uid}"


def confirm(*, by: User, word: SecondWord, version: int, at: datetime) -> Referral:
    """The second person's word: it holds from now on. Everything that is required is looked at again.

    Raises NotYours, NeedsAnother, NotNow, Stale, Incomplete, AlreadyAnswered.
    """
    with on(word.referral) as held:
        waiting = _waiting(word)
        if by.pk == waiting.by_id:
            raise NeedsAnother
        facts, verb = waiting.facts, waiting.asks_for
        # Answered first: what a change of stage overtakes are the others.
        _answer(waiting, SecondWord.State.CONFIRMED, by=by, at=at)
        take(
            held, verb, by=by, at=at, version=version, first=waiting.by,
            given=_given(facts, frozenset(), at=at, is_second=True), stands=frozenset({WORDS_OF[verb]}),
            facts={**facts, "second_word": str(word.uid)}, changes=_changes(verb, facts),
        )  # fmt: skip
        if verb == Verb.CLOSE:
            tell_the_end(held, Heard(facts["heard"]), by=by, at=at)
        told_enough(held, _key(word), at=at)
    return held


def _changes(verb: Verb, facts: Mapping[str, Any]) -> dict[str, Any]:
    match verb:
        case Verb.CLOSE:
            return {"outcome": facts["outcome"], "heard": facts["heard"]}
        case Verb.LOWER:
            return {"colour": Colour(facts["colour"])}
    return {"has_harm": False}


def decline(*, by: User, word: SecondWord, at: datetime) -> None:
    """Not taken up, by the second person. Raises NotYours, AlreadyAnswered."""
    _take_back(word, SecondWord.State.DECLINED, by=by, at=at)


def withdraw(*, by: User, word: SecondWord, at: datetime) -> None:
    """Taken back by who proposed it. Raises NotYours, AlreadyAnswered."""
    if by.pk != word.by_id:
        raise NotYours
    _take_back(word, SecondWord.State.WITHDRAWN, by=by, at=at)


def _take_back(word: SecondWord, state: SecondWord.State, *, by: User, at: datetime) -> None:
    with on(word.referral) as held:
        waiting = _waiting(word)
        take(held, Verb.TAKE_BACK, by=by, at=at, facts={"verb": waiting.verb, "how": state.value})
        _answer(waiting, state, by=by, at=at)
        told_enough(held, _key(word), at=at)


def _waiting(word: SecondWord) -> SecondWord:
    found = SecondWord.objects.filter(pk=word.pk).waiting().select_related("by").first()
    if found is None:
        raise AlreadyAnswered
    return found


def _answer(word: SecondWord, state: SecondWord.State, *, by: User, at: datetime) -> None:
    waiting = SecondWord.objects.filter(pk=word.pk).waiting()
    if not waiting.update(state=state, answered_by=by, answered_at=at):
        raise AlreadyAnswered
