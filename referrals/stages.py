"""What may follow what on the way of a concern: one table. Pure: no clock, no database.

Read a line as: from these stages, by this act, to that stage; who may do it; what is required. An act without a
target stays where it is. Deadlines stand in `deadlines.py`, what each requirement asks for in `requirements.py`.
Source: 转介 in the rule book (及时发现、妥善应对、适时转介); closing, and less severity, are the word of two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from django.db.models import TextChoices

from referrals.requirements import Case, Given, Need


class Stage(TextChoices):
    """Where a case stands."""

    REPORTED = "reported", "上报"
    ACCEPTED = "accepted", "受理"
    IN_SCHOOL = "in_school", "校内支持"
    PANEL = "panel", "研判"
    FAMILY_MEETING = "family_meeting", "会谈"
    EXTERNAL = "external", "院外转介"
    ON_LEAVE = "on_leave", "休学"
    RETURN_REVIEW = "return_review", "复学评估"
    DEFERRED = "deferred", "暂缓复学"
    FOLLOW_UP = "follow_up", "复学跟踪"
    CLOSED = "closed", "结案"
    RETURNED = "returned", "已回复上报人"
    SETTLED = "settled", "班主任已了解"


S = Stage
ENDED = frozenset({S.CLOSED, S.RETURNED, S.SETTLED})
LIVE = frozenset(Stage) - ENDED
IN_HAND = LIVE - {S.REPORTED}  # somebody owns it


class Who(Enum):
    """What a person is to one case. One person may be several."""

    COUNSELOR = auto()  # in charge of the student, or the lead counselor
    LEAD = auto()  # the lead counselor
    COLLEAGUE = auto()  # any counselor of the school
    OWNER = auto()  # whose case it is
    ASSIGNEE = auto()  # has a task of it
    HEAD_TEACHER = auto()  # of the student's class
    LEADER = auto()  # the leadership group
    HEAD = auto()  # its 组长
    GUARDIAN = auto()  # of the student, neither barred nor one who may have done harm
    REPORTER = auto()  # whoever raised a concern of the case
    CLOCK = auto()  # no person


W = Who
HANDLERS = frozenset({W.COUNSELOR, W.OWNER, W.LEADER})
REVIEW_GROUP = frozenset({W.COUNSELOR, W.HEAD_TEACHER, W.LEADER})
SECONDS = frozenset({W.COLLEAGUE, W.LEADER})  # of these another one than who proposed it
BY_COUNSELOR = frozenset({W.COUNSELOR, W.OWNER})
MEETING = BY_COUNSELOR | {W.HEAD_TEACHER}


class Verb(TextChoices):
    """One act. Each writes one row of the case's way."""

    REPORT = "report", "上报"
    JOIN = "join", "又有一份上报"
    ACCEPT = "accept", "受理"
    SEND_BACK = "send_back", "回复上报人"
    SETTLE = "settle", "班主任已了解"
    SUPPORT = "support", "评估，校内支持"
    CALL_PANEL = "call_panel", "评估，请领导小组研判"
    TO_PANEL = "to_panel", "请领导小组研判"
    DECIDE_SUPPORT = "decide_support", "研判：校内支持"
    DECIDE_MEETING = "decide_meeting", "研判：与家长会谈"
    AGREED = "agreed", "监护人同意"
    REFUSED = "refused", "监护人没有同意"
    NOT_REACHED = "not_reached", "没有联系上监护人"
    BACK_IN_SCHOOL = "back_in_school", "就诊回执，回到校内支持"
    LEAVE = "leave", "休学"
    APPLY_RETURN = "apply_return", "申请复学"
    APPROVE = "approve", "同意复学"
    DEFER = "defer", "暂缓复学"
    GRANT_APPEAL = "grant_appeal", "申诉：重新评估"
    REFUSE_APPEAL = "refuse_appeal", "申诉：维持决定"
    CLOSE = "close", "结案"
    REOPEN = "reopen", "重开"
    PLAN = "plan", "写支持计划"
    REVIEW = "review", "复评"
    REVIEW_TO_PANEL = "review_to_panel", "复评，请领导小组研判"
    TASK = "task", "分工"
    TASK_DONE = "task_done", "做完一件事"
    FOLLOW_UP = "follow_up", "约好跟踪"
    FOLLOW_UP_KEPT = "follow_up_kept", "跟踪了一次"
    PAPER = "paper", "收到材料"
    RAISE = "raise", "加重等级"
    RAISE_TO_PANEL = "raise_to_panel", "加重等级，请领导小组研判"
    HURRY = "hurry", "改为更急"
    LOWER = "lower", "减轻等级"
    HAND_OVER = "hand_over", "移交"
    HARM = "harm", "标为疑似侵害"
    TELL_AUTHORITY = "tell_authority", "强制报告"
    CLEAR_HARM = "clear_harm", "排除疑似侵害"
    PROPOSE = "propose", "请第二人确认"
    TAKE_BACK = "take_back", "不再请第二人确认"
    ESCALATE = "escalate", "请上一级过问"


