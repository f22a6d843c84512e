"""Whatever people do, in whatever order, with pages old and new: the case keeps to its table.

Hypothesis draws who does what, with or without what is asked for, on the page of now or of before. After every act the
rows are looked at; a refused one has to leave everything as it was.
"""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)  # fmt: skip

from referrals import actions
from referrals.actions import NewTask, Report
from referrals.choices import Authority, Change, Heard, Outcome, Paper, Situation, Source
from referrals.models import (
    CasePaper,
    Concern,
    FollowUp,
    HarmReport,
    Panel,
    Referral,
    ReferralStep,
    ReferralText,
    SecondWord,
    SupportPlan,
    Task,
)  # fmt: skip
from referrals.requirements import Colour, Need, Urgency
from referrals.stages import BY_TWO, ENDED, MOVES, Stage, Verb
from students.models import Pause
from tests.cast import NOW, TODAY, make_cast
from tests.referrals import cases

REFUSALS = (
    actions.Incomplete, actions.NotYours, actions.NotNow, actions.Stale, actions.AlreadyWaiting,
    actions.AlreadyAnswered, actions.NeedsAnother, actions.AlreadyDone, actions.NotHere, actions.LiveCaseStands,
)  # fmt: skip
PEOPLE = (
    "counselor", "counselor2", "head_teacher", "head_teacher2", "teacher", "principal", "leader", "parent", "registrar",
)  # fmt: skip
ALLOWED = {(move.verb, source, move.leads_to(source)) for move in MOVES for source in move.source}
LIKELY = st.sampled_from([*["counselor"] * 6, *["principal"] * 3, *PEOPLE])
COUNTED = (Concern, ReferralStep, ReferralText, Task, FollowUp, SupportPlan, SecondWord, Panel, CasePaper, HarmReport)
TEXT = st.sampled_from(["写下的话", "写下的话", "写下的话", " "])
DAYS = st.sampled_from([0, 1, 1, 3, 7])


BEGINNINGS = (
    cases.raised, cases.accepted, cases.assessed, cases.planned, cases.at_family_meeting, cases.external,
    cases.on_leave, cases.in_return_review, cases.following, cases.closed,
)  # fmt: skip


def at(*stages):
    """Mostly where it makes sense, every fourth time anywhere."""
    return precondition(lambda self: self.turn % 4 == 0 or self.stage in stages)


