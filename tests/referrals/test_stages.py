"""The table of a case, read as a table: what leads where, who may, what is asked. No database."""

from datetime import date, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.requirements import CHECKS, SENTENCES, Case, Colour, Given, Need, Urgency
from referrals.stages import (
    BY_TWO,
    ENDED,
    FIXED,
    IN_HAND,
    LIVE,
    MOVES,
    Stage,
    Verb,
    Who,
    find,
    from_here,
    missing,
    who_may,
)  # fmt: skip
from tests.cast import NOW, TODAY

S, V, W, N = Stage, Verb, Who, Need
ALL = frozenset(Need)


def leads(stage):
    """Where one act can lead from here, to another stage."""
    return {move.target for move in from_here(stage) if move.target}


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (S.REPORTED, {S.ACCEPTED, S.RETURNED, S.SETTLED}),
        (S.ACCEPTED, {S.IN_SCHOOL, S.PANEL, S.CLOSED}),
        (S.IN_SCHOOL, {S.PANEL, S.ON_LEAVE, S.CLOSED}),
        (S.PANEL, {S.IN_SCHOOL, S.FAMILY_MEETING, S.CLOSED}),
        (S.FAMILY_MEETING, {S.EXTERNAL, S.IN_SCHOOL, S.PANEL, S.ON_LEAVE, S.CLOSED}),
        (S.EXTERNAL, {S.IN_SCHOOL, S.PANEL, S.ON_LEAVE, S.CLOSED}),
        (S.ON_LEAVE, {S.RETURN_REVIEW, S.CLOSED}),
        (S.RETURN_REVIEW, {S.FOLLOW_UP, S.DEFERRED, S.CLOSED}),
        (S.DEFERRED, {S.RETURN_REVIEW, S.CLOSED}),
        (S.FOLLOW_UP, {S.PANEL, S.CLOSED}),
        (S.CLOSED, {S.ACCEPTED}),
        (S.RETURNED, {S.ACCEPTED}),
        (S.SETTLED, {S.ACCEPTED}),
    ],
)
def test_stage_leads_to(stage, expected):
    assert leads(stage) == expected


def test_each_act_has_one_line_from_each_stage():
    lines = [(move.verb, stage) for move in MOVES for stage in move.source]

    assert len(lines) == len(set(lines))


def test_every_act_but_the_first_stands_in_the_table():
    assert {move.verb for move in MOVES} == set(Verb) - {V.REPORT}


def test_every_requirement_is_asked_for_and_says_what_is_missing():
    assert (set(SENTENCES), {need for move in MOVES for need in move.needs}) == (set(Need), set(Need))


def test_what_is_not_checked_is_a_text():
    assert {need for need in Need if need.is_text} == set(Need) - set(CHECKS)


def test_clock_may_escalate_and_nothing_else():
    assert [move.verb for move in MOVES if W.CLOCK in move.may] == [V.ESCALATE]


def test_nothing_that_a_clock_does_ends_or_moves_a_case():
    assert [move.target for move in MOVES if W.CLOCK in move.may] == [None]


def test_every_way_to_the_end_of_a_case_asks_for_the_same():
    endings = [move for move in MOVES if move.target == S.CLOSED]
    asked = {N.NO_OPEN_TASK, N.NO_OPEN_FOLLOW_UP, N.HARM_TOLD, N.OUTCOME, N.HEARD, N.SUMMARY, N.SECOND}

    assert {move.verb for move in endings} == {V.CLOSE}
    assert [set(move.needs) >= asked for move in endings] == [True] * len(endings)


@pytest.mark.parametrize("verb", sorted(BY_TWO))
def test_by_two_asks_for_a_second_person(verb):
    assert {N.SECOND in move.needs for move in MOVES if move.verb == verb} == {True}


def test_harm_is_neither_sent_back_nor_settled():
    assert [N.NO_HARM in find(verb, S.REPORTED).needs for verb in (V.SEND_BACK, V.SETTLE)] == [True, True]