V = Verb
N = Need
ASSESSED = (N.SEEN, N.PROTECTIVE, N.COLOUR_REASON)
PANEL_HELD = (N.PRESENT, N.EVIDENCE, N.DECISION, N.TASKS, N.MINUTES)
LEAVING = (N.LEAVE_APPLICATION, N.SCHOOL_DECISION, N.PAUSED, N.CONTACT_PLAN)
ENDING = (N.NO_OPEN_TASK, N.NO_OPEN_FOLLOW_UP, N.HARM_TOLD, N.OUTCOME, N.HEARD, N.SUMMARY, N.SECOND)


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table."""

    verb: Verb
    source: frozenset[Stage]
    target: Stage | None  # None: it stays
    may: frozenset[Who]
    needs: tuple[Need, ...] = ()
    quiet: bool = False  # does not outdate a page that another person has open

    def leads_to(self, stage: Stage) -> Stage:
        return self.target or stage


def _line(
    verb: Verb, source: set[Stage] | frozenset[Stage], target: Stage | None, may: set[Who] | frozenset[Who],
    *needs: Need, quiet: bool = False,
) -> Move:  # fmt: skip
    return Move(verb, frozenset(source), target, frozenset(may), needs, quiet)


# fmt: off
MOVES: tuple[Move, ...] = (
    # from a worry to an answer
    _line(V.ACCEPT, {S.REPORTED}, S.ACCEPTED, {W.COUNSELOR}),
    _line(V.SEND_BACK, {S.REPORTED}, S.RETURNED, {W.COUNSELOR}, N.REPLY, N.NOT_FOR_LIFE, N.NO_HARM),
    _line(V.SETTLE, {S.REPORTED}, S.SETTLED, {W.HEAD_TEACHER}, N.WORD, N.MILD, N.NO_HARM),
    _line(V.SUPPORT, {S.ACCEPTED}, S.IN_SCHOOL, BY_COUNSELOR, *ASSESSED, N.LIGHT, N.NOT_LOWER),
    _line(V.CALL_PANEL, {S.ACCEPTED}, S.PANEL, BY_COUNSELOR, *ASSESSED, N.GRAVE, N.NOT_LOWER),
    # support in school
    _line(V.PLAN, {S.IN_SCHOOL}, None, BY_COUNSELOR, N.GOALS, N.MEASURES, N.TASKS, N.REVIEW_DATE),
    _line(V.REVIEW, {S.IN_SCHOOL}, None, BY_COUNSELOR, N.PLAN, N.REVIEWED, N.REVIEW_DATE, N.NOT_TWICE_UNCHANGED),
    _line(V.REVIEW_TO_PANEL, {S.IN_SCHOOL}, S.PANEL, BY_COUNSELOR, N.PLAN, N.REVIEWED),
    _line(V.TO_PANEL, {S.IN_SCHOOL, S.EXTERNAL, S.FOLLOW_UP}, S.PANEL, HANDLERS, N.REASON),
    # panel, family, hospital
    _line(V.DECIDE_SUPPORT, {S.PANEL}, S.IN_SCHOOL, {W.LEADER}, *PANEL_HELD),
    _line(V.DECIDE_MEETING, {S.PANEL}, S.FAMILY_MEETING, {W.LEADER}, *PANEL_HELD),
    _line(V.AGREED, {S.FAMILY_MEETING}, S.EXTERNAL, MEETING, N.GUARDIAN_AGREES),
    _line(V.REFUSED, {S.FAMILY_MEETING}, S.IN_SCHOOL, MEETING, N.GUARDIAN_REFUSES, N.WHAT_THEN),
    _line(V.NOT_REACHED, {S.FAMILY_MEETING}, S.PANEL, MEETING, N.TRIES, N.WHAT_THEN),
    _line(V.BACK_IN_SCHOOL, {S.EXTERNAL}, S.IN_SCHOOL, BY_COUNSELOR, N.LETTER, N.RECEIPT),
    # leave, and a safe return
    _line(V.LEAVE, {S.FAMILY_MEETING, S.EXTERNAL, S.IN_SCHOOL}, S.ON_LEAVE, BY_COUNSELOR, *LEAVING),
    _line(V.APPLY_RETURN, {S.ON_LEAVE, S.DEFERRED}, S.RETURN_REVIEW, BY_COUNSELOR | {W.GUARDIAN}, N.RETURN_APPLICATION),
    _line(V.APPROVE, {S.RETURN_REVIEW}, S.FOLLOW_UP, REVIEW_GROUP,
          N.CERTIFICATE, N.OWN_REVIEW, N.RETURN_PLAN, N.THREE_AGREE, N.FOLLOW_UPS),
    _line(V.DEFER, {S.RETURN_REVIEW}, S.DEFERRED, REVIEW_GROUP, N.OWN_REVIEW, N.REASON),
    _line(V.GRANT_APPEAL, {S.DEFERRED}, S.RETURN_REVIEW, {W.HEAD}, N.APPEAL, N.REASON),
    _line(V.REFUSE_APPEAL, {S.DEFERRED}, None, {W.HEAD}, N.APPEAL, N.REASON),
    # the end, and again
    _line(V.CLOSE, {S.IN_SCHOOL}, S.CLOSED, SECONDS, N.PLAN, *ENDING),
    _line(V.CLOSE, {S.EXTERNAL}, S.CLOSED, SECONDS, N.LETTER, N.RECEIPT, *ENDING),
    _line(V.CLOSE, {S.FOLLOW_UP}, S.CLOSED, SECONDS, *ENDING),
    _line(V.CLOSE, {S.ACCEPTED, S.PANEL, S.FAMILY_MEETING, S.ON_LEAVE, S.RETURN_REVIEW, S.DEFERRED}, S.CLOSED, SECONDS,
          N.HAS_LEFT, *ENDING),
    _line(V.REOPEN, ENDED, S.ACCEPTED, {W.COUNSELOR, W.LEADER}, N.REASON),
    # at any stage
    _line(V.JOIN, LIVE, None, {W.REPORTER}),
    _line(V.TASK, IN_HAND, None, HANDLERS, N.TASKS),
    _line(V.TASK_DONE, IN_HAND, None, BY_COUNSELOR | {W.ASSIGNEE}, quiet=True),
    _line(V.FOLLOW_UP, IN_HAND, None, BY_COUNSELOR, N.FOLLOW_UPS),
    _line(V.FOLLOW_UP_KEPT, IN_HAND, None, MEETING, N.FOLLOWED, quiet=True),
    _line(V.PAPER, IN_HAND, None, MEETING, N.PAPER),
    _line(V.RAISE, IN_HAND - {S.ACCEPTED, S.IN_SCHOOL}, None, HANDLERS, N.REASON, N.HIGHER),
    _line(V.RAISE, {S.IN_SCHOOL}, None, HANDLERS, N.REASON, N.HIGHER, N.LIGHT),
    _line(V.RAISE_TO_PANEL, {S.IN_SCHOOL}, S.PANEL, HANDLERS, N.REASON, N.HIGHER, N.GRAVE),
    _line(V.HURRY, LIVE, None, HANDLERS | {W.HEAD_TEACHER}, N.REASON, N.MORE_URGENT),
    _line(V.LOWER, IN_HAND, None, SECONDS, N.REASON, N.LESS, N.SECOND),
    _line(V.HAND_OVER, IN_HAND, None, {W.OWNER, W.LEAD, W.HEAD}, N.TO_COUNSELOR),
    _line(V.HARM, LIVE, None, HANDLERS | {W.HEAD_TEACHER, W.REPORTER}, N.SITUATION),
    _line(V.TELL_AUTHORITY, LIVE, None, HANDLERS, N.AUTHORITY, N.OFFICER, N.TOLD_AT),
    _line(V.CLEAR_HARM, IN_HAND, None, {W.HEAD}, N.HARM, N.REASON, N.SECOND),
    _line(V.PROPOSE, IN_HAND, None, HANDLERS),
    _line(V.TAKE_BACK, IN_HAND, None, HANDLERS | {W.COLLEAGUE}),
    _line(V.ESCALATE, LIVE, None, HANDLERS | {W.HEAD_TEACHER, W.CLOCK}, N.NOT_AT_THE_TOP, quiet=True),
)
# fmt: on

BY_TWO = frozenset({V.CLOSE, V.LOWER, V.CLEAR_HARM})
FIXED = BY_TWO | {V.JOIN, V.ESCALATE, V.GRANT_APPEAL, V.REFUSE_APPEAL}  # who may do these no school changes
MAY_BE_GIVEN = frozenset({W.COUNSELOR, W.LEAD, W.COLLEAGUE, W.OWNER, W.HEAD_TEACHER, W.LEADER, W.HEAD, W.GUARDIAN})


def find(verb: Verb, stage: Stage) -> Move | None:
    """The line of this act from this stage; None where there is none."""
    return next((move for move in MOVES if move.verb == verb and stage in move.source), None)


def from_here(stage: Stage) -> list[Move]:
    """Everything that may follow."""
    return [move for move in MOVES if stage in move.source]


def who_may(move: Move, given: Mapping[str, frozenset[Who]]) -> frozenset[Who]:
    """By the table, unless the school says otherwise."""
    return given.get(move.verb, move.may) if move.verb not in FIXED else move.may


def missing(move: Move, case: Case, given: Given) -> list[Need]:
    """What is required and not there, in the order of the table."""
    return [need for need in move.needs if not need.is_met(case, given)]
