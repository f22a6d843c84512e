"""A case from the report to the end, by the people who act on it."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from notifications.models import InboxItem
from privacy.models import AuditEntry, Immutable, ReadEntry
from referrals import actions, circle, reading
from referrals.actions import Incomplete, NeedsAnother, NewTask, NotHere, NotNow, NotYours, Report, Stale
from referrals.choices import Change, Outcome, Paper, Situation
from referrals.deadlines import Unit, end_of
from referrals.models import (
    Concern,
    FollowUp,
    HarmReport,
    Referral,
    ReferralSettings,
    ReferralStep,
    ReferralText,
    State,
    Task,
)  # fmt: skip
from referrals.requirements import Colour, Need, Urgency
from referrals.stages import Stage
from referrals.worries import own_worry
from schools.models import Membership
from schools.roles import Role
from students import actions as students
from students.models import Guardian, Pause
from students.notes import NotForYou
from tests.cast import NOW, TERM, TODAY, at, person
from tests.referrals.cases import (
    REVIEW_ON,
    accepted,
    apply,
    approve,
    assessed,
    at_family_meeting,
    closed,
    confirm,
    decide,
    external,
    finish_tasks,
    following,
    fresh,
    in_return_review,
    left,
    on_leave,
    paper,
    planned,
    propose_close,
    raised,
    review,
    write_plan,
)  # fmt: skip

CANARY = "金丝雀二零九"


def told(who, prefix=""):
    return [item.text for item in InboxItem.objects.of(who).filter(key__startswith=prefix).order_by("pk")]


def heard_by(person_):
    return [one.words for one in (own_worry(it, person_, at=NOW) for it in Concern.objects.filter(raised_by=person_))]


def way(case):
    return [(step.verb, step.target) for step in case.steps.all()]


# The first half


def test_story_from_report_to_close_and_the_reporter_hears_each_step(cast):
    case = raised(cast)
    heard = [heard_by(cast.teacher)]
    case = fresh(actions.accept(by=cast.counselor, referral=case, version=case.version, at=NOW))
    heard.append(heard_by(cast.teacher))
    actions.assess(
        by=cast.counselor, referral=case, version=case.version, colour=Colour.YELLOW, seen="走神", protective="外婆",
        reason="一周", at=NOW,
    )  # fmt: skip
    case = finish_tasks(write_plan(cast, fresh(case)))
    case = review(cast, case, Change.SAME, next_on=date(2025, 12, 15))
    case = review(cast, case, Change.BETTER, next_on=date(2025, 12, 30))
    case = confirm(cast, propose_close(cast, case), by=cast.leader)
    heard.append(heard_by(cast.teacher))

    assert heard == [["已收到"], ["心理教师已看，在跟进"], ["已经妥善跟进，谢谢您"]]
    assert told(cast.teacher, "concern-") == ["您上报的关注，已经有老师看到了。", "您上报的关注，有了结果。"]
    assert way(case) == [
        ("report", "reported"), ("accept", "accepted"), ("support", "in_school"), ("plan", "in_school"),
        ("task_done", "in_school"), ("review", "in_school"), ("review", "in_school"), ("propose", "in_school"),
        ("close", "closed"),
    ]  # fmt: skip
    last = case.steps.last()
    assert (last.by, last.first, case.outcome, case.ended_at, case.due_at) == (
        cast.leader, cast.counselor, Outcome.BETTER, NOW, None,
    )  # fmt: skip


def test_second_report_joins_the_live_case_and_makes_it_more_urgent(cast):
    first = accepted(cast)

    case = raised(cast, by=cast.head_teacher, urgency=Urgency.TODAY)

    assert (case, case.urgency, Referral.objects.count(), case.concerns.count()) == (first, Urgency.TODAY, 1, 2)
    assert raised(cast, by=cast.principal, urgency=Urgency.LATER).urgency == Urgency.TODAY


def test_report_after_the_end_begins_a_case_of_its_own(cast):
    first = closed(cast)

    assert raised(cast) != first
    assert Referral.objects.filter(student=cast.lin).live().count() == 1


def test_report_about_several_is_one_each_and_sent_twice_the_same(cast):
    key = uuid.uuid4()
    both = [cast.lin, cast.ma]

    def send():
        return actions.report(by=cast.teacher, students=both, report=Report(words="一起"), at=NOW, request_key=key)

    first = send()
    assert (send(), {one.student for one in first}, Concern.objects.count()) == (first, set(both), 2)


@pytest.mark.parametrize(
    ("who", "whom", "home"),
    [("teacher", "lin", False), ("parent", "lin", True), ("student", "lin", True), ("peer", "ma", False)],
)
def test_report_by(cast, who, whom, home):
    [concern] = actions.report(
        by=cast.people[who], students=[cast.students[whom]], report=Report(), at=NOW, request_key=uuid.uuid4()
    )

    assert (concern.from_home, list(Concern.objects.of_raiser(cast.people[who], at=NOW))) == (home, [concern])


@pytest.mark.parametrize(
    ("who", "whom"), [("teacher", "zhao"), ("parent", "ma"), ("student", "ma"), ("registrar", "lin")]
)
def test_report_about_somebody_out_of_reach_is_refused(cast, who, whom):
    with pytest.raises(NotYours):
        actions.report(
            by=cast.people[who], students=[cast.lin, cast.students[whom]], report=Report(), at=NOW,
            request_key=uuid.uuid4(),
        )  # fmt: skip
    assert Concern.objects.count() == 0


def test_send_back_is_answered_with_a_reason_that_the_reporter_reads(cast):
    case = raised(cast)
    actions.send_back(by=cast.counselor, referral=case, version=case.version, reply="先和班主任聊聊", at=NOW)

    concern = Concern.objects.get()
    assert (fresh(case).stage, concern.state, heard_by(cast.teacher)) == (Stage.RETURNED, State.ANSWERED, ["已回复"])
    assert reading.open_reply(concern, by=cast.teacher, at=NOW).text == "先和班主任聊聊"
    with pytest.raises(NotForYou):
        reading.open_reply(concern, by=cast.head_teacher, at=NOW)


def test_reply_to_a_family_is_read_by_the_family(cast):
    case = raised(cast, by=cast.parent)
    actions.send_back(by=cast.counselor, referral=case, version=case.version, reply="我们聊聊", at=NOW)

    assert reading.open_reply(Concern.objects.get(), by=cast.parent, at=NOW).text == "我们聊聊"


def test_settle_mild_by_the_head_teacher_tells_the_counselor(cast):
    case = raised(cast)
    actions.settle_mild(by=cast.head_teacher, referral=case, version=case.version, word="只是没睡好", at=NOW)

    assert (fresh(case).stage, heard_by(cast.teacher)) == (Stage.SETTLED, ["已经妥善跟进，谢谢您"])
    assert told(cast.counselor, "settled:") == ["有 1 份关注，班主任了解过了。"]


@pytest.mark.parametrize("who", ["counselor", "teacher", "head_teacher2", "principal"])
def test_settle_mild_is_for_the_own_head_teacher(cast, who):
    case = raised(cast)

    with pytest.raises(NotYours):
        actions.settle_mild(by=cast.people[who], referral=case, version=case.version, word="没事", at=NOW)


def test_assess_without_words_says_what_is_missing_and_writes_nothing(cast):
    case = accepted(cast)

    with pytest.raises(Incomplete) as refused:
        actions.assess(
            by=cast.counselor, referral=case, version=case.version, colour=Colour.BLUE, seen=" ", protective="",
            reason="因为", at=NOW,
        )  # fmt: skip

    assert refused.value.sentences == ["写下看到、听到的具体情形。", "写下能帮到孩子的人和事。"]
    assert (fresh(case).stage, fresh(case).version, case.steps.count()) == (Stage.ACCEPTED, case.version, 2)


def test_grave_colour_calls_the_panel(cast):
    case = assessed(cast, colour=Colour.RED)

    assert (case.stage, case.colour, case.due_at - NOW) == (Stage.PANEL, Colour.RED, timedelta(hours=24))
    assert told(cast.principal, "panel:") == told(cast.leader, "panel:") == ["有 1 件事等领导小组商量。"]


def test_two_reviews_without_change_lead_to_the_panel(cast):
    case = review(cast, planned(cast), Change.SAME)
    assert case.stage == Stage.IN_SCHOOL

    assert review(cast, case, Change.WORSE).stage == Stage.PANEL


def test_a_better_review_between_begins_the_count_anew(cast):
    case = planned(cast)
    for change in (Change.SAME, Change.BETTER, Change.SAME):
        case = review(cast, case, change)

    assert case.stage == Stage.IN_SCHOOL


def test_plan_sets_the_deadline_and_gives_the_tasks(cast):
    case = planned(cast)
    task = Task.objects.get()

    assert (case.due_at, case.due_unit, case.ask_at) == (end_of(REVIEW_ON), Unit.SCHOOL_DAYS, end_of(REVIEW_ON))
    assert (told(cast.head_teacher, "task:"), list(Task.objects.of(cast.head_teacher, at=NOW))) == (
        ["有 1 件事请您来做。"], [task],
    )  # fmt: skip
    assert reading.open_task(task, by=cast.head_teacher, at=NOW).text == "每周聊一次"


@pytest.mark.parametrize("who", ["stranger", "parent", "other_head_teacher"])
def test_task_is_for_colleagues(cast, who):
    case = assessed(cast)

    with pytest.raises(NotHere):
        write_plan(cast, case, [NewTask(cast.people[who], "聊聊", TODAY)])
    assert (Task.objects.count(), case.steps.count()) == (0, 3)


def test_task_of_another_is_not_finished_by_a_colleague_with_a_task(cast):
    tasks = [NewTask(cast.head_teacher, "一", TODAY), NewTask(cast.teacher, "二", TODAY)]
    case = planned(cast, tasks=tasks)
    first = case.tasks.get(assignee=cast.head_teacher)

    with pytest.raises(NotYours):
        actions.finish_task(by=cast.teacher, task=first, at=NOW)
    actions.finish_task(by=cast.counselor, task=first, at=NOW)
    with pytest.raises(actions.AlreadyDone):
        actions.finish_task(by=cast.head_teacher, task=first, at=NOW)
    assert case.tasks.open().count() == 1


# Two people


def test_close_with_open_work_says_what_is_open(cast):
    with pytest.raises(Incomplete) as refused:
        propose_close(cast, planned(cast))

    assert refused.value.needs == [Need.NO_OPEN_TASK]


def test_nobody_confirms_what_they_propose(cast):
    case = finish_tasks(planned(cast))
    word = propose_close(cast, case)

    with pytest.raises(NeedsAnother):
        confirm(cast, word, by=cast.counselor)
    assert (fresh(case).stage, word.state) == (Stage.IN_SCHOOL, "waiting")


@pytest.mark.parametrize("who", ["head_teacher", "teacher", "grade_head", "registrar", "other_counselor", "parent"])
def test_second_word_is_for_counselors_and_leaders(cast, who):
    word = propose_close(cast, finish_tasks(planned(cast)))

    with pytest.raises(NotYours):
        confirm(cast, word, by=cast.people[who])


def test_work_given_after_the_proposal_overtakes_it(cast):
    case = finish_tasks(planned(cast))
    word = propose_close(cast, case)
    case = fresh(case)
    new = [NewTask(cast.teacher, "再看看", TODAY)]
    actions.add_tasks(by=cast.counselor, referral=case, version=case.version, tasks=new, at=NOW)

    with pytest.raises(actions.AlreadyAnswered):
        confirm(cast, word)
    assert fresh(case).stage == Stage.IN_SCHOOL


def test_summary_is_read_by_who_may_confirm_it(cast):
    word = propose_close(cast, finish_tasks(planned(cast)))

    for who in (cast.counselor2, cast.principal, cast.leader):
        assert reading.open_second_word(word, by=who, at=NOW).text == "三周来睡得好多了"
    with pytest.raises(NotForYou):
        reading.open_second_word(word, by=cast.head_teacher, at=NOW)


def test_colour_is_raised_by_one_and_lowered_by_two(cast):
    case = assessed(cast)
    actions.raise_colour(
        by=cast.principal, referral=case, version=case.version, colour=Colour.YELLOW, reason="又哭了", at=NOW
    )
    case = fresh(case)
    word = actions.propose_lower(
        by=cast.counselor, referral=case, version=case.version, colour=Colour.BLUE, reason="好些了", at=NOW
    )
    with pytest.raises(NeedsAnother):
        confirm(cast, word, by=cast.counselor)

    assert (fresh(case).colour, confirm(cast, word).colour) == (Colour.YELLOW, Colour.BLUE)


def test_colour_raised_to_orange_in_school_goes_to_the_panel(cast):
    case = assessed(cast)
    actions.raise_colour(
        by=cast.counselor, referral=case, version=case.version, colour=Colour.ORANGE, reason="又哭了", at=NOW
    )

    assert (fresh(case).stage, fresh(case).colour) == (Stage.PANEL, Colour.ORANGE)


def test_declined_and_withdrawn_words_stay_on_record(cast):
    case = finish_tasks(planned(cast))
    first = propose_close(cast, case)
    actions.decline(by=cast.counselor2, word=first, at=NOW)
    second = propose_close(cast, fresh(case))
    actions.withdraw(by=cast.counselor, word=second, at=NOW)

    assert list(case.second_words.order_by("pk").values_list("state", flat=True)) == ["declined", "withdrawn"]


def test_database_refuses_a_close_by_one(cast):
    case = planned(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        ReferralStep.objects.create(
            referral=case, number=99, verb="close", source="in_school", target="closed", by=cast.counselor,
            first=cast.counselor, at=NOW,
        )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.filter(pk=case.pk).update(stage="closed", ended_at=NOW, due_at=None, ask_at=None)


def test_page_that_is_out_of_date_changes_nothing(cast):
    case = raised(cast)
    actions.accept(by=cast.counselor, referral=case, version=case.version, at=NOW)

    with pytest.raises(Stale):
        actions.accept(by=cast.counselor, referral=case, version=case.version, at=NOW)
    with pytest.raises(NotNow):
        actions.accept(by=cast.counselor, referral=case, version=fresh(case).version, at=NOW)


def test_reopen_gives_it_an_owner_and_the_reporter_is_in_hand_again(cast):
    case = closed(cast)
    actions.reopen(by=cast.leader, referral=case, version=case.version, reason="又不来了", at=NOW)

    assert (fresh(case).stage, fresh(case).owner, fresh(case).outcome) == (Stage.ACCEPTED, cast.counselor, "")
    assert heard_by(cast.teacher) == ["心理教师已看，在跟进"]


def test_reopen_beside_a_live_case_is_refused(cast):
    case = closed(cast)
    raised(cast)

    with pytest.raises(actions.LiveCaseStands):
        actions.reopen(by=cast.counselor, referral=case, version=case.version, reason="又", at=NOW)


# Owners


def test_hand_over_passes_on_what_was_chosen(cast):
    tasks = [NewTask(cast.counselor, "每周见一次", TODAY)]
    case = planned(cast, tasks=tasks)
    earlier = ReferralText.objects.filter(referral=case, need=Need.GOALS).get()
    assert not reading.may_open_text(earlier, by=cast.counselor2, at=NOW)
    facts = {"version": case.version, "to": cast.counselor2, "at": NOW}
    actions.hand_over(by=cast.counselor, referral=case, notes=False, tasks=True, **facts)
    without = reading.may_open_text(ReferralText.objects.get(pk=earlier.pk), by=cast.counselor2, at=at(TODAY, 13))
    Referral.objects.filter(pk=case.pk).update(owner_reads_since=at(TODAY, 13))

    assert (fresh(case).owner, case.tasks.get().assignee) == (cast.counselor2, cast.counselor2)
    assert without is True  # written at that very moment
    assert not reading.may_open_text(ReferralText.objects.get(pk=earlier.pk), by=cast.counselor2, at=at(TODAY, 14))


@pytest.mark.parametrize("who", ["head_teacher", "principal", "other_counselor", "stranger"])
def test_hand_over_is_to_counselors(cast, who):
    case = accepted(cast)

    with pytest.raises(Incomplete) as refused:
        actions.hand_over(
            by=cast.counselor, referral=case, version=case.version, to=cast.people[who], notes=True, tasks=True, at=NOW
        )
    assert refused.value.needs == [Need.TO_COUNSELOR]


def test_everything_of_a_leaver_in_one_go(cast):
    for student in (cast.lin, cast.ma, cast.xu):
        accepted(cast, student=student)
    actions.hand_over_all(
        by=cast.principal, school=cast.school, leaver=cast.counselor, to=cast.counselor2, notes=True, tasks=True, at=NOW
    )

    assert set(Referral.objects.values_list("owner__username", flat=True)) == {"counselor2"}
    assert ReferralStep.objects.filter(verb="hand_over").count() == 3


def test_everything_of_a_leaver_or_nothing(cast):
    students.link_guardian(by=None, student=cast.ma, name="沈岚", user=cast.counselor2, since=TERM[0], at=NOW)
    for student in (cast.lin, cast.ma):
        accepted(cast, student=student)

    with pytest.raises(Incomplete):
        actions.hand_over_all(
            by=cast.principal, school=cast.school, leaver=cast.counselor, to=cast.counselor2, notes=True, tasks=True,
            at=NOW,
        )  # fmt: skip
    assert set(Referral.objects.values_list("owner__username", flat=True)) == {"counselor"}


# Life and harm


def test_danger_to_life_alerts_all_who_must_act_once(cast):
    key = uuid.uuid4()
    for _ in range(3):
        actions.report(
            by=cast.teacher, students=[cast.lin], report=Report(urgency=Urgency.LIFE), at=NOW, request_key=key
        )

    for who in (cast.counselor, cast.principal, cast.leader):
        assert told(who, "life:") == ["有 1 份很急的上报，请马上看。"]
    case = Referral.objects.get()
    assert (case.due_at, case.due_unit, InboxItem.objects.filter(key__startswith="life:").count()) == (
        NOW, Unit.AT_ONCE, 3,
    )  # fmt: skip


def test_danger_to_life_needs_no_broker_and_no_mail(cast, monkeypatch):
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *_, **__: 1 / 0)
    monkeypatch.setattr("django.core.mail.send_mail", lambda *_, **__: 1 / 0)

    raised(cast, urgency=Urgency.LIFE)

    assert told(cast.principal, "life:") == ["有 1 份很急的上报，请马上看。"]


def test_life_in_a_case_long_in_hand_hurries_it_until_somebody_has_seen_it(cast):
    case = planned(cast)
    raised(cast, by=cast.head_teacher, urgency=Urgency.LIFE, when=at(TODAY, 14))
    urgent = fresh(case)
    concern = Concern.objects.get(raised_by=cast.head_teacher)
    actions.mark_seen(by=cast.counselor, concern=concern, at=at(TODAY, 14, 5))

    assert (urgent.due_at, urgent.due_unit) == (at(TODAY, 14), Unit.AT_ONCE)
    assert fresh(case).due_at == end_of(REVIEW_ON)


def test_people_to_call_come_from_the_school(cast):
    calls = circle.people_to_call(cast.school, at=NOW, by=cast.teacher, student=cast.lin)

    assert [(one.name, one.phone) for one in calls] == [
        ("顾文静", ""), ("程远山", ""), ("何建国", ""), ("林建平", "139 0000 0001"), ("清江中学", "0571-8000 1234"),
        ("全国心理援助热线", "12356"), ("报警", "110"), ("急救", "120"),
    ]  # fmt: skip
    assert ReadEntry.objects.filter(table="guardian", by_id=cast.teacher.pk, student_id=cast.lin.pk).count() == 1


@pytest.mark.parametrize(("by", "harm"), [("student", False), ("parent", False), ("teacher", True)])
def test_people_to_call_leave_guardians_out(cast, by, harm):
    calls = circle.people_to_call(cast.school, at=NOW, by=cast.people[by], student=cast.lin, harm=harm)

    assert ("林建平" in {one.name for one in calls}, ReadEntry.objects.count()) == (False, 0)


def test_suspected_harm_alerts_and_cannot_be_closed_silently(cast):
    case = finish_tasks(planned(cast))
    actions.suspect_harm(
        by=cast.head_teacher,
        referral=case,
        version=case.version,
        situation=Situation.INJURIES,
        words="手臂有伤",
        at=NOW,
    )
    case = fresh(case)
    assert told(cast.principal, "harm:") == told(cast.counselor, "harm:") == ["有 1 份上报要您马上过问。"]
    assert (told(cast.leader, "harm:"), case.due_at, case.due_unit) == ([], NOW, Unit.AT_ONCE)
    with pytest.raises(Incomplete) as refused:
        propose_close(cast, case)
    assert refused.value.sentences == ["疑似侵害还没有向主管部门报告，不能结案。"]

    actions.tell_authority(
        by=cast.principal, referral=case, version=case.version, authority="police", officer="王警官 110", told_at=NOW,
        at=NOW,
    )  # fmt: skip

    assert (HarmReport.objects.get().authority, fresh(case).due_at) == ("police", end_of(REVIEW_ON))
    assert confirm(cast, propose_close(cast, fresh(case))).stage == Stage.CLOSED


def test_harm_is_cleared_by_the_head_and_nobody_else(cast):
    case = accepted(cast, situation=Situation.OTHER)
    word = actions.propose_clear_harm(by=cast.counselor, referral=case, version=case.version, reason="点错了", at=NOW)
    with pytest.raises(NotYours):
        confirm(cast, word, by=cast.leader)

    assert confirm(cast, word, by=cast.principal).has_harm is False


def test_suspected_guardian_has_no_part_and_learns_nothing(cast):
    link = Guardian.objects.get(student=cast.lin)
    raised(cast, by=cast.parent)
    before = heard_by(cast.parent)
    case = raised(cast, situation=Situation.INJURIES, suspected=[link])
    actions.accept(by=cast.counselor, referral=case, version=case.version, at=NOW)

    assert (circle.parts_of(cast.parent, fresh(case), at=NOW), heard_by(cast.parent)) == (
        frozenset({circle.Who.REPORTER}), before,
    )  # fmt: skip
    assert "林建平" not in {
        one.name for one in circle.people_to_call(cast.school, at=NOW, by=cast.teacher, student=cast.lin)
    }


def test_harm_is_hidden_from_the_head_teacher_without_a_task(cast):
    case = accepted(cast, situation=Situation.OTHER)

    def sees(who):
        return Referral.objects.visible_to(User.objects.get(pk=who.pk), at=NOW).filter(pk=case.pk).exists()

    before = sees(cast.head_teacher)
    new = [NewTask(cast.head_teacher, "陪着他", TODAY)]
    actions.add_tasks(by=cast.counselor, referral=case, version=case.version, tasks=new, at=NOW)
    assert (before, sees(cast.head_teacher), sees(cast.leader), sees(cast.counselor2)) == (False, True, True, True)


def test_visible_to_by_person(cast):
    planned(cast)

    seeing = {name for name, who in cast.people.items() if Referral.objects.visible_to(who, at=NOW).exists()}
    assert seeing == {"counselor", "counselor2", "head_teacher", "leader", "principal"}


def test_relatives_are_shut_out(cast):
    case = accepted(cast)
    students.link_guardian(by=None, student=cast.lin, name="何建国", user=cast.leader, since=TERM[0], at=NOW)

    assert not Referral.objects.visible_to(cast.leader, at=NOW).exists()
    assert circle.parts_of(cast.leader, case, at=NOW) == frozenset()


# The second half


def test_panel_decides_with_a_leader_and_tasks(cast):
    case = assessed(cast, colour=Colour.ORANGE)
    with pytest.raises(NotYours):
        decide(cast, case, by=cast.counselor)

    assert decide(cast, case).stage == Stage.FAMILY_MEETING
    minutes = ReferralText.objects.get(referral=case, need=Need.MINUTES)
    assert reading.open_text(minutes, by=cast.principal, at=NOW).text == "十分钟"
    with pytest.raises(NotForYou):
        reading.open_text(minutes, by=cast.leader, at=NOW)  # was not there


def test_guardian_refuses_or_is_not_reached(cast):
    case = at_family_meeting(cast)
    actions.guardian_not_reached(
        by=cast.head_teacher, referral=case, version=case.version, tries=3, what_then="去家访", at=NOW
    )
    case = decide(cast, fresh(case))
    actions.guardian_refused(by=cast.counselor, referral=case, version=case.version, what_then="每周见", at=NOW)

    assert fresh(case).stage == Stage.IN_SCHOOL


def test_back_in_school_needs_letter_and_receipt(cast):
    case = external(cast)
    with pytest.raises(Incomplete) as refused:
        actions.back_in_school(by=cast.counselor, referral=case, version=case.version, at=NOW)
    case = paper(cast, paper(cast, case, Paper.LETTER), Paper.RECEIPT)
    actions.back_in_school(by=cast.counselor, referral=case, version=case.version, at=NOW)

    assert (refused.value.needs, fresh(case).stage) == ([Need.LETTER, Need.RECEIPT], Stage.IN_SCHOOL)


def test_leave_pauses_and_the_return_runs_again(cast):
    case = following(cast)

    pause = Pause.objects.get(student=cast.lin)
    assert (pause.valid_from, pause.valid_to, case.stage) == (TODAY, TODAY, Stage.FOLLOW_UP)
    days = [TODAY + timedelta(days=1 + n) for n in (3, 7, 14, 30)]
    assert (list(FollowUp.objects.values_list("on", flat=True)), case.due_at) == (days, end_of(days[0]))


def test_return_without_the_certificate_is_refused_and_changes_nothing(cast):
    case = paper(cast, in_return_review(cast), Paper.CERTIFICATE)  # words alone, nothing attached
    with pytest.raises(Incomplete) as refused:
        approve(cast, case)

    assert refused.value.sentences == ["还缺专业机构出具的康复证明（要附上）。"]
    assert (fresh(case).stage, Pause.objects.get(student=cast.lin).valid_to) == (Stage.RETURN_REVIEW, None)


def test_certificate_of_an_earlier_leave_does_not_count(cast):
    case = paper(cast, external(cast), Paper.CERTIFICATE, file="aGVsbG8=")
    case = paper(cast, case, Paper.LEAVE_APPLICATION)
    actions.begin_leave(
        by=cast.counselor,
        referral=case,
        version=case.version,
        first=TODAY,
        decision="同意",
        contact_plan="每周",
        at=NOW,
    )
    with pytest.raises(Incomplete):
        approve(cast, apply(cast, fresh(case)))


def test_deferred_then_an_appeal_is_answered_by_the_head(cast):
    case = in_return_review(cast)
    facts = {"own_review": "再等等", "reason": "还睡不好", "at": NOW}
    actions.defer_return(by=cast.leader, referral=case, version=case.version, **facts)
    case = fresh(case)
    appeal = {"appeal": "已经好了", "reason": "看了材料", "granted": True, "at": NOW}
    with pytest.raises(NotYours):
        actions.answer_appeal(by=cast.leader, referral=case, version=case.version, **appeal)
    actions.answer_appeal(by=cast.principal, referral=case, version=case.version, **appeal)

    assert fresh(case).stage == Stage.RETURN_REVIEW


def test_follow_ups_are_kept_and_then_it_closes(cast):
    case = finish_tasks(following(cast))
    with pytest.raises(Incomplete) as refused:
        propose_close(cast, case)
    for one in case.follow_ups.all():
        actions.keep_follow_up(by=cast.head_teacher, follow_up=one, seen="来上课了", at=NOW)
    case = fresh(case)

    assert (refused.value.needs, case.due_at) == ([Need.NO_OPEN_FOLLOW_UP], None)
    assert confirm(cast, propose_close(cast, case)).stage == Stage.CLOSED


def test_who_left_the_school_is_closed_from_leave(cast):
    case = finish_tasks(left(cast, on_leave(cast)))

    assert confirm(cast, propose_close(cast, case)).stage == Stage.CLOSED


# What is kept, and how


def test_texts_stand_nowhere_but_sealed(cast):
    case = accepted(cast, words=CANARY, ways=CANARY, guardian_words=CANARY)
    words = {"seen": CANARY, "protective": CANARY, "reason": CANARY}
    actions.assess(by=cast.counselor, referral=case, version=case.version, colour=Colour.BLUE, at=NOW, **words)
    case = write_plan(cast, fresh(case), [NewTask(cast.head_teacher, CANARY, TODAY)])
    case = paper(cast, finish_tasks(case), Paper.OTHER, file=CANARY)
    propose_close(cast, case)
    actions.suspect_harm(
        by=cast.counselor, referral=fresh(case), version=fresh(case).version, situation=Situation.OTHER, words=CANARY,
        at=NOW,
    )  # fmt: skip

    tables = [
        name for name in connection.introspection.table_names() if name.startswith(("referrals_", "privacy_", "notif"))
    ]
    with connection.cursor() as cursor:
        rows = []
        for name in tables:
            cursor.execute(f'SELECT * FROM "{name}"')
            rows += [str(row) for row in cursor.fetchall()]
    assert [row for row in rows if any(word in row for word in (CANARY, "金丝雀", "林知夏"))] == []


def test_steps_and_texts_are_added_and_never_changed(cast):
    case = assessed(cast)
    text = ReferralText.objects.filter(referral=case).first()

    for change in (
        case.steps.first().save,
        text.delete,
        ReferralStep.objects.all().delete,
        ReferralText.objects.update,
    ):
        with pytest.raises(Immutable):
            change()


def test_each_act_has_its_row_in_the_trail(cast):
    case = closed(cast)

    verbs = AuditEntry.objects.filter(kind="referral", uid=case.uid).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [f"referral.{step.verb}" for step in case.steps.all()]


def test_settings_of_the_school_hold_and_keep_their_history(cast):
    values = {"who": {"accept": ["LEAD"]}, "to_accept": {"WEEK": ["hours", 2]}}
    actions.save_settings(by=cast.counselor, school=cast.school, values=values, read=0, at=NOW)
    case = raised(cast, by=cast.head_teacher8, student=cast.zhao)
    with pytest.raises(NotYours):
        actions.accept(by=cast.counselor2, referral=case, version=case.version, at=NOW)
    with pytest.raises(Stale):
        actions.save_settings(by=cast.counselor, school=cast.school, values={}, read=0, at=NOW)
    with pytest.raises(NotYours):
        actions.save_settings(by=cast.counselor2, school=cast.school, values={}, read=1, at=NOW)

    assert (case.due_at - NOW, ReferralSettings.objects.count()) == (timedelta(hours=2), 1)


def test_deputy_is_asked_second(cast):
    deputy = person("deputy", "苏敏", Role.LEADER, cast.school, title="副组长")
    case = accepted(cast)

    asked = [[one.username for one in circle.ladder(level, case, at=NOW)] for level in (1, 2, 3)]
    assert asked == [["counselor"], [deputy.username], ["principal"]]


def test_owner_who_left_has_no_part(cast):
    case = accepted(cast)
    Membership.objects.filter(user=cast.counselor).update(valid_to=TERM[0])

    assert circle.parts_of(User.objects.get(pk=cast.counselor.pk), case, at=NOW) == frozenset()