@pytest.mark.parametrize(
    ("verb", "who"),
    [
        (V.ACCEPT, {W.COUNSELOR}),
        (V.SETTLE, {W.HEAD_TEACHER}),
        (V.DECIDE_MEETING, {W.LEADER}),
        (V.AGREED, {W.COUNSELOR, W.OWNER, W.HEAD_TEACHER}),
        (V.APPROVE, {W.COUNSELOR, W.HEAD_TEACHER, W.LEADER}),
        (V.GRANT_APPEAL, {W.HEAD}),
        (V.CLOSE, {W.COLLEAGUE, W.LEADER}),
        (V.CLEAR_HARM, {W.HEAD}),
        (V.HAND_OVER, {W.OWNER, W.LEAD, W.HEAD}),
    ],
)
def test_who_may(verb, who):
    assert {move.may for move in MOVES if move.verb == verb} == {frozenset(who)}


def test_school_says_otherwise_but_not_of_what_is_fixed():
    given_ = MappingProxyType({"accept": frozenset({W.LEAD}), "close": frozenset({W.HEAD_TEACHER})})

    assert who_may(find(V.ACCEPT, S.REPORTED), given_) == {W.LEAD}
    assert who_may(find(V.CLOSE, S.FOLLOW_UP), given_) == {W.COLLEAGUE, W.LEADER}
    assert BY_TWO <= FIXED


def test_live_and_ended_are_all_stages():
    assert (frozenset(Stage), frozenset(), LIVE - {S.REPORTED}) == (LIVE | ENDED, LIVE & ENDED, IN_HAND)


