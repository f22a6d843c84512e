"""One case as a page shows it: where it stands, what of it this person sees, and which moves are theirs now."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from referrals import reading
from referrals.choices import Change, Heard, Outcome, Paper
from referrals.circle import parts_of
from referrals.models import Referral, ReferralStep, ReferralText, Review, SecondWord, SupportPlan, Task, rules_of
from referrals.requirements import Case, Colour, Given, Need, Urgency
from referrals.school_rules import Rules
from referrals.stages import BY_COUNSELOR, ENDED, MOVES, Stage, Verb, Who, find, who_may
from referrals.standing import case_of

INSIDE = frozenset({Who.COUNSELOR, Who.LEAD, Who.COLLEAGUE, Who.OWNER, Who.LEADER, Who.HEAD})
"""Who sees the way of a case; a head teacher and whoever has a task see where it stands, whose it is and until when."""

MAIN_WAY = (Stage.REPORTED, Stage.ACCEPTED, Stage.IN_SCHOOL, Stage.CLOSED)
FACTS = frozenset({Need.NOT_FOR_LIFE, Need.NO_HARM, Need.MILD, Need.PLAN, Need.HAS_LEFT})
"""Met or not before anybody types: a move that these forbid is not offered."""

TONES = {Colour.BLUE: "blue", Colour.YELLOW: "yellow", Colour.ORANGE: "orange", Colour.RED: "red"}


def tone_of(colour: int) -> str:
    """How a colour is drawn; empty before the first assessment."""
    return TONES.get(Colour(colour), "")


@dataclass(frozen=True, slots=True)
class Due:
    """By when; said in words, also that it is over."""

    words: str
    tone: str = ""


def due_of(case: Referral, *, at: datetime) -> Due:
    """11月21日 18:00 前, 今天 18:00 前, 已过 2 天."""
    if case.due_at is None:
        return Due("已结束" if not case.is_live else "没有时限")
    left = case.due_at - at
    if left < timedelta(0):
        late = -left
        passed = f"{late.days} 天" if late.days else f"{late.seconds // 3600} 小时" if late.seconds >= 3600 else "片刻"
        return Due(f"已过 {passed}" if passed != "片刻" else "刚刚到时限", "over")
    local = timezone.localtime(case.due_at)
    if local.date() == timezone.localdate(at):
        return Due(f"今天 {local:%H:%M} 前", "soon")
    return Due(f"{local.month}月{local.day}日 {local:%H:%M} 前")


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the way; `opens` is what there is to read of it for this person."""

    step: ReferralStep
    title: str
    words: str
    opens: UUID | None
    is_key: bool


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task."""

    task: Task
    opens: UUID | None
    may_finish: bool
    is_late: bool


class CaseView:
    """What one person sees of one case at one moment. Each part is asked for once, and only if the page asks."""

    def __init__(self, case: Referral, person: User, *, at: datetime) -> None:
        self.case, self.person, self.at = case, person, at

    @cached_property
    def parts(self) -> frozenset[Who]:
        return parts_of(self.person, self.case, at=self.at)

    @property
    def is_inside(self) -> bool:
        return bool(self.parts & INSIDE)

    @cached_property
    def rules(self) -> Rules:
        return rules_of(self.case.school)

    @cached_property
    def facts(self) -> Case:
        return case_of(self.case, at=self.at)

    @cached_property
    def due(self) -> Due:
        return due_of(self.case, at=self.at)

    @cached_property
    def colour(self) -> tuple[str, str]:
        """How it is drawn, and the school's word for it."""
        return tone_of(self.case.colour), self.rules.colours[Colour(self.case.colour)]

    @cached_property
    def steps(self) -> list[ReferralStep]:
        return list(ReferralStep.objects.filter(referral=self.case).select_related("by", "first").order_by("number"))

    @cached_property
    def track(self) -> list[tuple[str, str, str]]:
        """The stages that it has seen, and those of the usual way that lie ahead: label, day, how it is drawn."""
        reached: dict[Stage, datetime] = {}
        for step in self.steps:
            if step.source != step.target:
                reached[Stage(step.target)] = step.at
        now = self.case.at_stage
        ahead = [] if now in ENDED else [one for one in MAIN_WAY if one not in reached]
        seen = sorted((one for one in reached if one != now), key=lambda one: reached[one])
        drawn = [
            (str(one.label), _day(reached[one]), "done") for one in seen if not (one in ENDED and now not in ENDED)
        ]
        drawn.append((str(now.label), _day(self.case.stage_since), "now"))
        return drawn + [(str(one.label), "", "opt") for one in ahead if one not in ENDED or one == Stage.CLOSED]

    @cached_property
    def lines(self) -> list[Line]:
        """The way, the newest first."""
        readable = self._readable_steps()
        return [
            Line(
                step,
                Verb(step.verb).label,
                _fact_words(step, self.rules.colours),
                step.uid if step.pk in readable else None,
                step.source != step.target,
            )
            for step in reversed(self.steps)
        ]

    def _readable_steps(self) -> set[int]:
        """Asked once for each kind of author and time, so that a long way costs what a short one does."""
        by_pk = {one.pk: one for one in self.steps}
        known: dict[tuple[Any, ...], bool] = {}
        readable = set()
        since = self.case.owner_reads_since
        for text in ReferralText.objects.filter(referral=self.case):
            text.referral, text.school, text.step = self.case, self.case.school, by_pk[text.step_id]
            step = text.step
            of_panel = step.pk if text.need in reading.OF_PANEL else 0
            key = (step.by_id, since is None or step.at >= since, of_panel, step.verb in reading.OF_HARM)
            if key not in known:
                known[key] = reading.may_open_text(text, by=self.person, at=self.at)
            if known[key]:
                readable.add(step.pk)
        return readable

    @cached_property
    def all_tasks(self) -> list[Task]:
        return list(Task.objects.filter(referral=self.case).for_list())

    @cached_property
    def tasks(self) -> list[TaskLine]:
        """Everybody inside sees who does how many things until when; whoever has a task sees their own."""
        seen = [one for one in self.all_tasks if self.is_inside or one.assignee_id == self.person.pk]
        finish = {one.pk for one in self.may_finish}
        today = timezone.localdate(self.at)
        return [
            TaskLine(
                one, one.uid if self._may_open(one) else None, one.pk in finish,
                one.done_at is None and one.due_on < today,
            )
            for one in seen
        ]  # fmt: skip

    def _may_open(self, task: Task) -> bool:
        since = self.case.owner_reads_since
        owns = Who.OWNER in self.parts and (since is None or task.at >= since)
        return Who.COUNSELOR in self.parts or owns or self.person.pk in (task.assignee_id, task.by_id)

    @cached_property
    def may_finish(self) -> list[Task]:
        """Open ones: all for the counselor, else the own."""
        by_counselor = bool(self.parts & BY_COUNSELOR)
        return [
            one for one in self.all_tasks if not one.done_at and (by_counselor or one.assignee_id == self.person.pk)
        ]

    @cached_property
    def plan(self) -> SupportPlan | None:
        return (
            SupportPlan.objects.filter(referral=self.case).select_related("step__by").order_by("-step__number").first()
        )

    @cached_property
    def reviews(self) -> list[Review]:
        return list(Review.objects.filter(referral=self.case).select_related("step__by").order_by("-step__number"))

    @cached_property
    def word(self) -> SecondWord | None:
        """What waits for a second person."""
        rows = (
            SecondWord.objects.filter(referral=self.case).waiting().select_related("by", "school", "referral__student")
        )
        return rows.first()

    @property
    def may_open_word(self) -> bool:
        word = self.word
        return bool(word and (word.by_id == self.person.pk or self.parts & {Who.COLLEAGUE, Who.LEADER}))

    # Moves

    def may(self, verb: Verb) -> bool:
        """Whether this person may take this step from where the case stands, as far as is known before typing."""
        move = find(verb, self.case.at_stage)
        if move is None or not self.parts & who_may(move, self.rules.who):
            return False
        return all(need.is_met(self.facts, Given()) for need in move.needs if need in FACTS)

    def could(self, verbs: Iterable[Verb]) -> bool:
        """Whether a step of this kind is this person's at some stage: then a page that came too late is told so."""
        return any(self.parts & who_may(move, self.rules.who) for move in MOVES if move.verb in verbs)

    def has(self, key: str) -> bool:
        """Whether the move of this name is offered now."""
        return OFFERS[key](self)

    def moved_since(self, version: int) -> list[ReferralStep]:
        """What outdated a page of this version; to whoever does not see the way, nothing of it."""
        if not self.is_inside:
            return []
        quiet = {move.verb for move in MOVES if move.quiet}
        return [one for one in self.steps if one.verb not in quiet][version:]


