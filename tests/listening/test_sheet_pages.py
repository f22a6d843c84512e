"""整班录入: one save for a class, by person."""

import uuid

import pytest
from django.urls import reverse

from listening.models import CheckIn, Conversation
from listening.quotas import Status
from students import actions as students
from tests.cast import NOW, TODAY, talk


def url(klass):
    return reverse("listening:sheet", args=[klass.uid])


def sent(*rows, **changes):
    """The sheet with some students ticked: a student, or a student and what was written."""
    found = {"day": "2025-11-18", "minutes": "15", "channel": "walk", "form_key": str(uuid.uuid4()), **changes}
    for row in rows:
        student, note = row if isinstance(row, tuple) else (row, "")
        found |= {f"{student.uid}-heard": "on", f"{student.uid}-note": note}
    return found


def test_sheet_lists_own_class_by_pinyin_and_marks_who_is_met(cast, as_person):
    talk(cast.teacher, cast.ma)

    page = as_person(cast.head_teacher).get(url(cast.class_1)).content.decode()

    assert page.index("林知夏") < page.index("马依依") < page.index("许若楠")
    assert ("陈一诺" in page, page.count("q-sheet-row"), page.count("已谈")) == (False, 3, 1)


def test_each_tick_is_a_talk_of_its_own_and_counts(cast, as_person):
    answer = as_person(cast.head_teacher).post(url(cast.class_1), sent((cast.lin, "说起画画。"), cast.ma))

    talks = Conversation.objects.order_by("pk")
    assert (answer.status_code, [one.lines.count() for one in talks]) == (302, [1, 1])
    assert {(one.minutes, one.channel, one.by_counselor) for one in talks} == {(15, "walk", False)}
    met = CheckIn.objects.filter(school=cast.school, status=Status.MET).values_list("student", flat=True)
    assert set(met) == {cast.lin.pk, cast.ma.pk}


def test_same_sheet_twice_makes_nothing_twice(cast, as_person):
    client, form = as_person(cast.head_teacher), sent(cast.lin, cast.ma)

    client.post(url(cast.class_1), form)
    answer = client.post(url(cast.class_1), form, follow=True)

    assert (Conversation.objects.count(), "没有重复记" in answer.content.decode()) == (2, True)


def test_one_bad_row_keeps_and_saves_the_others(cast, as_person):
    client, long = as_person(cast.head_teacher), "很长" * 300
    form = sent(cast.lin, (cast.ma, long), cast.xu)

    answer = client.post(url(cast.class_1), form)

    page = answer.content.decode()
    assert (answer.status_code, long in page, page.count("q-row-bad"), page.count("刚才已保存")) == (422, True, 1, 2)
    assert set(Conversation.objects.values_list("about", flat=True)) == {cast.lin.pk, cast.xu.pk}

    again = client.post(url(cast.class_1), form | {f"{cast.ma.uid}-note": "短一点"})

    assert (again.status_code, Conversation.objects.count()) == (302, 3)


def test_words_without_a_tick_are_kept_and_asked_about(cast, as_person):
    answer = as_person(cast.head_teacher).post(url(cast.class_1), {**sent(), f"{cast.lin.uid}-note": "说起画画。"})

    page = answer.content.decode()
    assert (answer.status_code, "还没有打勾" in page, "说起画画。" in page) == (422, True, True)
    assert not Conversation.objects.exists()


def test_student_who_moved_meanwhile_keeps_the_words_and_the_others(cast, as_person):
    form = sent(cast.lin, (cast.ma, "说起画画。"))
    students.move_class(by=None, student=cast.ma, to=cast.class_2, on=TODAY, at=NOW)

    answer = as_person(cast.head_teacher).post(url(cast.class_1), form)

    page = answer.content.decode()
    assert (answer.status_code, "不在这张名单里" in page, "说起画画。" in page, "马依依" in page) == (
        422,
        True,
        True,
        False,
    )
    assert set(Conversation.objects.values_list("about", flat=True)) == {cast.lin.pk}


def test_day_ahead_saves_nothing_and_keeps_the_ticks(cast, as_person):
    answer = as_person(cast.head_teacher).post(url(cast.class_1), sent((cast.lin, "说起画画。"), day="2025-11-19"))

    page = answer.content.decode()
    assert (answer.status_code, "日期不能晚于今天" in page, "说起画画。" in page) == (422, True, True)
    assert not Conversation.objects.exists()


def test_nobody_ticked_says_what_to_do(cast, as_person):
    answer = as_person(cast.head_teacher).post(url(cast.class_1), sent())

    assert (answer.status_code, "还没有勾选同学" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(("name", "there"), [("teacher", "listening:list"), ("head_teacher", "listening:board")])
def test_saved_sheet_leads_to_where_the_person_looks_next(cast, as_person, name, there):
    answer = as_person(getattr(cast, name)).post(url(cast.class_1), sent(cast.xu))

    args = [cast.class_1.uid] if there == "listening:board" else []
    assert answer["Location"] == reverse(there, args=args)


def test_counselors_sheet_is_counseling(cast, as_person):
    as_person(cast.counselor).post(url(cast.class_1), sent((cast.lin, "只写给自己")))

    one = Conversation.objects.get()
    page = as_person(cast.head_teacher).get(reverse("listening:conversation", args=[one.uid]))
    assert (one.by_counselor, page.status_code) == (True, 404)


def test_board_and_list_lead_to_the_sheet(cast, as_person):
    client = as_person(cast.head_teacher)

    pages = [client.get(reverse("listening:board", args=[cast.class_1.uid])), client.get(reverse("listening:list"))]

    assert [url(cast.class_1) in page.content.decode() for page in pages] == [True, True]
