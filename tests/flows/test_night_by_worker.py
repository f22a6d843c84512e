"""The night, by a real worker on a real broker, over the demo county: a child nobody listened to is not dropped."""

import sqlite3
from contextlib import closing

import pytest

from tests.flows.installation import Installation, wait_for
from tests.services import private_broker

pytestmark = [pytest.mark.broker, pytest.mark.real_time, pytest.mark.xdist_group("night")]

SEEDED = "2025-11-18"
OVER = "2025-12-01"  # the Monday after the fortnight of weeks 11 and 12
LATER = "2025-12-04"

FACTS = f"""
from listening.models import CheckIn, Ledger
from notifications.models import InboxItem
from accounts.models import User
from django.test import Client
from schools.models import School
school = School.objects.get(name="清江中学")
teacher = User.objects.get(username="headteacher")
since, until = date.fromisoformat("{SEEDED}"), date.fromisoformat("{OVER}")
rows = CheckIn.objects.filter(school=school, rule__name="双周倾听", period__due__gte=since, period__due__lt=until)
missed = rows.filter(status=2)
period = rows.first().period
key = f"missed:{{rows.first().rule.uid}}:{{period.start}}"
client = Client(); client.force_login(teacher)
page = client.get("/listening/missed/").content.decode()
own = missed.filter(school_class__grade__number=7, school_class__number=1)
mine = list(own.values_list("student__name", flat=True))
answer = {{
    "missed": missed.count(),
    "due": rows.filter(status=0).count(),
    "listed": all(name in page for name in mine),
    "told": InboxItem.objects.filter(to=teacher, key=key).count(),
    "rows": sorted(rows.values_list("student", "status", "counted", "late")),
}}
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The small county; each test works on its own copy."""
    house = Installation(tmp_path_factory.mktemp("night"))
    house.seed(SEEDED)
    return house


def test_missed_child_is_flagged_by_the_worker_and_only_by_it(seeded, tmp_path):
    with private_broker() as broker:
        house = seeded.copy(tmp_path / "house", broker)
        house.manage("run_day", OVER)
        before = house.ask(FACTS)
        with house.worker():
            done = wait_for(lambda: missed(house.folder) > 0, seconds=60)
            house.manage("run_day", OVER, "--wait")
        after = house.ask(FACTS)
        with house.worker():
            house.manage("run_day", OVER, "--wait")
            house.manage("run_day", LATER, "--wait")
        again = house.ask(FACTS)

    assert (before["missed"], before["due"] > 0, before["told"]) == (0, True, 0)
    assert done
    assert (after["missed"] > 0, after["due"], after["told"], after["listed"]) == (True, 0, 1, True)
    assert again["rows"] == after["rows"]
    assert again["told"] == 1


def missed(folder) -> int:
    """How many became missed in the fortnight, asked of the file itself."""
    question = (
        "SELECT count(*) FROM listening_checkin c JOIN listening_period p ON p.id = c.period_id "
        "WHERE c.status = 2 AND p.due >= ? AND p.due < ?"
    )
    with closing(sqlite3.connect(folder / "db.sqlite3", timeout=5)) as database:
        return database.execute(question, (SEEDED, OVER)).fetchone()[0]


@pytest.mark.long
def test_three_days_late_gives_the_same_rows(seeded, tmp_path):
    answers = []
    with private_broker() as broker:
        for day in (OVER, LATER):
            house = seeded.copy(tmp_path / day, broker)
            with house.worker():
                house.manage("run_day", day, "--wait")
            answers.append(house.ask(FACTS))

    assert answers[0]["rows"] == answers[1]["rows"]
