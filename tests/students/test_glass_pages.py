"""紧急查看 in the browser: the way in, the hour, the second person, the review."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from listening import actions as listening
from notifications.models import InboxItem
from privacy.models import ReadEntry
from students import actions
from students.models import BreakGlass, Guardian
from tests.cast import NOW, TODAY, student, talk
from tests.pages import read_page

WHY = "孩子今天没有到校，家里电话打不通"
PHONE = "139 0000 0001"
OVER = NOW + timedelta(minutes=60)
MENU = 'href="/students/glass/"'


def form_of(child):
    return reverse("students:glass-open", args=[child.uid])


def page_of(glass):
    return reverse("students:glass", args=[glass.uid])


def student_of(child):
    return reverse("student", args=[child.uid])


def notes_of(glass):
    return reverse("listening:glass", args=[glass.uid])


def note_of(glass, one):
    return reverse("listening:glass-note", args=[glass.uid, one.uid])


def text_of(client, url):
    return read_page(client.get(url)).text


def opened(cast, *, by=None, child=None, at=NOW):
    return actions.open_glass(by=by or cast.counselor2, student=child or cast.lin, reason=WHY, at=at)


def agreed(cast, **more):
    glass = opened(cast, **more)
    actions.ask_second(by=glass.by, glass=glass, at=NOW)
    actions.agree(by=cast.counselor, glass=glass, at=NOW)
    return glass


@pytest.mark.parametrize(
    ("name", "shown"), [("counselor2", True), ("counselor", False), ("head_teacher", False), ("registrar", False)]
)
def test_students_page_has_the_link_for_who_may(cast, as_person, name, shown):
    page = as_person(getattr(cast, name)).get(student_of(cast.lin)).content.decode()

    assert (form_of(cast.lin) in page, "紧急查看" in page) == (shown, shown)


@pytest.mark.parametrize(("name", "shown"), [("leader", True), ("counselor2", False), ("head_teacher", False)])
def test_list_has_the_link_for_who_opens_no_students_page(cast, as_person, name, shown):
    page = as_person(getattr(cast, name)).get(reverse("students:list")).content.decode()

    assert (form_of(cast.lin) in page) is shown


def test_form_says_what_happens_and_who_will_know(cast, as_person):
    text = text_of(as_person(cast.counselor2), form_of(cast.lin))

    assert "顾文静老师和程远山校长马上会知道" in text
    assert PHONE not in text


@pytest.mark.parametrize("reason", ["", "   ", "急用"])
def test_without_a_reason_nothing_opens_and_what_was_typed_stays(cast, as_person, reason):
    answer = as_person(cast.counselor2).post(form_of(cast.lin), {"reason": reason})

    assert (answer.status_code, BreakGlass.objects.count(), InboxItem.objects.count()) == (422, 0, 0)
    assert reason.strip() in answer.content.decode()


def test_reason_opens_it_and_leads_there(cast, as_person):
    client = as_person(cast.counselor2)

    sent = client.post(form_of(cast.lin), {"reason": WHY})
    text = text_of(client, sent["Location"])

    assert sent["Location"] == page_of(BreakGlass.objects.get())
    assert ("13:40 自动关上" in text, PHONE in text, WHY in text) == (True, True, True)


def test_opening_asks_for_a_fresh_proof_and_keeps_the_reason(cast, as_person):
    client = as_person(cast.counselor2)

    with time_machine.travel(NOW + timedelta(minutes=16), tick=False):
        looked = client.get(form_of(cast.lin))
        sent = client.post(form_of(cast.lin), {"reason": WHY})

    assert (looked.status_code, looked["Location"].startswith(reverse("confirm"))) == (302, True)
    assert (sent.status_code, WHY in sent.content.decode(), BreakGlass.objects.count()) == (422, True, 0)


@pytest.mark.parametrize("do", ["agree", "review"])
def test_second_word_and_review_ask_for_a_fresh_proof(cast, as_person, do):
    glass = opened(cast)
    actions.ask_second(by=cast.counselor2, glass=glass, at=NOW)
    client = as_person(cast.principal)

    with time_machine.travel(NOW + timedelta(minutes=20), tick=False):
        answer = client.post(page_of(glass), {"do": do, "words": "看得合适"})

    glass.refresh_from_db()
    assert (answer.status_code, glass.second_by, glass.reviewed_by) == (422, None, None)


def test_opening_again_leads_to_the_one_that_stands(cast, as_person):
    glass = opened(cast)
    client = as_person(cast.counselor2)

    assert client.get(form_of(cast.lin))["Location"] == page_of(glass)
    assert client.post(form_of(cast.lin), {"reason": WHY})["Location"] == page_of(glass)


def test_another_student_waits_until_the_first_is_closed(cast, as_person):
    glass = opened(cast)
    client = as_person(cast.counselor2)

    refused = client.post(form_of(cast.ma), {"reason": WHY})
    client.post(page_of(glass), {"do": "close"})
    taken = client.post(form_of(cast.ma), {"reason": WHY})

    assert (refused.status_code, WHY in refused.content.decode(), taken.status_code) == (422, True, 302)
    assert "一次只看一位同学" in refused.content.decode()


def test_students_page_shows_the_phone_for_the_hour(cast, as_person):
    client = as_person(cast.counselor2)
    before = PHONE in text_of(client, student_of(cast.lin))
    opened(cast)
    during = PHONE in text_of(client, student_of(cast.lin))
    other = Guardian.objects.create(school=cast.school, student=cast.ma, name="马强", phone="137 0000 0009")
    elsewhere = other.phone in text_of(client, student_of(cast.ma))
    with time_machine.travel(OVER, tick=False):
        after = PHONE in text_of(as_person(cast.counselor2), student_of(cast.lin))

    assert (before, during, elsewhere, after) == (False, True, False, False)


def test_students_page_of_everybody_else_is_as_before(cast, as_person):
    client = as_person(cast.head_teacher)
    before = text_of(client, student_of(cast.lin))
    agreed(cast)

    assert text_of(client, student_of(cast.lin)) == before


def test_phone_on_the_students_page_leaves_a_row(cast, as_person):
    glass = opened(cast)
    as_person(cast.counselor2).get(student_of(cast.lin))

    assert list(ReadEntry.objects.values_list("table", "glass")) == [("guardian", glass.uid)]


def test_guardian_to_be_kept_away_is_no_number_to_press(cast, as_person):
    Guardian.objects.filter(user=cast.parent).update(barred_from=TODAY)
    glass = opened(cast)

    page = as_person(cast.counselor2).get(page_of(glass)).content.decode()

    assert ("现在不联系这一位" in page, f"tel:{PHONE}" in page) == (True, False)


def test_page_shows_nothing_of_care(cast, as_person):
    glass = agreed(cast, by=cast.leader)
    client = as_person(cast.leader)

    for url in (page_of(glass), notes_of(glass)):
        assert [word for word in ("普通", "需关注", "明显", "标签") if word in text_of(client, url)] == []
    assert client.get(reverse("students:care", args=[cast.lin.uid])).status_code == 404


def test_ended_one_shows_no_phone(cast, as_person):
    glass = opened(cast)
    with time_machine.travel(OVER, tick=False):
        text = text_of(as_person(cast.counselor2), page_of(glass))

    assert ("已经结束" in text, PHONE in text) == (True, False)


def test_second_person_sees_why_and_agrees(cast, as_person):
    glass = opened(cast)
    as_person(cast.counselor2).post(page_of(glass), {"do": "ask"})
    client = as_person(cast.leader)

    text = text_of(client, InboxItem.objects.get(to=cast.leader).path)
    sent = client.post(page_of(glass), {"do": "agree"})

    glass.refresh_from_db()
    assert ("沈岚想看林知夏的倾听记录" in text, WHY in text, PHONE in text) == (True, True, False)
    assert (sent.status_code, glass.second_by) == (302, cast.leader)


def test_opener_does_not_agree(cast, as_person):
    glass = opened(cast)
    client = as_person(cast.counselor2)
    client.post(page_of(glass), {"do": "ask"})

    assert "我同意" not in text_of(client, page_of(glass))
    assert client.post(page_of(glass), {"do": "agree"}).status_code == 404


@pytest.mark.parametrize("name", ["leader", "head_teacher", "registrar", "other_counselor"])
def test_page_is_absent_for_who_has_no_part_in_it(cast, as_person, name):
    client = as_person(getattr(cast, name))
    nowhere = client.get("/students/nowhere/")

    answer = client.get(page_of(opened(cast)))

    assert (answer.status_code, answer.content) == (404, nowhere.content)


def test_what_is_no_step_is_refused(cast, as_person):
    assert as_person(cast.counselor2).post(page_of(opened(cast)), {"do": "stay"}).status_code == 422


@pytest.mark.parametrize("by_counselor", [True, False])
def test_note_opens_after_the_second_word_and_says_so_in_the_trail(cast, as_person, by_counselor):
    who = cast.counselor if by_counselor else cast.head_teacher
    said = talk(who, cast.lin, by_counselor=by_counselor, note="她说最近睡得不好。")
    glass = opened(cast)
    client = as_person(cast.counselor2)
    before = [client.get(url).status_code for url in (notes_of(glass), note_of(glass, said))]
    actions.ask_second(by=cast.counselor2, glass=glass, at=NOW)
    actions.agree(by=cast.counselor, glass=glass, at=NOW)

    listed, text = text_of(client, notes_of(glass)), text_of(client, note_of(glass, said))

    assert before == [404, 404]
    assert ("她说最近睡得不好。" in listed, "她说最近睡得不好。" in text) == (False, True)
    trail = ReadEntry.objects.values_list("by_id", "table", "field", "uid", "glass")
    assert list(trail) == [(cast.counselor2.pk, "conversation", "note", said.uid, glass.uid)]


def test_what_was_added_opens_with_a_row_of_its_own(cast, as_person):
    said = talk(cast.head_teacher, cast.lin)
    added = listening.add_to_note(by=cast.head_teacher, talk=said, note="后来又说了几句。", at=NOW, request_key=uuid4())
    glass = agreed(cast)

    text = text_of(as_person(cast.counselor2), note_of(glass, said))

    assert "后来又说了几句。" in text
    trail = ReadEntry.objects.values_list("table", "field", "uid", "glass")
    assert list(trail) == [("addendum", "note", added.uid, glass.uid)]


def test_note_does_not_open_on_the_page_of_the_talk(cast, as_person):
    said = talk(cast.counselor, cast.lin, by_counselor=True, note="她说最近睡得不好。")
    agreed(cast)

    page = as_person(cast.counselor2).get(reverse("listening:conversation", args=[said.uid])).content.decode()

    assert "她说最近睡得不好。" not in page


def test_notes_shut_by_time(cast, as_person):
    said = talk(cast.counselor, cast.lin, by_counselor=True, note="她说最近睡得不好。")
    glass = agreed(cast)
    with time_machine.travel(OVER, tick=False):
        client = as_person(cast.counselor2)
        codes = [client.get(url).status_code for url in (notes_of(glass), note_of(glass, said))]

    assert codes == [404, 404]


def test_notes_of_several_of_others_and_without_words_are_not_listed(cast, as_person):
    alone = talk(cast.head_teacher, cast.lin, note="一")
    together = talk(cast.head_teacher, cast.lin, cast.ma, note="二")
    others = talk(cast.head_teacher, cast.ma, note="三")
    talk(cast.head_teacher, cast.lin)
    glass = agreed(cast)
    client = as_person(cast.counselor2)

    page = read_page(client.get(notes_of(glass)))

    assert [row.text for row in page.rows] == ["2025年11月18日 刘敏 · 倾听"]
    assert "另有 1 次是和几位同学一起谈的" in page.text
    codes = [client.get(note_of(glass, one)).status_code for one in (alone, together, others)]
    assert codes == [200, 404, 404]


def test_list_reaches_the_head_of_the_group(cast, as_person):
    talk(cast.head_teacher, cast.lin, note="一")
    glass = agreed(cast)
    said = talk(cast.head_teacher, cast.lin, note="二")
    client = as_person(cast.counselor2)
    for url in (page_of(glass), note_of(glass, said), note_of(glass, said)):
        client.get(url)
    with time_machine.travel(OVER, tick=False):
        client = as_person(cast.principal)
        home = client.get("/").content.decode()
        page = read_page(client.get(reverse("students:glasses")))
        reason = text_of(client, page_of(glass))

    assert MENU in home
    assert [row.text for row in page.rows] == [
        "沈岚 → 林知夏 2025年11月18日 12:40 到 13:40 看监护人电话 1 次，看记录 1 段，顾文静同意看记录 待复核"
    ]
    assert (WHY in reason, "看监护人电话 1 次，看记录 1 段" in reason) == (True, True)


def test_review_needs_words_and_stands(cast, as_person):
    glass = opened(cast)
    with time_machine.travel(OVER, tick=False):
        client = as_person(cast.principal)
        empty = client.post(page_of(glass), {"do": "review", "words": ""})
        sent = client.post(page_of(glass), {"do": "review", "words": "看得合适，已经和家长联系上"})
        text = text_of(client, page_of(glass))

    assert (empty.status_code, sent.status_code) == (422, 302)
    assert ("已复核" in text, "看得合适，已经和家长联系上" in text) == (True, True)


def test_what_the_head_of_the_group_opened_is_reviewed_by_others(cast, as_person):
    glass = opened(cast, by=cast.principal)
    with time_machine.travel(OVER, tick=False):
        own = as_person(cast.principal).post(page_of(glass), {"do": "review", "words": "合适"}).status_code
        rows = {
            name: len(read_page(as_person(getattr(cast, name)).get(reverse("students:glasses"))).rows)
            for name in ("principal", "leader", "counselor")
        }
        sent = as_person(cast.leader).post(page_of(glass), {"do": "review", "words": "合适"}).status_code

    assert (own, rows, sent) == (404, {"principal": 0, "leader": 1, "counselor": 1}, 302)


def test_menu_counts_what_waits_for_the_head_of_the_group(cast, as_person):
    opened(cast)
    opened(cast, by=cast.leader, child=student("高俊豪", cast.class_1))

    page = as_person(cast.principal).get("/").content.decode()
    others = [as_person(getattr(cast, name)).get("/").content.decode() for name in ("counselor", "leader", "teacher")]

    assert re.search(f'{MENU}[^>]*data-figure="2"', page)
    assert [MENU in one for one in [page, *others]] == [True, False, False, False]