@pytest.mark.parametrize(
    ("verb", "stage", "case", "given_", "expected"),
    [
        (V.SEND_BACK, S.REPORTED, {"urgency": Urgency.LIFE}, {"words": {N.REPLY}}, [N.NOT_FOR_LIFE]),
        (V.SEND_BACK, S.REPORTED, {"has_harm": True}, {}, [N.REPLY, N.NO_HARM]),
        (V.SETTLE, S.REPORTED, {"urgency": Urgency.TODAY}, {"words": {N.WORD}}, [N.MILD]),
        (V.SUPPORT, S.ACCEPTED, {}, {"words": ALL, "colour": Colour.ORANGE}, [N.LIGHT]),
        (V.CALL_PANEL, S.ACCEPTED, {}, {"words": ALL, "colour": Colour.YELLOW}, [N.GRAVE]),
        (V.SUPPORT, S.ACCEPTED, {"colour": Colour.RED}, {"words": ALL, "colour": Colour.BLUE}, [N.NOT_LOWER]),
        (V.PLAN, S.IN_SCHOOL, {}, {"words": ALL, "today": TODAY, "review_on": TODAY}, [N.TASKS, N.REVIEW_DATE]),
        (V.DECIDE_SUPPORT, S.PANEL, {}, {"words": ALL, "tasks": 1, "present": 3}, [N.PRESENT]),
        (V.DECIDE_SUPPORT, S.PANEL, {}, {"words": ALL, "tasks": 1, "present": 1, "leaders_present": 1}, [N.PRESENT]),
        (V.AGREED, S.FAMILY_MEETING, {}, {"answer": "refuses"}, [N.GUARDIAN_AGREES]),
        (V.NOT_REACHED, S.FAMILY_MEETING, {}, {"words": ALL}, [N.TRIES]),
        (V.BACK_IN_SCHOOL, S.EXTERNAL, {"papers": frozenset({"letter"})}, {}, [N.RECEIPT]),
        (V.LEAVE, S.EXTERNAL, {"papers": frozenset({"leave_application"})}, {"words": ALL}, [N.PAUSED]),
        (
            V.APPROVE, S.RETURN_REVIEW, {},
            {"words": ALL, "return_plan": "half", "parties": {"guardian", "counselor", "head_teacher"},
             "follow_ups": (TODAY,), "today": TODAY},
            [N.CERTIFICATE],
        ),
        (
            V.APPROVE, S.RETURN_REVIEW, {"certificate_attached": True},
            {"words": ALL, "return_plan": "deferred", "parties": {"guardian"}},
            [N.RETURN_PLAN, N.THREE_AGREE, N.FOLLOW_UPS],
        ),
        (
            V.CLOSE, S.FOLLOW_UP, {"open_follow_ups": 1},
            {"words": ALL, "outcome": "better", "heard": "thanks", "is_second": True},
            [N.NO_OPEN_FOLLOW_UP],
        ),
        (
            V.CLOSE, S.IN_SCHOOL, {"open_tasks": 1, "has_harm": True}, {"words": ALL},
            [N.PLAN, N.NO_OPEN_TASK, N.HARM_TOLD, N.OUTCOME, N.HEARD, N.SECOND],
        ),
        (V.CLOSE, S.ON_LEAVE, {},
         {"words": ALL, "outcome": "moved", "heard": "thanks", "is_second": True}, [N.HAS_LEFT]),
        (V.REVIEW, S.IN_SCHOOL, {"has_plan": True, "unchanged": 1},
         {"words": ALL, "unchanged": True, "review_on": date(2025, 12, 1), "today": TODAY}, [N.NOT_TWICE_UNCHANGED]),
        (V.RAISE, S.PANEL, {"colour": Colour.RED}, {"words": ALL, "colour": Colour.RED}, [N.HIGHER]),
        (V.LOWER, S.PANEL, {"colour": Colour.RED}, {"words": ALL, "colour": Colour.NONE, "is_second": True}, [N.LESS]),
        (V.TELL_AUTHORITY, S.PANEL, {},
         {"words": ALL, "authority": "police", "at": NOW, "told_at": NOW + timedelta(minutes=1)}, [N.TOLD_AT]),
        (V.ESCALATE, S.PANEL, {"escalated": 3}, {}, [N.NOT_AT_THE_TOP]),
    ],
)  # fmt: skip
def test_missing_says_what(verb, stage, case, given_, expected):
    given_ = {name: frozenset(value) if isinstance(value, set) else value for name, value in given_.items()}

    assert missing(find(verb, stage), Case(**case), Given(**given_)) == expected


CASES = st.builds(
    Case, colour=st.sampled_from(Colour), urgency=st.sampled_from(Urgency), has_harm=st.booleans(),
    authority_told=st.booleans(), open_tasks=st.integers(0, 2), open_follow_ups=st.integers(0, 2),
    has_plan=st.booleans(), unchanged=st.integers(0, 3), has_left=st.booleans(),
    papers=st.frozensets(st.sampled_from(["letter", "receipt", "leave_application"])),
    certificate_attached=st.booleans(), is_paused=st.booleans(), escalated=st.integers(0, 3),
)  # fmt: skip
GIVEN = st.builds(
    Given, words=st.frozensets(st.sampled_from(Need)), colour=st.none() | st.sampled_from(Colour),
    outcome=st.sampled_from(["", "better"]), heard=st.sampled_from(["", "thanks"]), is_second=st.booleans(),
    tasks=st.integers(0, 1), at=st.just(NOW),
)  # fmt: skip


@given(move=st.sampled_from(MOVES), case=CASES, said=GIVEN)
def test_whatever_is_given_closing_and_less_keep_their_conditions(move, case, said):
    if missing(move, case, said):
        return
    if move.target == Stage.CLOSED:
        assert (case.open_tasks, case.open_follow_ups, said.is_second) == (0, 0, True)
        assert case.authority_told or not case.has_harm
    if said.colour is not None and {N.LIGHT, N.GRAVE, N.HIGHER, N.LESS} & set(move.needs):
        assert said.colour >= case.colour or (move.verb == V.LOWER and said.is_second)