def _closes(view: CaseView) -> bool:
    """Who proposes need not be who may confirm; that the table lets it end from here is known before typing."""
    move = find(Verb.CLOSE, view.case.at_stage)
    met = move and all(need.is_met(view.facts, Given()) for need in move.needs if need in FACTS)
    return bool(met) and view.word is None and view.may(Verb.PROPOSE)


OFFERS: dict[str, Callable[[CaseView], bool]] = {
    "accept": lambda view: view.may(Verb.ACCEPT),
    "send-back": lambda view: view.may(Verb.SEND_BACK),
    "settle-mild": lambda view: view.may(Verb.SETTLE),
    "assess": lambda view: view.may(Verb.SUPPORT) or view.may(Verb.CALL_PANEL),
    "plan": lambda view: view.may(Verb.PLAN),
    "review": lambda view: view.may(Verb.REVIEW),
    "task-done": lambda view: view.may(Verb.TASK_DONE) and bool(view.may_finish),
    "raise-colour": lambda view: (
        view.case.colour < Colour.RED and (view.may(Verb.RAISE) or view.may(Verb.RAISE_TO_PANEL))
    ),
    "propose-close": _closes,
    "confirm": lambda view: bool(view.word and view.word.by_id != view.person.pk and view.may(view.word.asks_for)),
    "decline": lambda view: bool(
        view.word and view.word.by_id != view.person.pk and view.may(view.word.asks_for) and view.may(Verb.TAKE_BACK)
    ),
    "withdraw": lambda view: bool(view.word and view.word.by_id == view.person.pk and view.may(Verb.TAKE_BACK)),
    "reopen": lambda view: view.may(Verb.REOPEN),
    "hand-over": lambda view: view.may(Verb.HAND_OVER),
}


