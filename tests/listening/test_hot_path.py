"""One logged talk: how often it asks the database, whom it leaves alone, and two at once."""

from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from listening import actions
from listening.consistency import differences
from listening.models import CheckIn, ClassCheckIn, Conversation, QuotaRule
from listening.quotas import Hat, Outcome, Status
from schools.roles import Role
from tests.cast import FORTNIGHT, NOW, TODAY, make_cast, student
from tests.listening.test_pages import untouched

STATEMENTS = {"sqlite": 18, "postgresql": 20}  # PostgreSQL: two locks more


def asked_by(client, child):
    with CaptureQueriesContext(
        connection,
    ) as found:
        answer = client.post(reverse("listening:new"), untouched(child, note="聊得不错"))
    assert answer.status_code == 302
    return len(found)


def test_usual_talk_asks_as_often_in_a_larger_class(cast, as_person):
    client = as_person(cast.head_teacher)
    few = asked_by(client, cast.xu)
    for number in range(3):
        student(f"新来的同学{number}", cast.class_1)

    assert (few, asked_by(client, cast.lin)) == (STATEMENTS[connection.vendor],) * 2


def test_talk_about_a_stranger_is_as_absent(cast, as_person):
    answer = as_person(cast.head_teacher).post(reverse("listening:new"), untouched(cast.zhao))

    assert (answer.status_code, Conversation.objects.count()) == (404, 0)


@pytest.mark.parametrize(("changes", "hat"), [({"outcome": Outcome.ABSENT}, Hat.STAFF), ({}, Hat.GUARDIAN)])
def test_talk_that_bears_on_nothing_leaves_every_row_as_the_rule_says(cast, changes, hat):
    actions.log_conversation(by=cast.head_teacher, students=[cast.lin], day=TODAY, at=NOW, hat=hat, **changes)

    assert CheckIn.objects.get(student=cast.lin).status == Status.DUE
    assert differences(cast.school, first=FORTNIGHT, last=TODAY, as_of=TODAY) == []


def test_talk_of_a_teacher_does_not_touch_what_peers_owe(cast):
    QuotaRule.objects.create(
        school=cast.school, name="同伴", order=60, roles=[Role.PEER], per=QuotaRule.Per.CLASS, period="fortnight",
        together=60,
    )  # fmt: skip
    actions.open_periods(cast.school, on=TODAY, at=NOW)
    before = list(ClassCheckIn.objects.order_by("pk").values())

    actions.log_conversation(by=cast.head_teacher, students=[cast.lin], day=TODAY, at=NOW)

    assert before
    assert list(ClassCheckIn.objects.order_by("pk").values()) == before
    assert differences(cast.school, first=FORTNIGHT, last=TODAY, as_of=TODAY) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_about_one_child_both_count():
    cast = make_cast()
    gate = Barrier(2)

    def write(by):
        gate.wait()
        try:
            actions.log_conversation(by=by, students=[cast.lin], day=TODAY, at=NOW)
        finally:
            connections.close_all()

    pair = [Thread(target=write, args=[by]) for by in (cast.head_teacher, cast.teacher)]
    for one in pair:
        one.start()
    for one in pair:
        one.join()

    row = CheckIn.objects.get(student=cast.lin)
    assert (row.status, row.counted) == (Status.MET, 2)
    assert differences(cast.school, first=FORTNIGHT, last=TODAY, as_of=TODAY) == []
