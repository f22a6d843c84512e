"""What an act on a case asks for, and the sentence that says what is missing. Pure: facts in, yes or no out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum, auto

from django.db.models import IntegerChoices

LEAST_PRESENT = 2  # a panel is no one person
PARTIES = frozenset({"guardian", "head_teacher", "counselor"})
LEVELS = 3  # lead counselor, 副组长, 组长
PUT_OFF = "deferred"  # the return plan that is none


class Colour(IntegerChoices):
    """How grave it is. The words are the school's (school_rules.py); the order is not."""

    NONE = 0, "未评估"
    BLUE = 1, "蓝"
    YELLOW = 2, "黄"
    ORANGE = 3, "橙"
    RED = 4, "红"


class Urgency(IntegerChoices):
    """How soon the reporter asks for somebody."""

    LATER = 1, "不急"
    WEEK = 2, "本周"
    TODAY = 3, "今天"
    LIFE = 4, "危及生命"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one case at one moment."""

    colour: Colour = Colour.NONE
    urgency: Urgency = Urgency.LATER
    has_harm: bool = False
    authority_told: bool = False
    open_tasks: int = 0
    open_follow_ups: int = 0
    has_plan: bool = False
    unchanged: int = 0  # reviews in a row that saw no change
    papers: frozenset[str] = frozenset()  # kinds that came in
    certificate_attached: bool = False  # since the student left
    is_paused: bool = False
    has_left: bool = False  # moved to another school, or in no class any more
    escalated: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with the act: which words were written, and choices."""

    words: frozenset["Need"] = frozenset()
    colour: Colour | None = None
    urgency: Urgency | None = None
    tasks: int = 0
    review_on: date | None = None
    today: date = date.min
    unchanged: bool = False  # this review saw no change
    present: int = 0
    leaders_present: int = 0
    answer: str = ""  # of the guardian: agrees, refuses
    tries: int = 0
    return_plan: str = ""
    parties: frozenset[str] = frozenset()
    follow_ups: tuple[date, ...] = field(default=())
    paper: str = ""
    outcome: str = ""
    heard: str = ""
    situation: str = ""
    authority: str = ""
    told_at: datetime | None = None
    at: datetime | None = None
    is_second: bool = False  # another person than the one who proposed it
    to_counselor: bool = False


class Need(StrEnum):
    """One requirement. A text is met by words, the others by what CHECKS says."""

    REPLY = auto()
    NOT_FOR_LIFE = auto()
    NO_HARM = auto()
    WORD = auto()
    MILD = auto()
    SEEN = auto()
    PROTECTIVE = auto()
    COLOUR_REASON = auto()
    LIGHT = auto()
    GRAVE = auto()
    NOT_LOWER = auto()
    GOALS = auto()
    MEASURES = auto()
    TASKS = auto()
    REVIEW_DATE = auto()
    PLAN = auto()
    REVIEWED = auto()
    NOT_TWICE_UNCHANGED = auto()
    REASON = auto()
    PRESENT = auto()
    EVIDENCE = auto()
    DECISION = auto()
    MINUTES = auto()
    GUARDIAN_AGREES = auto()
    GUARDIAN_REFUSES = auto()
    WHAT_THEN = auto()
    TRIES = auto()
    LETTER = auto()
    RECEIPT = auto()
    LEAVE_APPLICATION = auto()
    SCHOOL_DECISION = auto()
    PAUSED = auto()
    CONTACT_PLAN = auto()
    RETURN_APPLICATION = auto()
    CERTIFICATE = auto()
    OWN_REVIEW = auto()
    RETURN_PLAN = auto()
    THREE_AGREE = auto()
    FOLLOW_UPS = auto()
    FOLLOWED = auto()
    APPEAL = auto()
    PAPER = auto()
    HAS_LEFT = auto()
    NO_OPEN_TASK = auto()
    NO_OPEN_FOLLOW_UP = auto()
    HARM_TOLD = auto()
    OUTCOME = auto()
    HEARD = auto()
    SUMMARY = auto()
    SECOND = auto()
    HIGHER = auto()
    LESS = auto()
    MORE_URGENT = auto()
    TO_COUNSELOR = auto()
    SITUATION = auto()
    AUTHORITY = auto()
    OFFICER = auto()
    TOLD_AT = auto()
    HARM = auto()
    NOT_AT_THE_TOP = auto()

    @property
    def is_text(self) -> bool:
        """Met by words, which are sealed."""
        return self not in CHECKS

    @property
    def sentence(self) -> str:
        """What is missing, for whoever tried."""
        return SENTENCES[self]

    def is_met(self, case: Case, given: Given) -> bool:
        check = CHECKS.get(self)
        return check(case, given) if check else self in given.words


