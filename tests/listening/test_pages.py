"""The pages of listening, by person."""

import uuid

import pytest
from django.urls import reverse

from listening.models import CheckIn, Conversation
from listening.my_list import fair_share
from listening.quotas import Status
from tests.cast import FORTNIGHT, talk


def untouched(student, **changes):
    """The log form as it is sent untouched, with changes."""
    return {
        "students": [str(student.uid)],
        "minutes": "15",
        "outcome": "made",
        "channel": "face",
        "day": "2025-11-18",
        "clock": "12:40",
        "place": "",
        "note": "",
        "request_key": str(uuid.uuid4()),
        **changes,
    }


def new_url(student):
    return f"{reverse('listening:new')}?student={student.uid}"


def test_my_list_of_head_teacher_shows_who_is_owed(cast, as_person):
    page = as_person(cast.head_teacher).get(reverse("listening:list")).content.decode()

    assert "今天建议" in page
    assert [name in page for name in ("林知夏", "许若楠", "陈一诺")] == [True, True, False]


def test_log_form_opens_ready_to_save(cast, as_person):
    page = as_person(cast.head_teacher).get(new_url(cast.lin))

    assert page.status_code == 200
    assert "心理教师顾文静" in page.content.decode()


def test_saved_talk_meets_check_in_and_answers_with_redirect(cast, as_person):
    answer = as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin, note="约好下周带画给我看。"))

    row = CheckIn.objects.get(school=cast.school, student=cast.lin)
    assert (answer.status_code, row.status, row.counted) == (302, Status.MET, 1)


def test_same_key_twice_makes_one_talk(cast, as_person):
    client, sent = as_person(cast.head_teacher), untouched(cast.lin)

    client.post(new_url(cast.lin), sent)
    client.post(new_url(cast.lin), sent)

    assert Conversation.objects.count() == 1


def test_refused_form_keeps_what_was_typed(cast, as_person):
    answer = as_person(cast.head_teacher).post(
        new_url(cast.lin), untouched(cast.lin, day="2025-11-19", note="她说起画画。")
    )

    page = answer.content.decode()
    assert (answer.status_code, "日期不能晚于今天" in page, "她说起画画。" in page) == (422, True, True)


def test_log_form_without_student_asks_whom(cast, as_person):
    page = as_person(cast.head_teacher).get(reverse("listening:new")).content.decode()

    assert f"?student={cast.lin.uid}" in page


def test_board_shows_row_as_met(cast, as_person):
    talk(cast.head_teacher, cast.lin)

    page = as_person(cast.head_teacher).get(reverse("listening:board", args=[cast.class_1.uid])).content.decode()

    assert "11月18日 刘敏" in page
    assert "待谈 2" in page


@pytest.mark.parametrize("status", ["met", "due"])
def test_why_page_explains(cast, as_person, status):
    if status == "met":
        talk(cast.head_teacher, cast.lin)
    talk(cast.head_teacher, cast.lin, cast.xu, minutes=25)
    url = reverse("listening:check-in", args=[cast.lin.uid, cast.rule.uid, FORTNIGHT])

    page = as_person(cast.head_teacher).get(url).content.decode()

    assert "这条要求只算一对一" in page
    assert ("已算 1 次" in page) is (status == "met")


def test_note_is_read_by_author_and_counselor_in_charge_alone(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note="只有我们知道")
    url = reverse("listening:conversation", args=[one.uid])

    seen = {
        name: "只有我们知道" in as_person(getattr(cast, name)).get(url).content.decode()
        for name in ("head_teacher", "counselor", "counselor2", "teacher", "principal", "registrar")
    }

    assert seen == {
        "head_teacher": True,
        "counselor": True,
        "counselor2": False,
        "teacher": False,
        "principal": False,
        "registrar": False,
    }


def test_counselors_talk_shows_head_teacher_the_day_alone(cast, as_person):
    talk(cast.counselor, cast.lin, by_counselor=True)

    page = as_person(cast.head_teacher).get(reverse("listening:board", args=[cast.class_1.uid])).content.decode()

    assert ("今天" in page, "顾文静" in page) == (True, False)


@pytest.mark.parametrize("name", ["head_teacher", "counselor", "principal", "grade_head", "teacher"])
def test_missed_list_opens(cast, as_person, name):
    assert as_person(getattr(cast, name)).get(reverse("listening:missed")).status_code in (200, 404)


@pytest.mark.parametrize(
    "name",
    [
        "counselor", "counselor2", "head_teacher", "teacher", "grade_head", "leader", "principal", "registrar",
        "parent", "student", "peer", "bureau", "stranger", "admin", "other_counselor",
    ],
)  # fmt: skip
def test_home_has_a_sentence_for_everybody(cast, as_person, name):
    answer = as_person(getattr(cast, name)).get("/")

    assert answer.status_code == 200
    assert "今日" in answer.content.decode()


@pytest.mark.parametrize(
    ("lefts", "expected"),
    [([], 0), ([4] * 13, 4), ([1, 1, 1], 3), ([0], 1), ([4] * 5 + [8] * 17, 3), ([1] + [10] * 9, 1)],
)
def test_fair_share_meets_every_due_day(lefts, expected):
    assert fair_share(lefts) == expected
