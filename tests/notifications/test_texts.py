"""Every text by its words, and none of them with a name, a tier, a note or the word 心理."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from notifications import texts

ROOT = Path(__file__).resolve().parents[2]
OURS = {"accounts", "listening", "notifications", "privacy", "referrals", "reports", "schools", "students"}
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
    "glass_opened": (texts.glass_opened(), "有 1 次紧急查看，请您看一看。"),
    "glass_asked": (texts.glass_asked(), "有同事正在紧急查看，请您确认能不能看记录。"),
    "glass_agreed": (texts.glass_agreed(), "您的紧急查看，有同事同意了。"),
    "concern_raised": (texts.concern_raised(by="老师"), "有 1 位老师请您看一看一位同学。"),
    "concern_answered": (texts.concern_answered(), "您上报的关注，有了回复。"),
    "concern_ended": (texts.concern_ended(), "您上报的关注，有了结果。"),
    "concern_settled": (texts.concern_settled(), "有 1 份关注，班主任了解过了。"),
    "concern_urgent": (texts.concern_urgent(), "有 1 份很急的上报，请马上看。"),
    "concern_harm": (texts.concern_harm(), "有 1 份上报要您马上过问。"),
    "case_overdue": (texts.case_overdue(), "有 1 件事过了时限，请您过问。"),
    "case_handed": (texts.case_handed(), "有 1 件事换了负责人，请看一看。"),
    "case_moved": (texts.case_moved(), "您负责的 1 件事有了进展。"),
    "panel_waits": (texts.panel_waits(), "有 1 件事等领导小组商量。"),
    "panel_decided": (texts.panel_decided(), "领导小组商量过您负责的 1 件事了。"),
    "task_given": (texts.task_given(), "有 1 件事请您来做。"),
    "task_late": (texts.task_late(), "有 1 件分好的事到时候了。"),
    "missed_by_classes": (
        texts.missed_by_classes(rule="同伴倾听", period="第 11–12 周", count=2),
        "第 11–12 周的“同伴倾听”结束了，还有 2 个班没有开展。",
    ),
    "digest, classes": (
        texts.digest(due=0, ends_next=0, missed=0, classes_due=2, classes_end_next=1, classes_missed=1),
        "有 2 个班待开展同伴倾听，其中 1 个班下一个上课日到期；新结束的周期里有 1 个班没有开展同伴倾听。",
    ),
    "missed_again_by_classes": (texts.missed_again_by_classes(count=1), "有 1 个班需要您帮忙安排一次同伴倾听。"),
    "concern_seen": (texts.concern_seen(), "您上报的关注，已经有老师看到了。"),
    "posts_waiting": (texts.posts_waiting(count=2), "有 2 项任职等您确认。"),
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


def test_every_text_is_here():
    functions = {name for name, _ in inspect.getmembers(texts, inspect.isfunction)}

    assert {which.split(" ")[0].rstrip(",") for which in SAID} == functions


TELLING = {"tell", "tell_all", "tell_each", "Word", "correct"}


def test_no_message_is_worded_anywhere_else():
    """No Chinese stands in a call that tells somebody something: its words come from `texts`."""
    worded = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted(ROOT.glob("[a-z]*/**/*.py"))
        if path.relative_to(ROOT).parts[0] in OURS and "migrations" not in path.parts
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and _name(call.func) in TELLING
        for part in ast.walk(call)
        if isinstance(part, ast.Constant) and re.search("[\u4e00-\u9fff]", str(part.value))
    ]

    assert worded == []


def _name(called):
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