def _twice_unchanged(case: Case, given: Given) -> bool:
    return given.unchanged and case.unchanged >= 1


def _returns(given: Given) -> bool:
    return bool(given.return_plan) and given.return_plan != PUT_OFF


N = Need
CHECKS: dict[Need, Callable[[Case, Given], bool]] = {
    N.NOT_FOR_LIFE: lambda case, given: case.urgency < Urgency.LIFE,
    N.NO_HARM: lambda case, given: not case.has_harm,
    N.MILD: lambda case, given: case.urgency <= Urgency.WEEK,
    N.LIGHT: lambda case, given: given.colour in (Colour.BLUE, Colour.YELLOW),
    N.GRAVE: lambda case, given: given.colour in (Colour.ORANGE, Colour.RED),
    N.NOT_LOWER: lambda case, given: given.colour is not None and given.colour >= case.colour,
    N.TASKS: lambda case, given: given.tasks > 0,
    N.REVIEW_DATE: lambda case, given: given.review_on is not None and given.review_on > given.today,
    N.PLAN: lambda case, given: case.has_plan,
    N.NOT_TWICE_UNCHANGED: lambda case, given: not _twice_unchanged(case, given),
    N.PRESENT: lambda case, given: given.present >= LEAST_PRESENT and given.leaders_present > 0,
    N.GUARDIAN_AGREES: lambda case, given: given.answer == "agrees",
    N.GUARDIAN_REFUSES: lambda case, given: given.answer == "refuses",
    N.TRIES: lambda case, given: given.tries > 0,
    N.LETTER: lambda case, given: "letter" in case.papers,
    N.RECEIPT: lambda case, given: "receipt" in case.papers,
    N.LEAVE_APPLICATION: lambda case, given: "leave_application" in case.papers,
    N.PAUSED: lambda case, given: case.is_paused,
    N.CERTIFICATE: lambda case, given: case.certificate_attached,
    N.RETURN_PLAN: lambda case, given: _returns(given),
    N.THREE_AGREE: lambda case, given: given.parties >= PARTIES,
    N.FOLLOW_UPS: lambda case, given: bool(given.follow_ups) and min(given.follow_ups) >= given.today,
    N.PAPER: lambda case, given: bool(given.paper),
    N.HAS_LEFT: lambda case, given: case.has_left,
    N.NO_OPEN_TASK: lambda case, given: case.open_tasks == 0,
    N.NO_OPEN_FOLLOW_UP: lambda case, given: case.open_follow_ups == 0,
    N.HARM_TOLD: lambda case, given: case.authority_told or not case.has_harm,
    N.OUTCOME: lambda case, given: bool(given.outcome),
    N.HEARD: lambda case, given: bool(given.heard),
    N.SECOND: lambda case, given: given.is_second,
    N.HIGHER: lambda case, given: given.colour is not None and given.colour > case.colour,
    N.LESS: lambda case, given: given.colour is not None and Colour.NONE < given.colour < case.colour,
    N.MORE_URGENT: lambda case, given: given.urgency is not None and given.urgency > case.urgency,
    N.TO_COUNSELOR: lambda case, given: given.to_counselor,
    N.SITUATION: lambda case, given: bool(given.situation),
    N.AUTHORITY: lambda case, given: bool(given.authority),
    N.TOLD_AT: lambda case, given: bool(given.told_at and given.at and given.told_at <= given.at),
    N.HARM: lambda case, given: case.has_harm,
    N.NOT_AT_THE_TOP: lambda case, given: case.escalated < LEVELS,
}

