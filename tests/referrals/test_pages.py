"""The pages of concerns, by person."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from privacy.models import ReadEntry
from referrals import actions, worries
from referrals.models import Concern, Source, State
from students.models import Guardian
from tests.cast import NOW
from tests.pages import read_page
from tests.referrals import cases

WORDS = "这两周总是一个人待着。"
LIST, MINE = "/referrals/", "/referrals/mine/"


def raised(cast, by=None, student=None, **more):
    more = {"source": Source.TALK, "words": WORDS, "at": NOW} | more
    return actions.raise_concern(by=by or cast.head_teacher, student=student or cast.lin, **more)


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def of(concern, route="concern"):
    return reverse(f"referrals:{route}", args=[concern.uid])


def order(text, *words):
    return sorted(words, key=text.index)


def test_list_puts_unseen_first_and_the_newest_first(cast, as_person):
    raised(cast, at=NOW - timedelta(hours=3))
    raised(cast, student=cast.xu, at=NOW - timedelta(hours=2))
    done = raised(cast, by=cast.head_teacher2, student=cast.chen)
    actions.mark_seen(by=cast.counselor, concern=done, at=NOW)

    text = page(as_person(cast.counselor), LIST)

    assert order(text, "林知夏", "许若楠", "陈一诺") == ["许若楠", "林知夏", "陈一诺"]
    assert ["七年级(1)班" in text, "刘敏" in text, "11月18日 10:40" in text, WORDS in text] == [True, True, True, False]


def test_list_shows_other_grades_without_words(cast, as_person):
    raised(cast)

    text = page(as_person(cast.counselor2), LIST)

    assert ("林知夏" in text, WORDS in text) == (True, False)


def test_list_without_concerns_says_so(cast, as_person):
    assert "没有等您看的关注" in page(as_person(cast.counselor), LIST)


def test_list_shows_a_page_and_then_the_next(cast, as_person, monkeypatch):
    page_of_list = import_module("referrals.views.concerns")
    monkeypatch.setattr(page_of_list, "CONCERNS", replace(page_of_list.CONCERNS, per_page=20))
    for _ in range(22):
        actions.mark_seen(by=cast.counselor, concern=raised(cast), at=NOW)
    client = as_person(cast.counselor)

    pages = [read_page(client.get(LIST, {"page": number})) for number in ("1", "2")]

    assert [len(one.rows) for one in pages] == [20, 2]


def test_list_shows_all_that_waits_however_many_the_menu_counts(cast, as_person, monkeypatch):
    monkeypatch.setattr(worries, "MOST_WAITING", 2)
    for _ in range(3):
        raised(cast)

    page = read_page(as_person(cast.counselor).get(LIST))

    assert [one.attrs["data-row"] for one in page.rows] == ["waiting"] * 3


@pytest.mark.parametrize(("seen", "names"), [("no", ["林知夏"]), ("yes", ["陈一诺"]), ("x", ["林知夏", "陈一诺"])])
def test_list_is_narrowed_to_what_waits_or_was_seen(cast, as_person, seen, names):
    raised(cast)
    actions.mark_seen(by=cast.counselor, concern=raised(cast, student=cast.chen), at=NOW)

    page = read_page(as_person(cast.counselor).get(LIST, {"seen": seen}))

    assert [one.all("th")[0].text for one in page.rows] == names


def test_mine_says_received_and_then_seen(cast, as_person):
    concern = raised(cast)
    client = as_person(cast.head_teacher)
    before = page(client, MINE)
    actions.mark_seen(by=cast.counselor, concern=concern, at=NOW)
    after = page(client, MINE)

    assert ("已收到" in before, "心理教师已看" in before, "心理教师已看" in after) == (True, False, True)
    assert ("顾文静" in after, WORDS in after) == (False, False)


def test_mine_holds_own_ones_only(cast, as_person):
    raised(cast, by=cast.teacher, student=cast.ma)

    assert "还没有上报过" in page(as_person(cast.head_teacher), MINE)


def test_peer_hears_received_and_no_more(cast, as_person):
    concern = raised(cast, by=cast.peer, student=cast.ma, source=Source.PEERS)
    actions.mark_seen(by=cast.counselor, concern=concern, at=NOW)
    client = as_person(cast.peer)

    for url in (MINE, of(concern), "/"):
        text = page(client, url)
        assert ("已收到" in text, "心理教师已看" in text, WORDS in text) == (True, False, False)
    assert not ReadEntry.objects.exists()


def test_concern_opens_its_words_to_the_counselor_in_charge_with_a_row(cast, as_person):
    concern = raised(cast)

    text = page(as_person(cast.counselor), of(concern))

    assert (WORDS in text, "看到了" in text) == (True, True)
    assert [(row.by_id, row.table, row.student_id) for row in ReadEntry.objects.all()] == [
        (cast.counselor.pk, "concern", cast.lin.pk)
    ]


def test_concern_of_another_grade_shows_facts_without_words(cast, as_person):
    concern = raised(cast)

    text = page(as_person(cast.counselor2), of(concern))

    assert ("由负责的心理教师看" in text, WORDS in text, "看到了" in text) == (True, False, False)
    assert not ReadEntry.objects.exists()


def test_raiser_reads_own_words_and_the_state(cast, as_person):
    concern = raised(cast)
    actions.mark_seen(by=cast.counselor, concern=concern, at=NOW)

    text = page(as_person(cast.head_teacher), of(concern))

    assert (WORDS in text, "心理教师已看" in text, "顾文静" in text, "看到了" in text) == (True, True, False, False)


def test_concern_with_damaged_bytes_says_so(cast, as_person):
    concern = raised(cast)
    Concern.objects.filter(pk=concern.pk).update(words=b"\x01broken")

    assert "这段文字现在打不开" in page(as_person(cast.counselor), of(concern))


def test_concern_without_words_says_so(cast, as_person):
    assert "没有另外写话" in page(as_person(cast.counselor), of(raised(cast, words="")))


def test_seen_button_marks_and_leads_to_the_list(cast, as_person):
    concern = raised(cast)
    client = as_person(cast.counselor)

    answer = client.post(of(concern, "seen"))

    assert (answer.status_code, answer["Location"], Concern.objects.get().state) == (302, LIST, State.SEEN)
    assert "看到了</button>" not in page(client, of(concern))


def test_seen_by_a_link_is_refused(cast, as_person):
    assert as_person(cast.counselor).get(of(raised(cast), "seen")).status_code == 405


def test_home_of_counselor_lists_five_and_the_menu_counts_all(cast, as_person):
    for _ in range(6):
        raised(cast)
    client = as_person(cast.counselor)

    answer = client.get("/")

    text = answer.content.decode()
    assert len(answer.context["page"].asked) == 5
    assert ("老师请您看一看" in text, '<span class="q-side-n">6</span>' in text) == (True, True)


def test_home_of_counselor_says_it_once(cast, as_person):
    raised(cast)

    answer = as_person(cast.counselor).get("/")

    assert (len(answer.context["page"].asked), answer.context["page"].inbox) == (1, [])


def test_menu_has_no_figure_when_nothing_waits(cast, as_person):
    text = page(as_person(cast.counselor), LIST)

    assert ("关注" in text, "q-side-n" in text) == (True, False)


@pytest.mark.parametrize("who", ["head_teacher", "principal", "registrar", "parent", "peer"])
def test_menu_entry_is_for_counselors(cast, as_person, who):
    assert f'href="{LIST}"' not in page(as_person(cast.people[who]), "/")


def test_home_of_raiser_says_how_far_it_is_for_a_week(cast, as_person):
    concern = raised(cast)
    client = as_person(cast.head_teacher)
    waiting = page(client, "/")
    actions.mark_seen(by=cast.counselor, concern=concern, at=NOW)
    seen = client.get("/").context["page"].own_concerns
    Concern.objects.update(seen_at=NOW - timedelta(days=8))
    later = client.get("/").context["page"].own_concerns

    assert ("我上报的关注" in waiting, [one.words for one in seen], later) == (True, ["心理教师已看，在跟进"], [])


def test_home_without_own_concerns_has_no_line(cast, as_person):
    raised(cast)

    assert "我上报的关注" not in page(as_person(cast.teacher), "/")


@pytest.mark.parametrize(
    ("who", "url", "expected"),
    [("counselor", LIST, 9), ("head_teacher", MINE, 5)],
)
def test_lists_ask_as_often_with_three_rows_as_with_one(cast, as_person, who, url, expected):
    client = as_person(cast.people[who])

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    raised(cast)
    alone = count()
    raised(cast, student=cast.xu)
    actions.mark_seen(by=cast.counselor, concern=raised(cast, student=cast.ma), at=NOW)

    assert (alone, count()) == (expected, expected)


def test_parent_reads_own_report_and_hears_that_it_was_received(cast, as_person):
    concern = raised(cast, by=cast.parent)
    actions.mark_seen(by=cast.counselor, concern=concern, at=NOW)
    client = as_person(cast.parent)

    for url in (MINE, of(concern)):
        assert ("已收到" in page(client, url), "在跟进" in page(client, url)) == (True, False)


def test_guardian_who_is_barred_has_no_own_page(cast, as_person):
    concern = raised(cast, by=cast.parent)
    Guardian.objects.filter(user=cast.parent).update(barred_from=NOW.date())
    client = as_person(cast.parent)

    assert [client.get(url).status_code for url in (MINE, of(concern))] == [404, 404]


def test_reporter_hears_the_class_of_what_came_of_it(cast, as_person):
    cases.closed(cast)

    text = page(as_person(cast.teacher), MINE)

    assert ("已经妥善跟进，谢谢您" in text, "三周来" in text, "好转" in text) == (True, False, False)
