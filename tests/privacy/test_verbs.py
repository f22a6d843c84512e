"""Every verb that the program records has words, and every kind of text that it opens."""

import ast
from pathlib import Path

import pytest

from privacy.places import sealed_columns
from privacy.verbs import FAMILIES, TEXTS, WORDS, Group, group_of, verbs_of, words_of
from referrals.models import Concern, State
from referrals.stages import Verb
from students.models import TierProposal
from tests.test_house_rules import sources

RECORDING = {"record", "_record", "_tell", "_changed", "Take", "record_read"}
OF_STATES = {
    "care.": {TierProposal.State.CONFIRMED, TierProposal.State.DECLINED, TierProposal.State.WITHDRAWN},
    "concern.": set(State),
    "referral.": set(Verb),
    "glass.": {"open", "ask", "second", "close", "review"},
}
"""Verbs that end in the state that is reached."""
NO_TEXT_ABOUT_A_STUDENT = {
    ("roster_upload", "file"),
    ("known_key", "canary"),
    ("draft", "typed"),
    ("mfa_authenticator", "data"),
}


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def said(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(word.value for word in call.keywords if word.arg in ("verb", None))]


def recorded() -> set[str]:
    """What is handed to the trail as a verb: a text, or the start of one that ends in a state."""
    found: set[str] = set()
    for path in sources():
        for call in calls(path):
            if name_of(call) not in RECORDING:
                continue
            for value in said(call):
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and is_verb(value.value):
                    found.add(value.value)
                if isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
                    start = str(value.values[0].value)
                    if start in OF_STATES:
                        found |= {f"{start}{state}" for state in OF_STATES[start]}
    return found


def is_verb(text: str) -> bool:
    family, dot, rest = text.partition(".")
    return bool(dot and rest) and all(part.replace("_", "").replace("-", "").isalpha() for part in (family, rest))


def test_every_recorded_verb_has_words():
    # The one verb that stands as a name of its own in the code.
    found = recorded() | {"demo.seed"}

    assert {verb for verb in found if verb not in WORDS and not verb.startswith(tuple(FAMILIES))} == set()
    assert len(found) > 50


def test_every_verb_with_words_is_recorded_somewhere():
    assert set(WORDS) - recorded() == {"demo.seed"}


def test_every_verb_that_ends_in_a_state_is_known_to_this_test():
    starts = {
        str(value.values[0].value)
        for path in sources()
        for call in calls(path)
        if name_of(call) in RECORDING
        for value in said(call)
        if isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant)
    }

    assert {start for start in starts if start.endswith(".")} == set(OF_STATES)


def test_every_text_that_can_be_opened_has_words():
    places = {
        tuple(arg.value for arg in call.args[:2])
        for path in sources()
        for call in calls(path)
        if name_of(call) == "Place" and call.args and all(isinstance(arg, ast.Constant) for arg in call.args[:2])
    }

    read = {
        (named["table"].value, named["field"].value)
        for path in sources()
        for call in calls(path)
        if {"table", "field"} <= set(named := {word.arg: word.value for word in call.keywords})
        and isinstance(named["table"], ast.Constant)
        and isinstance(named["field"], ast.Constant)
    }

    # A concern has one place for each of its sealed columns.
    of_concern = {("concern", column.field) for column in sealed_columns() if column.model is Concern}
    assert (places | read | of_concern) - NO_TEXT_ABOUT_A_STUDENT == set(TEXTS)


def test_words_name_no_person_and_no_tier():
    assert [words for words, _ in WORDS.values() if any(one in words for one in ("红", "橙", "黄", "蓝", "辅导"))] == []


@pytest.mark.parametrize(
    ("verb", "words", "group"),
    [
        ("session.in", "登录", Group.ENTRY),
        ("glass.step-to-come", "紧急查看", Group.GLASS),
        ("nothing.known", "做了一件事", Group.HOUSE),
    ],
)
def test_verb_in_words(verb, words, group):
    assert (words_of(verb), group_of(verb)) == (words, group)


def test_verbs_of_a_group_are_those_with_its_words():
    assert verbs_of(Group.LEAVES) == [
        "class.print", "class.export", "roster.faults", "trail.export", "missed.export", "roster.export",
        "concern.export",
    ]  # fmt: skip
