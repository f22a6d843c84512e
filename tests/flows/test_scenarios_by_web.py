"""Described schools lived through day by day: the night by run_day, what was typed in through the forms of the pages.

Every evening the boards and the stored check-ins are compared with the second implementation of the rule book, on the
last evening with the answer that is written beside the scenario.
"""

import json
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from listening import actions
from listening.models import Conversation
from listening.replay.loading import Loaded, load
from listening.replay.printing import printed
from schools.models import Membership
from schools.roles import Role
from tests.cast import at
from tests.listening import oracle
from tests.pages import Element, read_page

pytestmark = pytest.mark.django_db

SCENARIOS = Path(__file__).parent.parent / "scenarios"
WORDS = {"due": "待谈", "met": "已谈", "missed": "漏谈", "excused": "免谈"}
NIGHT, NOON, EVENING = (0, 10), (12, 0), (20, 0)

Row = dict[str, Any]


def read(name: str) -> Row:
    return json.loads((SCENARIOS / name).read_text("utf-8"))


class SchoolByWeb:
    """A described school whose people use the pages."""

    def __init__(self, described: Row, *, out_of_reach: set[str]) -> None:
        self.described = described
        self.out_of_reach = out_of_reach
        self.loaded: Loaded = load(described)
        # The format knows one counselor; the word for a late entry is the lead's.
        Membership.objects.filter(school=self.loaded.school, role=Role.COUNSELOR).update(is_lead=True)

    def client(self, person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    def live_through(self, day: date) -> None:
        """The night, then what this day brought, in the order of the file."""
        with time_machine.travel(at(day, *NIGHT), tick=False):
            actions.run_day(self.loaded.school, on=day, at=at(day, *NIGHT))
        with time_machine.travel(at(day, *NOON), tick=False):
            for row in self.described["conversations"]:
                if row["recorded_on"] == day.isoformat():
                    self.log(row)
            for row in self.described.get("events", ()):
                if row["on"] == day.isoformat():
                    self.allow_late(row)

    def log(self, row: Row) -> None:
        """记一次, as the listener sends it; refused as a page that does not exist where a child is out of reach."""
        students = [self.loaded.students[name] for name in row["students"]]
        answer = self.client(self.loaded.people[row["listener"]]).post(
            f"{reverse('listening:new')}?student={students[0].uid}",
            {
                "students": [str(one.uid) for one in students],
                "minutes": str(row["minutes"] or ""),
                "outcome": row.get("outcome", "made"),
                "channel": "face",
                "day": row["date"],
                "clock": "",
                "place": "",
                "note": "",
                "request_key": str(uuid.uuid4()),
            },
        )
        if row["id"] in self.out_of_reach:
            assert answer.status_code == 404, row
            return
        assert answer.status_code == 302, (row, read_page(answer).all("ul", **{"class": "errorlist"}))
        self.loaded.talks[row["id"]] = Conversation.objects.latest("pk")

    def allow_late(self, row: Row) -> None:
        """同意这次补录计入, pressed by the lead counselor on the page of the talk."""
        assert row["do"] == "allow_late"
        lead = self.client(User.objects.get(memberships__school=self.loaded.school, memberships__is_lead=True))
        talk = self.loaded.talks[row["conversation"]]
        form = next(
            one
            for one in read_page(lead.get(reverse("listening:conversation", args=[talk.uid]))).all("form")
            if "同意" in one.text
        )
        assert lead.post(form.attrs["action"]).status_code == 302

    def boards(self, day: date) -> dict[tuple[str, str, str], str]:
        """What the head teacher of each class reads that evening: first day of the period, student, rule: word."""
        found: dict[tuple[str, str, str], str] = {}
        starts = {row["start"] for row in self.stored(day)["checkins"]}
        with time_machine.travel(at(day, *EVENING), tick=False):
            for held in Membership.objects.filter(school=self.loaded.school, role=Role.HEAD_TEACHER):
                client = self.client(held.user)
                for start in starts:
                    answer = client.get(reverse("listening:board", args=[held.school_class.uid]), {"on": start})
                    if answer.status_code == 200:
                        found |= {(start, *key): word for key, word in board_states(read_page(answer)).items()}
        return found

    def stored(self, day: date) -> Row:
        return printed(self.loaded, as_of=day)


def board_states(page: Element) -> dict[tuple[str, str], str]:
    """The word of each student under each requirement, as the table shows it."""
    states = {}
    for row in page.rows:
        name = row.all("a", **{"class": "q-who"})[0].text
        for cell in row.all("td"):
            word = cell.all("span", **{"class": "q-st-w"})
            if word:
                states[name, cell.attrs["data-label"]] = word[0].text
    return states


def words_of(answer: Row) -> dict[tuple[str, str, str], str]:
    """The same from an answer of the format."""
    return {
        (row["start"], row["student"], row["rule"]): "补录" if row["late"] else WORDS[row["status"]]
        for row in answer["checkins"]
    }


def days_until(last: str, described: Row) -> list[date]:
    first = date.fromisoformat(described["terms"][0]["first_day"])
    return [first + timedelta(days=n) for n in range((date.fromisoformat(last) - first).days + 1)]


def without(rows: list[Row], out_of_reach: set[str], key: str) -> list[Row]:
    return [row for row in rows if row[key] not in out_of_reach]


@pytest.mark.parametrize(
    ("name", "out_of_reach"),
    [
        ("late_entry", set()),
        # The head teacher of the other class does not reach the child: that invitation cannot be typed in at all.
        ("declined", {"c5"}),
        ("group_talk", set()),
    ],
)
def test_scenario_by_web_gives_its_answer(name: str, out_of_reach: set[str]):
    described, answer = read(f"{name}.json"), read(f"{name}.expected.json")
    answer["checkins"] = [
        {**row, "not_counted": without(row["not_counted"], out_of_reach, "id")} for row in answer["checkins"]
    ]
    typed_in = {**described, "conversations": without(described["conversations"], out_of_reach, "id")}
    school = SchoolByWeb(described, out_of_reach=out_of_reach)

    for day in days_until(described["as_of"], described):
        school.live_through(day)
        expected = oracle.replay({**typed_in, "as_of": day.isoformat()})
        assert school.stored(day) == expected, day
        assert school.boards(day) == words_of(expected), day

    assert expected == answer