def _day(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.month}月{local.day}日"


def _fact_words(step: ReferralStep, colours: Any) -> str:
    """The choices of a step, in words. Never a text: those are sealed."""
    facts: dict[str, Any] = step.facts
    said: list[str] = []
    if step.first:
        said.append(f"{step.first.name}提出")
    if "colour" in facts:
        said.append(f"等级：{colours[Colour(facts['colour'])]}")
    if "urgency" in facts:
        said.append(Urgency(facts["urgency"]).label)
    if "change" in facts:
        said.append(Change(facts["change"]).label)
    if facts.get("outcome"):
        said.append(Outcome(facts["outcome"]).label)
    if facts.get("heard"):
        said.append(f"告诉上报人：{Heard(facts['heard']).label}")
    if "kind" in facts and facts["kind"] in Paper.values:
        said.append(Paper(facts["kind"]).label)
    if step.verb == Verb.PROPOSE:
        said.insert(0, Verb(facts["verb"]).label)
    return "，".join(said)


def texts_of(step: ReferralStep) -> Sequence[ReferralText]:
    """What was written with one step."""
    order = {need: place for place, need in enumerate(Need)}
    rows = ReferralText.objects.filter(step=step)
    found = rows.select_related("school", "step__by", "referral__student", "referral__school", "referral__owner")
    return sorted(found, key=lambda one: order[Need(one.need)])


HEADINGS = {
    Need.REPLY: "回复上报人的话",
    Need.WORD: "班主任了解到的",
    Need.SEEN: "看到的情况",
    Need.PROTECTIVE: "能帮到孩子的人和事",
    Need.COLOUR_REASON: "为什么定这个等级",
    Need.GOALS: "目标",
    Need.MEASURES: "准备怎么做",
    Need.REVIEWED: "复评看到的变化",
    Need.REASON: "原因",
    Need.EVIDENCE: "研判依据的情况",
    Need.DECISION: "研判的决定",
    Need.MINUTES: "会议纪要",
    Need.WHAT_THEN: "接下来怎么办",
    Need.FOLLOWED: "跟踪看到的情况",
    Need.CONTACT_PLAN: "怎样保持联系",
    Need.SCHOOL_DECISION: "学校的决定",
    Need.RETURN_APPLICATION: "复学申请",
    Need.OWN_REVIEW: "学校自己的评估",
    Need.APPEAL: "申诉",
    Need.OFFICER: "接报的人和电话",
}
