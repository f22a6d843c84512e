"""Fifty posts of one form at once, as a browser sends them when the network comes and goes: one row."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from listening.models import Addendum, Conversation
from referrals.models import Concern
from students import actions
from students.models import CareTier, Draft, TierProposal
from tests.cast import NOW, make_cast, peers_rule, talk
from tests.listening.test_pages import untouched

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time: see tests/browser"),
    pytest.mark.django_db(transaction=True),
]

POSTS = 50
AT_ONCE = 10


def post_at_once(who, url, sent):
    """The answers to all posts, sent by several at a time."""
    client = Client()
    client.force_login(who)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    gate = Barrier(AT_ONCE)

    def post(number):
        if number < AT_ONCE:
            gate.wait()
        one = Client()
        one.cookies[settings.SESSION_COOKIE_NAME] = session
        try:
            return one.post(url, sent).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(post, range(POSTS)))


def test_talk_with_a_concern_and_a_draft():
    cast, tab = make_cast(), uuid4()
    page, typed = actions.Page(tab, 1, 0), actions.Typed([("note", "一")], ["note"])
    actions.keep_draft(by=cast.head_teacher, form="log", about=cast.lin.uid, page=page, typed=typed, at=NOW)
    sent = untouched(cast.lin, note="他想说话。", worry="on", worry_words="请看看。", draft_tab=str(tab))

    answers = post_at_once(cast.head_teacher, reverse("listening:new"), sent)

    assert answers == [302] * POSTS
    assert (Conversation.objects.count(), Concern.objects.count(), Draft.objects.count()) == (1, 1, 0)


def test_addendum():
    cast = make_cast()
    stands = talk(cast.head_teacher, cast.lin, note="他想说话。")
    url = reverse("listening:note-add", args=[stands.uid])

    answers = post_at_once(cast.head_teacher, url, {"note": "又来过。", "request_key": str(uuid4())})

    assert (answers, Addendum.objects.count()) == ([302] * POSTS, 1)


def test_activity_of_peers():
    cast = make_cast()
    peers_rule(cast.school)
    sent = {
        "day": "2025-11-18",
        "channel": "walk",
        "minutes": "20",
        "students": [str(cast.lin.uid), str(cast.ma.uid)],
        "note": "走了走。",
        "worried_about": [str(cast.ma.uid)],
        "worry": "她很少说话。",
        "request_key": str(uuid4()),
    }

    answers = post_at_once(cast.peer, reverse("listening:peers", args=[cast.class_1.uid]), sent)

    assert (answers, Conversation.objects.count(), Concern.objects.count()) == ([302] * POSTS, 1, 1)


def test_proposal_of_care():
    cast = make_cast()
    tier = CareTier.objects.in_use().get(school=cast.school, axis=CareTier.Axis.S2)
    sent = {"tier": str(tier.uid), "reason": "一", "review_on": "", "request_key": str(uuid4())}

    answers = post_at_once(cast.counselor, reverse("students:care-propose", args=[cast.lin.uid]), sent)

    assert (answers, TierProposal.objects.count()) == ([302] * POSTS, 1)


def test_drafts_of_fifty_pages_overwrite_nothing():
    cast = make_cast()

    def keep(number):
        page = actions.Page(uuid4(), 1, 0)
        typed = actions.Typed([("note", str(number))], ["note"])
        try:
            actions.keep_draft(by=cast.head_teacher, form="log", about=cast.lin.uid, page=page, typed=typed, at=NOW)
        except actions.DraftElsewhere:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        kept = list(pool.map(keep, range(POSTS)))

    assert (sum(kept), Draft.objects.get().edition) == (1, 1)