SENTENCES: dict[Need, str] = {
    N.REPLY: "写一句给上报人的话：为什么这次不受理，可以怎么做。",
    N.NOT_FOR_LIFE: "写着“危及生命”的上报要先受理，不能退回。",
    N.NO_HARM: "涉及疑似侵害的上报要由心理教师受理。",
    N.WORD: "写一句了解到的情况。",
    N.MILD: "写着“今天”或“危及生命”的上报，请交给心理教师。",
    N.SEEN: "写下看到、听到的具体情形。",
    N.PROTECTIVE: "写下能帮到孩子的人和事。",
    N.COLOUR_REASON: "写下为什么定这个等级。",
    N.LIGHT: "橙色、红色要先请领导小组研判。",
    N.GRAVE: "蓝色、黄色先在校内支持，不用研判。",
    N.NOT_LOWER: "等级只能由两个人一起减轻，这里不能比原来低。",
    N.GOALS: "写下这份计划的目标。",
    N.MEASURES: "写下准备怎么做。",
    N.TASKS: "至少分一件事：谁、做什么、到什么时候。",
    N.REVIEW_DATE: "选一个今天以后的复评日期。",
    N.PLAN: "还没有支持计划。",
    N.REVIEWED: "写下这次复评看到的变化。",
    N.NOT_TWICE_UNCHANGED: "连续两次没有变化，请领导小组研判。",
    N.REASON: "写一句原因。",
    N.PRESENT: "研判要有领导小组的人在内，至少两人到场。",
    N.EVIDENCE: "写下研判依据的情况。",
    N.DECISION: "写下研判的决定。",
    N.MINUTES: "写下会议纪要。",
    N.GUARDIAN_AGREES: "要有监护人的同意。",
    N.GUARDIAN_REFUSES: "要记下监护人没有同意。",
    N.WHAT_THEN: "写下接下来怎么办。",
    N.TRIES: "写下联系过几次。",
    N.LETTER: "还没有转介单。",
    N.RECEIPT: "还没有就诊回执。",
    N.LEAVE_APPLICATION: "还没有监护人的休学申请。",
    N.SCHOOL_DECISION: "写下学校的决定。",
    N.PAUSED: "还没有登记休学的日期。",
    N.CONTACT_PLAN: "写下休学期间怎样保持联系。",
    N.RETURN_APPLICATION: "写下复学申请的内容。",
    N.CERTIFICATE: "还缺专业机构出具的康复证明（要附上）。",
    N.OWN_REVIEW: "写下学校自己的评估。",
    N.RETURN_PLAN: "选一个复学方案：全日、半日或渐进。",
    N.THREE_AGREE: "要监护人、班主任、心理教师三方都同意。",
    N.FOLLOW_UPS: "约好跟踪的日期，从今天起。",
    N.FOLLOWED: "写下这次跟踪看到的情况。",
    N.APPEAL: "写下申诉的内容。",
    N.PAPER: "选择是哪一种材料。",
    N.HAS_LEFT: "从这一步结案，要孩子已经转出或毕业。",
    N.NO_OPEN_TASK: "还有分工没有做完。",
    N.NO_OPEN_FOLLOW_UP: "还有约好的跟踪没有做。",
    N.HARM_TOLD: "疑似侵害还没有向主管部门报告，不能结案。",
    N.OUTCOME: "选一个结果。",
    N.HEARD: "选一句告诉上报人的话。",
    N.SUMMARY: "写几句小结，给确认的人看。",
    N.SECOND: "要另外一个人确认。",
    N.HIGHER: "选一个比现在更重的等级。",
    N.LESS: "选一个比现在更轻的等级。",
    N.MORE_URGENT: "选一个比现在更急的时限。",
    N.TO_COUNSELOR: "只能移交给本校的心理教师，且不是孩子的亲属。",
    N.SITUATION: "选一种情形。",
    N.AUTHORITY: "选择向哪个部门报告。",
    N.OFFICER: "写下接报的人和电话。",
    N.TOLD_AT: "写下报告的时间，不能晚于现在。",
    N.HARM: "这件事没有标为疑似侵害。",
    N.NOT_AT_THE_TOP: "已经请组长过问了。",
}
