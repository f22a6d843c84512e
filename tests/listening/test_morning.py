"""The morning digest: whom it reaches, what it says, on which days; and the jobs that queue it."""

from datetime import date

import pytest
import time_machine

from config.celery import SCHEDULE
from config.celery import app as celery
from listening import actions, consistency, morning, tasks
from listening.models import CheckIn
from listening.quotas import Status
from notifications.models import InboxItem
from privacy.models import JobRun
from schools.models import CalendarDay
from tests.cast import DUE, TODAY, at, talk

DAY_BEFORE = date(2025, 11, 20)
SATURDAY = date(2025, 11, 22)
MONDAY = date(2025, 11, 24)
WEEK = [date.fromordinal(TODAY.toordinal() - n) for n in range(7)]


def digests(cast):
    rows = InboxItem.objects.filter(school=cast.school, key__startswith="digest:").order_by("to__username")
    return {row.to.username: row.text for row in rows}


def tell(cast, day):
    return morning.digest(cast.school, day=day, at=at(day, 7, 0))


def test_digest_says_to_each_owner_what_waits(cast):
    talk(cast.head_teacher, cast.xu)

    made = tell(cast, TODAY)

    assert (made, digests(cast)) == (
        4,
        {
            "headteacher": "有 1 位同学待倾听。",
            "headteacher2": "有 1 位同学待倾听。",
            "headteacher8": "有 1 位同学待倾听。",
            "teacher": "有 1 位同学待倾听。",  # the mentor of 马依依
        },
    )


def test_digest_twice_is_one_row_a_person(cast):
    tell(cast, TODAY)

    assert (tell(cast, TODAY), InboxItem.objects.filter(key=f"digest:{TODAY}").count()) == (0, 4)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2025, 11, 19), "有 2 位同学待倾听。"), (DAY_BEFORE, "有 2 位同学待倾听，其中 2 位下一个上课日到期。"),
     (DUE, "有 2 位同学待倾听。")],
)  # fmt: skip
def test_reminder_stands_on_the_school_day_before_the_due_day_alone(cast, day, expected):
    tell(cast, day)

    assert digests(cast)["headteacher"] == expected


def test_reminder_skips_a_day_off(cast):
    CalendarDay.objects.create(school=cast.school, day=DAY_BEFORE, is_school_day=False, note="运动会")

    tell(cast, date(2025, 11, 19))

    assert "下一个上课日到期" in digests(cast)["headteacher"]


def test_what_was_missed_is_told_the_next_school_morning(cast):
    actions.run_day(cast.school, on=SATURDAY, at=at(SATURDAY, 0, 10))
    at_the_weekend = tell(cast, SATURDAY)
    actions.run_day(cast.school, on=MONDAY, at=at(MONDAY, 0, 10))
    tell(cast, MONDAY)

    assert (at_the_weekend, digests(cast)["headteacher"]) == (
        0,
        "有 2 位同学待倾听；新结束的周期里有 2 位没有谈到。",
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 23), True),  # Friday, the last school day
        (date(2026, 1, 24), False),
        (date(2026, 1, 25), False),
        (date(2026, 1, 26), True),  # the first weekday after the term
        (date(2026, 1, 27), False),
        (date(2025, 10, 1), False),  # a holiday inside the term
        (date(2025, 10, 11), True),  # a make-up Saturday
        (date(2025, 8, 29), False),
    ],
)
def test_days_on_which_people_are_told(cast, day, expected):
    assert morning.is_told_on(cast.school.calendar(), day) is expected


def test_a_child_under_two_requirements_is_one_child(cast):
    actions.add_rule(
        by=cast.registrar, school=cast.school, at=at(TODAY), name="每周一次", roles=["head_teacher"], period="week"
    )
    actions.run_day(cast.school, on=MONDAY, at=at(MONDAY, 0, 10))

    tell(cast, MONDAY)

    assert CheckIn.objects.filter(school=cast.school, status=Status.DUE, student=cast.lin).count() == 2
    assert digests(cast)["headteacher"].startswith("有 3 位同学待倾听")


@pytest.fixture
def queued():
    """What would be sent to the broker, done on the spot."""
    celery.conf.task_always_eager = True
    yield
    celery.conf.task_always_eager = False


def jobs(school):
    return list(JobRun.objects.filter(school_id=school.pk).order_by("pk").values_list("job", "day", "rows"))


def test_run_day_queues_the_night_the_morning_and_the_check(cast, queued):
    runs = tasks.queue_day(MONDAY, at=at(TODAY))

    done = JobRun.objects.filter(pk__in=runs).exclude(finished_at=None)
    assert [job for job, *_ in jobs(cast.school)] == ["school-day", "morning", "consistency"]
    assert (len(runs), done.count(), "headteacher" in digests(cast)) == (6, 6, True)


@pytest.mark.parametrize(("hour", "expected"), [(7, ["morning"]), (3, []), (23, [])])
def test_morning_is_queued_in_waking_hours_alone(cast, queued, hour, expected):
    with time_machine.travel(at(TODAY, hour, 0), tick=False):
        tasks.queue_morning()

    assert [job for job, *_ in jobs(cast.school)] == expected


def test_night_queues_no_message(cast, queued):
    with time_machine.travel(at(TODAY, 0, 10), tick=False):
        tasks.queue_night()

    assert ([job for job, *_ in jobs(cast.school)], digests(cast)) == (["school-day", "consistency"], {})


def test_beat_asks_for_the_morning_at_seven():
    entry = SCHEDULE["morning"]

    assert (entry["task"], entry["schedule"].hour, entry["schedule"].minute) == (
        "listening.tasks.queue_morning", {7}, {0},
    )  # fmt: skip


def test_check_counts_what_differs_logs_numbers_and_corrects_nothing(cast, queued, caplog):
    CheckIn.objects.filter(school=cast.school).update(counted=7)

    found = sum(consistency.check_part(cast.school, day=day, at=at(TODAY)) for day in WEEK)

    assert (found, CheckIn.objects.filter(school=cast.school, counted=7).count()) == (5, 5)
    assert [name for name in ("林知夏", "陈一诺", "心理", "七年级") if name in caplog.text] == []
    assert f"student={cast.lin.pk}" in caplog.text


def test_check_of_a_sound_school_says_nothing_differs(cast):
    talk(cast.head_teacher, cast.lin)

    assert [consistency.check_part(cast.school, day=day, at=at(TODAY)) for day in WEEK] == [0] * 7
    assert sorted(pk for day in WEEK for pk in consistency.part_of(cast.school, day)) == sorted(
        cast.school.classes.values_list("pk", flat=True)
    )


def test_check_waits_for_the_night(cast):
    CheckIn.objects.filter(school=cast.school).update(counted=7)
    ahead = [date.fromordinal(TODAY.toordinal() + n) for n in range(1, 8)]

    assert [consistency.check_part(cast.school, day=day, at=at(TODAY)) for day in ahead] == [0] * 7
