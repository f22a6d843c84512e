"""The clock asks the next one up, in order, each once; it closes nothing."""

from datetime import timedelta

import pytest

from config.celery import SCHEDULE
from listening import tasks as listening_tasks
from notifications.models import InboxItem
from referrals import actions, tasks
from referrals.models import Referral, ReferralStep
from referrals.requirements import Colour, Urgency
from referrals.stages import ENDED, Stage
from tests.cast import NOW, TODAY, at
from tests.referrals.cases import accepted, assessed, fresh, planned, raised

WEDNESDAY, THURSDAY, FRIDAY = (at(TODAY + timedelta(days=n), 18, 1) for n in (1, 2, 3))


def levels(case):
    return list(case.steps.filter(verb="escalate").values_list("facts__level", flat=True))


def asked(case):
    rows = InboxItem.objects.filter(key__startswith=f"overdue:{case.uid}").order_by("pk")
    return [row.to.username for row in rows]


def run(cast, when):
    return actions.run_clock(cast.school, at=when)


def test_nothing_before_the_deadline(cast):
    raised(cast)

    assert (run(cast, NOW), run(cast, WEDNESDAY - timedelta(minutes=2))) == (0, 0)


def test_level_by_level_as_days_pass(cast):
    case = raised(cast)
    seen = []
    for when in (WEDNESDAY, WEDNESDAY, THURSDAY, FRIDAY, FRIDAY + timedelta(days=9)):
        run(cast, when)
        seen.append(levels(case))

    assert seen == [[1], [1], [1, 2], [1, 2, 3], [1, 2, 3]]
    assert asked(case) == ["counselor", "moral", "principal"]


def test_three_days_without_a_worker_are_caught_up_once_and_in_order(cast):
    case = raised(cast)

    assert (run(cast, FRIDAY), run(cast, FRIDAY)) == (3, 0)
    assert (levels(case), asked(case)) == ([1, 2, 3], ["counselor", "moral", "principal"])
    passed = [step.facts["passed"][:10] for step in case.steps.filter(verb="escalate")]
    assert passed == ["2025-11-19", "2025-11-20", "2025-11-21"]


def test_danger_to_life_climbs_hour_by_hour(cast):
    case = raised(cast, urgency=Urgency.LIFE)
    for minutes in (0, 61, 121):
        run(cast, NOW + timedelta(minutes=minutes))

    assert levels(case) == [1, 2, 3]


def test_new_deadline_begins_at_the_foot(cast):
    case = raised(cast)
    run(cast, THURSDAY)
    case = fresh(case)
    actions.accept(by=cast.counselor, referral=case, version=case.version, at=THURSDAY)

    assert (fresh(case).escalated, fresh(case).ask_at > THURSDAY) == (0, True)


def test_escalation_does_not_outdate_a_page(cast):
    case = raised(cast)
    run(cast, FRIDAY)

    actions.accept(by=cast.counselor, referral=case, version=case.version, at=FRIDAY)
    assert fresh(case).stage == Stage.ACCEPTED


def test_people_ask_the_next_one_up_through_the_same_act(cast):
    case = raised(cast)
    actions.escalate(by=cast.head_teacher, referral=case, at=NOW)
    run(cast, FRIDAY)

    assert levels(case) == [1, 2, 3]
    with pytest.raises(actions.Incomplete):
        actions.escalate(by=cast.head_teacher, referral=case, at=FRIDAY)
    with pytest.raises(actions.NotYours):
        actions.escalate(by=cast.head_teacher2, referral=case, at=FRIDAY)


def test_clock_closes_and_lightens_nothing(cast):
    cases = [raised(cast, student=cast.ma), accepted(cast, student=cast.xu), planned(cast, student=cast.lin)]
    cases.append(assessed(cast, student=cast.zhao, by=cast.head_teacher8, colour=Colour.RED))
    before = [(one.stage, one.colour, one.urgency, one.owner) for one in map(fresh, cases)]
    for days in range(0, 60, 3):
        run(cast, NOW + timedelta(days=days))

    assert [(one.stage, one.colour, one.urgency, one.owner) for one in map(fresh, cases)] == before
    assert {step.verb for step in ReferralStep.objects.filter(by=None)} == {"escalate"}
    assert not Referral.objects.filter(stage__in=ENDED).exists()


def test_late_task_is_said_once_to_who_does_it_and_to_the_owner(cast):
    planned(cast)
    late = at(TODAY + timedelta(days=7))
    run(cast, late)
    run(cast, late + timedelta(days=1))

    rows = InboxItem.objects.filter(key__startswith="task-late:").order_by("to__username")
    assert [(row.to.username, row.text) for row in rows] == [
        ("counselor", "有 1 件分好的事到时候了。"), ("headteacher", "有 1 件分好的事到时候了。"),
    ]  # fmt: skip


def test_beat_watches_every_minute_and_asks_only_schools_that_wait(cast, monkeypatch):
    raised(cast)
    queued = []
    monkeypatch.setattr(tasks.watch_school, "delay", queued.append)

    tasks.watch()
    monkeypatch.setattr(tasks.timezone, "now", lambda: FRIDAY)
    tasks.watch()

    assert (queued, SCHEDULE["watch"]["task"]) == ([cast.school.pk], "referrals.tasks.watch")


def test_day_run_catches_up_too(cast, monkeypatch):
    case = raised(cast)
    monkeypatch.setattr(tasks.timezone, "now", lambda: FRIDAY)

    listening_tasks.run_school_day(cast.school.pk, FRIDAY.date().isoformat(), 0)

    assert levels(case) == [1, 2, 3]
