"""Every text by its words, and none of them with a name, a tier, a note or the word 心理."""

import inspect

import pytest

from notifications import texts

CANARIES = ("林知夏", "七年级", "重点关爱", "明显", "倾向", "留守", "心理问题", "心理教师每周倾听")
RULE_WITH_A_TELLTALE_NAME = ""  # what a counselors' rule is told as
SAID = {
    "missed": (
        texts.missed(rule="双周倾听", period="第 11–12 周", count=3),
        "第 11–12 周的“双周倾听”结束了，还有 3 位同学没有谈到。",
    ),
    "missed without a name": (
        texts.missed(rule=RULE_WITH_A_TELLTALE_NAME, period="第 11 周", count=1),
        "第 11 周结束了，还有 1 位同学没有谈到。",
    ),
    "digest": (
        texts.digest(due=3, ends_next=2, missed=1),
        "有 3 位同学待倾听，其中 2 位下一个上课日到期；新结束的周期里有 1 位没有谈到。",
    ),
    "digest, nothing due": (texts.digest(due=0, ends_next=0, missed=4), "新结束的周期里有 4 位没有谈到。"),
    "missed_again": (texts.missed_again(count=1), "有 1 位同学需要您帮忙安排一次倾听。"),
    "second_word": (texts.second_word(), "有 1 份提议请您看一看。"),
    "declined_again": (texts.declined_again(), "有同学连续两次婉拒了倾听，请看看怎样陪伴更合适。"),
}


@pytest.mark.parametrize("which", SAID)
def test_text_says_exactly_this(which):
    said, expected = SAID[which]

    assert said == expected


@pytest.mark.parametrize("which", SAID)
def test_text_carries_no_content(which):
    said, _ = SAID[which]

    assert [word for word in (*CANARIES, "心理") if word in said] == []


def test_texts_are_given_no_person_and_no_note():
    functions = inspect.getmembers(texts, inspect.isfunction)
    given = {name for _, one in functions for name in inspect.signature(one).parameters}

    assert given & {"student", "students", "name", "tier", "label", "note", "person"} == set()