class Table(RuleBasedStateMachine):
    """People at one case."""

    def __init__(self):
        super().__init__()
        self.cast = CASTS[-1]
        Referral.objects.all().delete()
        Pause.objects.all().delete()
        self.moment = NOW
        self.turn, self.stage = 0, Stage.REPORTED

    @initialize(begin=st.sampled_from(BEGINNINGS), close=st.booleans())
    def begin(self, begin, close=False):
        """Anywhere on the way: what is far from the report is reached as often."""
        self.case = begin(self.cast)
        self.page = self.case.version - 1  # what somebody opened some time ago
        if close:  # whatever is open
            self.two_try_to_close()

    # How an act is done

    def _report(self, said, by="teacher"):
        concern = actions.raise_concern(
            by=self.cast.people[by], student=self.cast.lin, at=self.moment, source=Source.FORM, report=said
        )
        return Referral.objects.get(pk=concern.referral_id)

    def fresh(self):
        return Referral.objects.select_related("student__school", "school", "owner").get(pk=self.case.pk)

    def do(self, act, who, stale=False, **facts):
        """Try; a refusal leaves every row as it was."""
        case = self.fresh()
        by = type(self.cast.people[who]).objects.get(pk=self.cast.people[who].pk)
        version = self.page if stale else case.version
        before = self.rows()
        if stale:
            self.page = case.version
        try:
            act(by=by, referral=case, version=version, at=self.moment, **facts)
        except REFUSALS:
            assert self.rows() == before
        else:
            assert not stale or version == case.version

    def rows(self):
        return (
            list(Referral.objects.order_by("pk").values()),
            [model.objects.count() for model in COUNTED],
            list(Task.objects.order_by("pk").values()),
            list(SecondWord.objects.order_by("pk").values("state", "answered_by")),
            list(Concern.objects.order_by("pk").values("state", "heard")),
            list(Pause.objects.order_by("pk").values()),
        )

    def tasks(self, n):
        return [NewTask(self.cast.head_teacher, "聊一次", TODAY + timedelta(days=2))] * n

    def waiting(self):
        rows = SecondWord.objects.select_related("referral__school", "referral__student__school", "by")
        return rows.filter(referral=self.case).last()

    # The acts

    @rule(who=LIKELY, stale=st.booleans())
    @at(Stage.REPORTED)
    def accept(self, who, stale):
        self.do(actions.accept, who, stale)

    @rule(who=LIKELY, reply=TEXT)
    @at(Stage.REPORTED)
    def send_back(self, who, reply):
        self.do(actions.send_back, who, reply=reply)

    @rule(who=st.sampled_from(PEOPLE), word=TEXT)
    @at(Stage.REPORTED)
    def settle(self, who, word):
        self.do(actions.settle_mild, who, word=word)

    @rule(who=LIKELY, stale=st.booleans(), colour=st.sampled_from(Colour), one=TEXT)
    @at(Stage.ACCEPTED)
    def assess(self, who, stale, colour, one):
        self.do(actions.assess, who, stale, colour=colour, seen=one, protective="外婆", reason="一周")

    @rule(who=LIKELY, n=st.integers(0, 2), goals=TEXT, days=DAYS)
    @at(Stage.IN_SCHOOL)
    def plan(self, who, n, goals, days):
        facts = {
            "goals": goals,
            "measures": "每周见",
            "tasks": self.tasks(n),
            "review_on": TODAY + timedelta(days=days),
        }
        self.do(actions.write_plan, who, **facts)

    @rule(who=LIKELY, change=st.sampled_from(Change), days=DAYS)
    @at(Stage.IN_SCHOOL)
    def review(self, who, change, days):
        self.do(actions.review, who, change=change, seen="还好", next_on=TODAY + timedelta(days=days))

    @rule(who=LIKELY, n=st.integers(0, 1))
    def task(self, who, n):
        self.do(actions.add_tasks, who, tasks=self.tasks(n))

    @rule(who=st.sampled_from(PEOPLE))
    def task_done(self, who):
        task = Task.objects.select_related("referral").filter(referral=self.case).last()
        if task:
            self.do(lambda *, referral, version, **facts: actions.finish_task(task=task, **facts), who)

    @rule()
    def all_tasks_done(self):
        for task in Task.objects.select_related("referral").filter(referral=self.case).open():
            if self.fresh().is_live:
                actions.finish_task(by=task.assignee, task=task, at=self.moment)

    @rule(who=LIKELY, reason=TEXT)
    @at(Stage.IN_SCHOOL, Stage.EXTERNAL, Stage.FOLLOW_UP)
    def to_panel(self, who, reason):
        self.do(actions.to_panel, who, reason=reason)

    @rule(who=st.sampled_from(["principal", "principal", "leader", "counselor"]), meeting=st.booleans(),
          n=st.integers(0, 2), alone=st.booleans())  # fmt: skip
    @at(Stage.PANEL)
    def decide(self, who, meeting, n, alone):
        present = [self.cast.counselor] if alone else [self.cast.counselor, self.cast.principal]
        words = {"evidence": "记录", "decision": "决定", "minutes": "纪要"}
        self.do(actions.decide, who, meeting=meeting, present=present, tasks=self.tasks(n), **words)

    @rule(who=LIKELY, answer=st.sampled_from(["agreed", "agreed", "refused", "not_reached"]), words=TEXT)
    @at(Stage.FAMILY_MEETING)
    def family(self, who, answer, words):
        match answer:
            case "agreed":
                self.do(actions.guardian_agreed, who)
            case "refused":
                self.do(actions.guardian_refused, who, what_then=words)
            case _:
                self.do(actions.guardian_not_reached, who, tries=1, what_then=words)

    @rule(who=LIKELY, kind=st.sampled_from(Paper), attached=st.booleans())
    @at(Stage.FAMILY_MEETING, Stage.EXTERNAL, Stage.RETURN_REVIEW)
    def paper(self, who, kind, attached):
        self.do(actions.add_paper, who, kind=kind, dated=TODAY, file="aGVsbG8=" if attached else "")

    @rule(who=LIKELY)
    @at(Stage.EXTERNAL)
    def back_in_school(self, who):
        self.do(actions.back_in_school, who)

    @rule(who=LIKELY, words=TEXT)
    @at(Stage.EXTERNAL, Stage.IN_SCHOOL, Stage.FAMILY_MEETING)
    def leave(self, who, words):
        self.do(actions.begin_leave, who, first=TODAY, decision=words, contact_plan="每周")

    @rule(who=LIKELY, words=TEXT)
    @at(Stage.ON_LEAVE, Stage.DEFERRED)
    def apply(self, who, words):
        self.do(actions.apply_to_return, who, application=words)

    @rule(who=LIKELY, all_agree=st.booleans(), n=st.integers(0, 2))
    @at(Stage.RETURN_REVIEW)
    def approve(self, who, all_agree, n):
        parties = {"guardian", "head_teacher", "counselor"} if all_agree else {"guardian"}
        days = [TODAY + timedelta(days=one + 1) for one in range(n)]
        facts = {"parties": parties, "follow_ups": days, "back_on": TODAY + timedelta(days=1)}
        self.do(actions.approve_return, who, own_review="可以", return_plan="full", **facts)

    @rule(who=LIKELY, reason=TEXT)
    @at(Stage.RETURN_REVIEW)
    def defer(self, who, reason):
        self.do(actions.defer_return, who, own_review="再等等", reason=reason)

    @rule(who=LIKELY, granted=st.booleans())
    @at(Stage.DEFERRED)
    def appeal(self, who, granted):
        self.do(actions.answer_appeal, who, appeal="好了", reason="看过", granted=granted)

    @rule(who=LIKELY)
    @at(Stage.FOLLOW_UP)
    def keep_follow_ups(self, who):
        for one in FollowUp.objects.select_related("referral").filter(referral=self.case).open():
            self.do(
                lambda *, referral, version, one=one, **facts: actions.keep_follow_up(
                    follow_up=one, seen="好", **facts
                ),
                who,
            )

    @rule(who=LIKELY, colour=st.sampled_from(Colour), reason=TEXT, lower=st.booleans())
    def colour(self, who, colour, reason, lower):
        self.do(actions.propose_lower if lower else actions.raise_colour, who, colour=colour, reason=reason)

    @rule(who=LIKELY, stale=st.booleans(), summary=TEXT)
    @at(Stage.IN_SCHOOL, Stage.EXTERNAL, Stage.FOLLOW_UP)
    def propose_close(self, who, stale, summary):
        facts = {"outcome": Outcome.BETTER, "heard": Heard.THANKS, "summary": summary}
        self.do(actions.propose_close, who, stale, **facts)

    @rule(who=st.sampled_from(["counselor2", "counselor2", *PEOPLE]), stale=st.booleans())
    @at(Stage.IN_SCHOOL, Stage.EXTERNAL, Stage.FOLLOW_UP, Stage.PANEL)
    def confirm(self, who, stale):
        if word := self.waiting():
            self.do(lambda *, referral, **facts: actions.confirm(word=word, **facts), who, stale)

    @rule()
    def two_try_to_close(self):
        """Whatever is open or missing: all that two people can say is said."""
        self.do(actions.propose_close, "counselor", outcome=Outcome.BETTER, heard=Heard.THANKS, summary="小结")
        if word := self.waiting():
            self.do(lambda *, referral, **facts: actions.confirm(word=word, **facts), "counselor2")

    @rule(colour=st.sampled_from(Colour), second=st.sampled_from(["counselor", "counselor2", "leader"]))
    def two_try_to_lighten(self, colour, second):
        self.do(actions.propose_lower, "counselor", colour=colour, reason="好些了")
        if word := self.waiting():
            self.do(lambda *, referral, **facts: actions.confirm(word=word, **facts), second)

    @rule(who=LIKELY)
    @at(Stage.IN_SCHOOL)
    def withdraw(self, who):
        if word := self.waiting():
            self.do(lambda *, referral, version, **facts: actions.withdraw(word=word, **facts), who)

    @rule(who=LIKELY, situation=st.sampled_from([None, Situation.OTHER]))
    def harm(self, who, situation):
        self.do(actions.suspect_harm, who, situation=situation)

    @rule(who=LIKELY, authority=st.sampled_from([None, Authority.POLICE]), officer=TEXT)
    def tell_authority(self, who, authority, officer):
        self.do(actions.tell_authority, who, authority=authority, officer=officer, told_at=self.moment)

    @rule(who=LIKELY, to=st.sampled_from(["counselor", "counselor2", "teacher"]))
    def hand_over(self, who, to):
        self.do(actions.hand_over, who, to=self.cast.people[to], notes=True, tasks=True)

    @rule(who=LIKELY, reason=TEXT)
    @at(Stage.CLOSED, Stage.RETURNED, Stage.SETTLED)
    def reopen(self, who, reason):
        self.do(actions.reopen, who, reason=reason)

    @rule(urgency=st.sampled_from(Urgency), by=st.sampled_from(["teacher", "parent", "head_teacher"]))
    def another_report(self, urgency, by):
        before = self.fresh()
        found = self._report(Report(urgency=urgency), by=by)
        assert (found == before) == before.is_live
        self.case = found
        if found != before:
            self.page = found.version

    @rule(days=st.integers(0, 4))
    def clock(self, days):
        self.moment += timedelta(hours=8 * days)
        before = list(Referral.objects.order_by("pk").values("stage", "colour", "urgency", "owner", "version"))
        actions.run_clock(self.cast.school, at=self.moment)
        assert actions.run_clock(self.cast.school, at=self.moment) == 0
        assert list(Referral.objects.order_by("pk").values("stage", "colour", "urgency", "owner", "version")) == before

    # What must hold

    @invariant()
    def where_it_stands(self):
        if self.turn or hasattr(self, "case"):
            self.turn, self.stage = self.turn + 1, self.fresh().stage

    @invariant()
    def every_way_keeps_to_the_table(self):
        for case in Referral.objects.all():
            steps = list(case.steps.all())
            assert [step.number for step in steps] == list(range(1, case.length + 1))
            assert (steps[0].verb, steps[0].target, steps[-1].target) == (Verb.REPORT, Stage.REPORTED, case.stage)
            for last, step in pairwise(steps):
                assert step.source == last.target
                assert (step.verb, step.source, step.target) in ALLOWED

    @invariant()
    def every_text_that_was_asked_for_stands(self):
        for step in ReferralStep.objects.exclude(verb__in=BY_TWO):
            asked = {need for need in step.needs if Need(need).is_text}
            assert asked <= set(step.texts.values_list("need", flat=True))

    @invariant()
    def nothing_ends_with_open_work_or_by_one(self):
        for case in Referral.objects.filter(stage=Stage.CLOSED):
            close = case.steps.filter(verb=Verb.CLOSE).last()
            assert close.first_id not in (None, close.by_id)
            assert (Task.objects.filter(referral=case).open().exists(), case.outcome, case.heard) == (
                False, "better", "thanks",
            )  # fmt: skip
            assert not FollowUp.objects.filter(referral=case).open().exists()
            assert not case.has_harm or HarmReport.objects.filter(referral=case).exists()
            assert not Concern.objects.filter(referral=case).exclude(state__in=("ended", "answered")).exists()

    @invariant()
    def nothing_is_lightened_by_one(self):
        for case in Referral.objects.all():
            colour = 0
            for step in case.steps.all():
                if "colour" in step.facts and step.verb != Verb.PROPOSE:
                    assert step.facts["colour"] >= colour or (step.verb == Verb.LOWER and step.first_id != step.by_id)
                    colour = step.facts["colour"]
            assert colour == case.colour

    @invariant()
    def one_live_case_and_each_has_its_owner(self):
        assert Referral.objects.live().count() <= 1
        assert not Referral.objects.filter(owner=None).exclude(stage__in=["reported", "returned", "settled"]).exists()
        assert not Concern.objects.filter(referral=None).exists()
        assert not Referral.objects.filter(stage__in=ENDED).exclude(due_at=None, ask_at=None).exists()


CASTS = []


@pytest.fixture
def standing(db):
    CASTS.append(make_cast())
    yield CASTS[-1]
    CASTS.pop()


def _run(examples, steps):
    run_state_machine_as_test(
        Table,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_whatever_people_do_the_case_keeps_to_its_table(standing):
    _run(30, 8)


@pytest.mark.long
def test_whatever_people_do_for_longer(standing):
    _run(120, 40)
