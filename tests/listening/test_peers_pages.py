"""同伴活动: written by the peer supporter or the head teacher, by person."""

import uuid
from datetime import timedelta

import time_machine
from django.urls import reverse

from listening.models import ClassCheckIn, Conversation
from listening.quotas import Status
from privacy.models import ReadEntry
from referrals.models import Concern, Source
from schools.models import Membership
from schools.roles import Role
from tests.cast import FORTNIGHT, NOW, TERM, activity, peers_rule, person


def url(klass):
    return reverse("listening:peers", args=[klass.uid])


def sent(*students, **changes):
    return {
        "day": "2025-11-18",
        "channel": "walk",
        "minutes": "20",
        "students": [str(one.uid) for one in students],
        "note": "大家一起走了走，说说笑笑。",
        "request_key": str(uuid.uuid4()),
        **changes,
    }


def test_peer_sees_names_of_own_class_and_nothing_else(cast, as_person):
    page = as_person(cast.peer).get(url(cast.class_1)).content.decode()

    assert [name in page for name in ("林知夏", "马依依", "陈一诺", "结对", "刘敏")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert "你自己（24 小时内）和心理教师顾文静" in page


def test_activity_meets_what_the_class_owes(cast, as_person):
    peers_rule(cast.school)

    answer = as_person(cast.peer).post(url(cast.class_1), sent(cast.lin, cast.ma))

    one = Conversation.objects.get()
    facts = (one.listener, one.recorded_by, one.hat, one.minutes, one.channel, set(one.about.all()))
    assert (answer.status_code, facts) == (302, (cast.peer, cast.peer, "peer", 20, "walk", {cast.lin, cast.ma}))
    assert ClassCheckIn.objects.get(school_class=cast.class_1).status == Status.MET


def test_same_form_twice_makes_one_activity_and_one_concern(cast, as_person):
    client = as_person(cast.peer)
    form = sent(cast.lin, worried_about=[str(cast.ma.uid)], worry="她最近总是一个人。")

    client.post(url(cast.class_1), form)
    client.post(url(cast.class_1), form)

    concern = Concern.objects.get()
    assert (Conversation.objects.count(), concern.student, concern.source) == (1, cast.ma, Source.PEERS)
    assert concern.conversation_uid == Conversation.objects.get().uid


def test_worry_without_a_name_keeps_what_was_typed(cast, as_person):
    answer = as_person(cast.peer).post(url(cast.class_1), sent(cast.lin, worry="她最近总是一个人。"))

    page = answer.content.decode()
    assert (answer.status_code, "点一下是哪位同学" in page, "她最近总是一个人。" in page) == (422, True, True)
    assert not Conversation.objects.exists()


def test_name_of_another_class_is_refused(cast, as_person):
    answer = as_person(cast.peer).post(url(cast.class_1), sent(cast.lin, cast.chen))

    assert (answer.status_code, Conversation.objects.count()) == (422, 0)


def test_peer_reads_own_words_for_24_hours_with_a_row_in_the_trail(cast, as_person):
    one = activity(cast.peer, cast.peer, cast.lin, cast.ma, note="一起走了走。")
    there = reverse("listening:peer-activity", args=[cast.class_1.uid, one.uid])

    first = as_person(cast.peer).get(there)
    read = ReadEntry.objects.filter(by_id=cast.peer.pk).count()
    with time_machine.travel(NOW + timedelta(hours=24), tick=False):
        later = as_person(cast.peer).get(there).status_code
        listed = str(one.uid) in as_person(cast.peer).get(url(cast.class_1)).content.decode()

    assert ("一起走了走。" in first.content.decode(), read, later, listed) == (True, 2, 404, False)


def test_note_of_a_peer_is_for_the_counselor_in_charge_not_for_the_head_teacher(cast, as_person):
    one = activity(cast.peer, cast.peer, cast.lin, note="一起走了走。")
    there = reverse("listening:conversation", args=[one.uid])

    seen = {
        name: "一起走了走。" in as_person(getattr(cast, name)).get(there).content.decode()
        for name in ("counselor", "counselor2", "head_teacher", "peer")
    }

    assert seen == {"counselor": True, "counselor2": False, "head_teacher": False, "peer": False}


def test_peer_whose_part_has_ended_reads_nothing(cast, as_person):
    one = activity(cast.peer, cast.peer, cast.lin, note="一起走了走。")
    Membership.objects.filter(user=cast.peer).update(valid_to=NOW.date() - timedelta(days=1))

    there = reverse("listening:peer-activity", args=[cast.class_1.uid, one.uid])
    assert as_person(cast.peer).get(there).status_code == 404


def test_head_teacher_writes_for_one_of_two_peers(cast, as_person):
    second = person("peer2", "马依依", Role.PEER, cast.school, school_class=cast.class_1, since=TERM[0])

    as_person(cast.head_teacher).post(url(cast.class_1), sent(cast.lin, listener=str(second.pk)))

    one = Conversation.objects.get()
    assert (one.listener, one.recorded_by, one.hat) == (second, cast.head_teacher, "peer")


def test_class_without_a_peer_says_what_to_do(cast, as_person):
    client = as_person(cast.head_teacher2)

    assert "还没有心理委员" in client.get(url(cast.class_2)).content.decode()
    assert client.post(url(cast.class_2), sent(cast.chen)).status_code == 422


def test_board_shows_what_the_class_owes_with_its_reason(cast, as_person):
    rule = peers_rule(cast.school)
    activity(cast.peer, cast.peer, cast.lin, cast.ma)
    activity(cast.peer, cast.peer, cast.xu, minutes=10)
    why = reverse("listening:check-in", args=[cast.class_1.uid, rule.uid, FORTNIGHT])
    client = as_person(cast.head_teacher)

    board = client.get(reverse("listening:board", args=[cast.class_1.uid])).content.decode()
    page = client.get(why).content.decode()

    assert ("同伴倾听" in board, why in board) == (True, True)
    assert ("2 位同学，散步 20 分钟" in page, "不足 15 分钟" in page, "已算 1 次" in page) == (True, True, True)


def test_grade_head_sees_the_state_without_its_reason(cast, as_person):
    rule = peers_rule(cast.school)
    why = reverse("listening:check-in", args=[cast.class_1.uid, rule.uid, FORTNIGHT])
    client = as_person(cast.grade_head)

    board = client.get(reverse("listening:board", args=[cast.class_1.uid])).content.decode()

    assert ("同伴倾听" in board, why in board, client.get(why).status_code) == (True, False, 404)


def test_home_of_peer_shows_state_and_the_way_to_write(cast, as_person):
    peers_rule(cast.school)

    page = as_person(cast.peer).get("/").content.decode()

    assert ("同伴倾听" in page, "待谈" in page, url(cast.class_1) in page) == (True, True, True)
