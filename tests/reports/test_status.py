"""运行状态: what ran, what is late, and for whom."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.celery import SCHEDULE
from privacy import actions as privacy
from privacy.models import JobRun
from reports.status import BACKUP, OF_SCHOOLS, TRAIL, is_late, next_due
from schools.models import School
from tests.cast import NOW, TODAY, at

URL = reverse("status")


def ran(job, school=None, *, day=TODAY, hour=0, rows=3):
    begun = at(day, hour, 10)
    return JobRun.objects.create(
        job=job, school_id=school and school.pk, day=day, queued_at=begun, started_at=begun,
        finished_at=begun + timedelta(seconds=2.3), rows=rows,
    )  # fmt: skip


@pytest.fixture
def all_ran(cast):
    for school in (cast.school, cast.other_school):
        ran("school-day", school)
        ran("morning", school, hour=7)
        ran("consistency", school, rows=0)
    ran("backup", hour=2, rows=1)
    privacy.beat("sweep", at=NOW)


def test_every_job_of_the_page_is_asked_for_by_the_beat():
    assert {job.entry for job in (*OF_SCHOOLS, BACKUP, TRAIL)} - set(SCHEDULE) == set()


def test_registrar_sees_the_own_school_alone(cast, as_person, all_ran):
    page = as_person(cast.registrar).get(URL).content.decode()

    assert [word in page for word in ("清江中学", "柳林镇中心小学", "全部学校")] == [True, False, False]
    assert [word in page for word in ("11月18日 00:10", "用时 2.3 秒", "处理 3 行", "不一致 0 条", "正常", "晚了")] == [
        True, True, True, True, True, False,
    ]  # fmt: skip
    assert ("最近一次备份：11月18日 02:10" in page, "后台最近一次报平安：11月18日 12:40" in page) == (True, True)


def test_administrator_sees_all_schools_in_one_line_a_job(cast, as_person, all_ran):
    page = as_person(cast.admin).get(URL).content.decode()

    assert [word in page for word in ("全部学校", "处理 6 行", "晚了", "林知夏", "双周倾听", "七年级")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip


def test_school_whose_night_did_not_run_is_late_and_named_to_the_administrator(cast, as_person):
    ran("school-day", cast.school)
    ran("school-day", cast.other_school, day=TODAY - timedelta(days=1))

    page = as_person(cast.admin).get(URL).content.decode()
    own = as_person(cast.registrar).get(URL).content.decode()

    assert ("晚了" in page, "柳林镇中心小学" in page, "晚了" in own) == (True, True, False)


def test_page_of_a_house_that_has_just_opened(cast, as_person):
    page = as_person(cast.admin).get(URL).content.decode()

    assert [word in page for word in ("还没有跑过", "还没有备份过", "还没有报过平安", "晚了")] == [
        True, True, True, False,
    ]  # fmt: skip


def test_clock_that_stopped_is_told(cast, as_person):
    privacy.beat("sweep", at=NOW - timedelta(hours=1))

    assert "已经停了" in as_person(cast.registrar).get(URL).content.decode()


@pytest.mark.parametrize(
    ("entry", "last", "moment", "expected"),
    [
        ("night", at(TODAY, 0, 10), at(TODAY, 23, 59), False),
        ("night", at(TODAY, 0, 10), at(TODAY + timedelta(days=1), 0, 39), False),
        ("night", at(TODAY, 0, 10), at(TODAY + timedelta(days=1), 0, 41), True),
        ("morning", at(TODAY, 7, 0), at(TODAY + timedelta(days=1), 7, 29), False),
        ("morning", at(TODAY, 7, 0), at(TODAY + timedelta(days=1), 7, 31), True),
        ("backup", at(TODAY, 2, 0), at(TODAY + timedelta(days=1), 2, 31), True),
    ],
)
def test_late_is_half_an_hour_after_the_beat_asked(entry, last, moment, expected):
    assert is_late(entry, last, at=moment) is expected


def test_next_due_is_the_time_of_the_schedule():
    assert next_due("morning", at(TODAY, 6, 59)) == at(TODAY, 7, 0)


@pytest.mark.parametrize(
    ("name", "expected"), [("registrar", True), ("admin", True), ("principal", False), ("counselor", False)]
)
def test_menu_has_the_page_where_it_opens(cast, as_person, name, expected):
    client = as_person(getattr(cast, name))

    assert (f'href="{URL}"' in client.get("/").content.decode(), client.get(URL).status_code) == (
        expected,
        200 if expected else 404,
    )


def test_home_of_the_administrator_keeps_its_sentences(cast, as_person):
    assert "夜间任务还没有跑过" in as_person(cast.admin).get("/").content.decode()


def test_page_asks_as_often_with_three_more_schools(cast, as_person, all_ran):
    client = as_person(cast.admin)
    counts = [queries_of(client)]
    for name in ("甲", "乙", "丙"):
        ran("school-day", School.objects.create(name=name))
    counts.append(queries_of(client))

    assert counts[0] == counts[1]


def queries_of(client):
    client.get(URL)
    with CaptureQueriesContext(connection) as queries:
        client.get(URL)
    return len(queries)


def test_end_of_the_trail_is_told_with_its_days(cast, as_person):
    client = as_person(cast.registrar)
    before = client.get(URL).content.decode()
    ran("trail", hour=2, rows=7)
    after = client.get(URL).content.decode()

    kept = "留痕保存 1096 天，到期的每天 02:40 清理"
    assert [words in before for words in (kept, f"{kept}，")] == [True, False]
    assert f"{kept}，最近一次 11月18日 02:10，7 行" in after
