"""Facts are corrected and talks deleted with a reason, and everybody who sees the talk sees that it was changed."""

import logging
from datetime import date, timedelta

import pytest
from django.urls import reverse

from listening import actions
from listening.models import CheckIn, Conversation, ConversationVersion, LateWord
from listening.quotas import Kind, Status
from notifications.models import InboxItem
from privacy.models import AuditEntry
from schools.models import Membership
from schools.roles import Role
from students.models import Guardian, Student
from tests.cast import DUE, NOW, TERM, TODAY, at, talk

WHY = "记错了"


def url(route, one):
    return reverse(f"listening:{route}", args=[one.uid])


def facts(one, **changes):
    """The form of the facts as it is sent untouched, with changes."""
    return {
        "day": one.day.isoformat(),
        "minutes": str(one.minutes),
        "outcome": one.outcome,
        "students": [str(student.uid) for student in one.about.all()],
        "listener": str(one.listener.uid),
        "channel": one.channel,
        "place": one.place,
        "why": WHY,
        **changes,
    }


def status(child):
    return Status(CheckIn.objects.get(student=child, period__due=DUE).status)


def test_correction_settles_and_keeps_how_it_stood(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)

    answer = as_person(cast.head_teacher).post(url("conversation-edit", one), facts(one, minutes="10"))

    version = ConversationVersion.objects.get()
    assert (answer["Location"], status(cast.lin)) == (url("conversation", one), Status.DUE)
    assert (version.facts["minutes"], version.why, version.by) == (15, WHY, cast.head_teacher)


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"day": "2025-11-17"}, "day", date(2025, 11, 17)),
        ({"minutes": "25"}, "minutes", 25),
        ({"outcome": "declined", "minutes": ""}, "outcome", "declined"),
        ({"channel": "walk"}, "channel", "walk"),
        ({"place": "操场"}, "place", "操场"),
    ],
)
def test_each_fact_can_be_corrected(cast, as_person, changes, field, expected):
    one = talk(cast.head_teacher, cast.lin)

    as_person(cast.head_teacher).post(url("conversation-edit", one), facts(one, **changes))

    one.refresh_from_db()
    assert (getattr(one, field), ConversationVersion.objects.count()) == (expected, 1)


# Kind, and with whom at home


def test_correction_of_the_kind_settles_and_asks_with_whom(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)
    guardian = Guardian.objects.get(student=cast.lin)
    client = as_person(cast.head_teacher)
    before = status(cast.lin)

    refused = client.post(url("conversation-edit", one), facts(one, kind="contact"))
    client.post(url("conversation-edit", one), facts(one, kind="contact", guardian=str(guardian.uid)))

    one.refresh_from_db()
    assert (refused.status_code, "选一下是和哪位家人" in refused.content.decode()) == (422, True)
    assert (before, status(cast.lin)) == (Status.MET, Status.DUE)
    assert (one.kind, one.guardian, one.guardian_name) == (Kind.CONTACT, guardian, "林建平")
    assert "更正了和谁" not in client.get(url("conversation", one)).content.decode()
    assert "更正了类型、哪位家人：记错了" in client.get(url("conversation", one)).content.decode()


def test_correction_of_the_guardian_alone_keeps_how_it_stood(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, kind=Kind.CONTACT, guardian=Guardian.objects.get(student=cast.lin))

    as_person(cast.head_teacher).post(
        url("conversation-edit", one), facts(one, kind="contact", guardian="other", guardian_name="外婆")
    )

    one.refresh_from_db()
    assert (one.guardian, one.guardian_name) == (None, "外婆")
    assert ConversationVersion.objects.get().facts["guardian_name"] == "林建平"


def test_contact_that_was_a_talk_has_nobody_at_home(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, kind=Kind.CONTACT, guardian_name="外婆")

    as_person(cast.head_teacher).post(
        url("conversation-edit", one), facts(one, kind="talk", guardian="other", guardian_name="外婆")
    )

    one.refresh_from_db()
    assert (one.kind, one.guardian_name, status(cast.lin)) == (Kind.TALK, "", Status.MET)


def test_contact_sent_as_it_stood_is_no_change(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, kind=Kind.CONTACT, guardian=Guardian.objects.get(student=cast.lin))
    client = as_person(cast.head_teacher)
    form = client.get(url("conversation-edit", one)).context["form"]

    client.post(url("conversation-edit", one), facts(one, kind="contact", guardian=form["guardian"].value()))

    assert ConversationVersion.objects.count() == 0


def test_kind_that_is_not_ones_own_is_refused(cast, as_person):
    one = talk(cast.teacher, cast.lin)
    client = as_person(cast.teacher)

    form = client.get(url("conversation-edit", one)).context["form"]
    client.post(url("conversation-edit", one), facts(one, kind="contact", guardian_name="外婆"))

    one.refresh_from_db()
    assert (form.asks_kind, form.asks_guardian, one.kind) == (False, False, Kind.TALK)


def test_guardian_of_another_student_is_refused(cast, as_person):
    one = talk(cast.head_teacher, cast.ma)

    answer = as_person(cast.head_teacher).post(
        url("conversation-edit", one),
        facts(one, kind="contact", guardian=str(Guardian.objects.get(student=cast.lin).uid)),
    )

    assert (answer.status_code, ConversationVersion.objects.count()) == (422, 0)


def test_what_peers_did_stays_a_talk_of_theirs(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, listener=cast.peer, hat="peer")

    assert not as_person(cast.head_teacher).get(url("conversation-edit", one)).context["form"].asks_kind


@pytest.mark.parametrize(("was", "sent", "becomes"), [(True, "0", False), (False, "1", True), (True, None, True)])
def test_counselor_says_whether_it_was_counseling(cast, as_person, was, sent, becomes):
    one = talk(cast.counselor, cast.lin, by_counselor=was)
    changes = {"minutes": "20", **({"as_counselor": sent} if sent else {})}

    as_person(cast.counselor).post(url("conversation-edit", one), facts(one, **changes))

    one.refresh_from_db()
    assert (one.by_counselor, ConversationVersion.objects.get().facts["by_counselor"]) == (becomes, was)


def test_nobody_else_makes_it_counseling(cast, as_person):
    of_teacher = talk(cast.head_teacher, cast.lin)
    written_for = talk(cast.counselor, cast.lin, listener=cast.head_teacher)

    for person, one in ((cast.head_teacher, of_teacher), (cast.counselor, written_for)):
        as_person(person).post(url("conversation-edit", one), facts(one, as_counselor="1", minutes="20"))
        one.refresh_from_db()

    assert [(one.by_counselor, one.minutes) for one in (of_teacher, written_for)] == [(False, 20), (False, 20)]


def test_counseling_is_not_given_to_another_listener(cast, as_person):
    one = talk(cast.counselor, cast.lin)

    answer = as_person(cast.counselor).post(
        url("conversation-edit", one), facts(one, as_counselor="1", listener=str(cast.head_teacher.uid))
    )

    one.refresh_from_db()
    assert (answer.status_code, one.by_counselor, one.listener) == (422, False, cast.counselor)


def test_correction_to_another_student_of_the_class_settles_both(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)

    as_person(cast.head_teacher).post(url("conversation-edit", one), facts(one, students=[str(cast.xu.uid)]))

    assert (status(cast.lin), status(cast.xu), list(one.about.all())) == (Status.DUE, Status.MET, [cast.xu])


def test_correction_to_a_student_out_of_reach_is_refused(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)

    answer = as_person(cast.head_teacher).post(url("conversation-edit", one), facts(one, students=[str(cast.chen.uid)]))

    assert (answer.status_code, list(one.about.all())) == (422, [cast.lin])


def test_students_whom_the_listener_no_longer_sees_stay_in_the_talk(cast, as_person):
    both = Membership.objects.create(
        user=cast.head_teacher, role=Role.HEAD_TEACHER, school=cast.school, school_class=cast.class_2,
        valid_from=TERM[0],
    )  # fmt: skip
    one = talk(cast.head_teacher, cast.lin, cast.chen)
    both.delete()

    as_person(cast.head_teacher).post(
        url("conversation-edit", one), facts(one, students=[str(cast.lin.uid), str(cast.xu.uid)])
    )

    assert set(one.about.all()) == {cast.lin, cast.xu, cast.chen}


def test_correction_of_the_listener_offers_the_teachers_of_that_day(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)
    client = as_person(cast.head_teacher)

    offered = [name for _, name in client.get(url("conversation-edit", one)).context["form"].fields["listener"].choices]
    client.post(url("conversation-edit", one), facts(one, listener=str(cast.teacher.uid)))

    one.refresh_from_db()
    assert (offered, one.listener, one.recorded_by) == (["刘敏", "王海涛"], cast.teacher, cast.head_teacher)


def test_listener_of_a_counselors_talk_is_theirs_alone(cast, as_person):
    one = talk(cast.counselor, cast.lin, by_counselor=True)

    form = as_person(cast.counselor).get(url("conversation-edit", one)).context["form"]

    assert [name for _, name in form.fields["listener"].choices] == ["顾文静"]


def test_correction_without_a_reason_keeps_what_was_typed(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)

    answer = as_person(cast.head_teacher).post(url("conversation-edit", one), facts(one, place="图书馆角落", why=" "))

    page = answer.content.decode()
    assert (answer.status_code, "写一句为什么改" in page, "图书馆角落" in page) == (422, True, True)
    assert ConversationVersion.objects.count() == 0


def test_correction_that_changes_nothing_leaves_no_version(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)

    as_person(cast.head_teacher).post(url("conversation-edit", one), facts(one))

    assert ConversationVersion.objects.count() == 0


def test_correction_sent_twice_is_one(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)
    client, sent = as_person(cast.head_teacher), facts(one, minutes="20")

    answers = [client.post(url("conversation-edit", one), sent).status_code for _ in range(2)]

    assert (answers, ConversationVersion.objects.count()) == ([302, 302], 1)


@pytest.mark.parametrize("who", ["counselor", "teacher", "head_teacher2", "principal", "registrar", "peer"])
@pytest.mark.parametrize("route", ["conversation-edit", "conversation-delete"])
def test_others_neither_correct_nor_delete(cast, as_person, who, route):
    one = talk(cast.head_teacher, cast.lin)

    answer = as_person(getattr(cast, who)).post(url(route, one), facts(one, minutes="1"))

    one.refresh_from_db()
    assert (answer.status_code, one.minutes, one.deleted_at) == (404, 15, None)


def test_recorder_corrects_what_another_listened_to(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, listener=cast.peer, hat="peer")

    as_person(cast.head_teacher).post(url("conversation-edit", one), facts(one, minutes="20"))

    one.refresh_from_db()
    assert (one.minutes, one.listener) == (20, cast.peer)


def test_page_lists_the_changes_without_the_words(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note="金丝雀：闹别扭")
    client = as_person(cast.head_teacher)
    client.post(url("conversation-edit", one), facts(one, minutes="20", place="操场"))
    actions.edit_note(by=cast.head_teacher, talk=one, note="和好了", edition=0, at=NOW)

    page = as_person(cast.counselor2).get(url("conversation", one)).content.decode()

    assert [words in page for words in ("更正了时长、地点：记错了", "改了记录的文字", "金丝雀")] == [True, True, False]


# Deleting


def test_deleted_talk_says_so_to_its_writer_and_is_absent_for_others(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note="金丝雀：闹别扭")

    answer = as_person(cast.head_teacher).post(url("conversation-delete", one), {"why": WHY})
    page = as_person(cast.head_teacher).get(url("conversation", one)).content.decode()
    others = {
        name: as_person(getattr(cast, name)).get(url("conversation", one)).status_code
        for name in ("counselor", "counselor2", "teacher")
    }

    assert (answer["Location"], status(cast.lin)) == (url("conversation", one), Status.DUE)
    assert [words in page for words in ("已删除", "删除了这条记录：记错了", "金丝雀")] == [True, True, False]
    assert others == dict.fromkeys(others, 404)


def test_deleting_needs_a_reason(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)

    answer = as_person(cast.head_teacher).post(url("conversation-delete", one), {"why": ""})

    one.refresh_from_db()
    assert (answer.status_code, "写一句为什么删除" in answer.content.decode(), one.deleted_at) == (422, True, None)


def test_deleting_twice_says_the_same(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)
    client = as_person(cast.head_teacher)

    answers = [client.post(url("conversation-delete", one), {"why": WHY})["Location"] for _ in range(2)]

    assert (answers, ConversationVersion.objects.count()) == ([url("conversation", one)] * 2, 1)


def test_reasons_are_in_no_trail_inbox_or_log(cast, as_person, caplog):
    one = talk(cast.head_teacher, cast.lin, note="金丝雀")
    client = as_person(cast.head_teacher)

    with caplog.at_level(logging.DEBUG):
        client.post(url("conversation-edit", one), facts(one, minutes="20", why="金丝雀甲"))
        client.post(url("conversation-delete", one), {"why": "金丝雀乙"})

    rows = [*AuditEntry.objects.values_list("verb", "detail"), *InboxItem.objects.values_list("text", "path")]
    assert "金丝雀" not in f"{rows}{caplog.text}"


# The lead counselor's word


@pytest.fixture
def late(cast, time_machine):
    """A talk of 18 November, logged nine days after the due day."""
    moment = at(DUE + timedelta(days=9))
    actions.run_day(cast.school, on=moment.date(), at=moment)
    time_machine.move_to(moment, tick=False)
    return talk(cast.head_teacher, cast.lin, day=TODAY, at=moment)


def test_word_of_the_lead_lets_it_count(cast, as_person, late):
    answer = as_person(cast.counselor).post(url("conversation-allow-late", late))

    assert (answer["Location"], status(cast.lin)) == (url("conversation", late), Status.MET)
    assert LateWord.objects.get().by == cast.counselor


def test_word_said_twice_is_one(cast, as_person, late):
    client = as_person(cast.counselor)

    answers = [client.post(url("conversation-allow-late", late)).status_code for _ in range(2)]

    assert (answers, LateWord.objects.count()) == ([302, 302], 1)


@pytest.mark.parametrize("who", ["counselor2", "head_teacher", "principal", "registrar", "other_counselor"])
def test_word_of_nobody_else_is_heard(cast, as_person, late, who):
    answer = as_person(getattr(cast, who)).post(url("conversation-allow-late", late))

    assert (answer.status_code, LateWord.objects.count(), status(cast.lin)) == (404, 0, Status.MISSED)


def test_button_is_for_the_lead_alone_while_it_waits(cast, as_person, late):
    def seen(person):
        page = as_person(person).get(url("conversation", late)).content.decode()
        return "要心理组长同意才计入" in page, "同意这次补录计入" in page

    before = {name: seen(getattr(cast, name)) for name in ("counselor", "counselor2", "head_teacher")}
    actions.allow_late(by=cast.counselor, talk=late, at=NOW + timedelta(days=12))

    assert before == {"counselor": (True, True), "counselor2": (True, False), "head_teacher": (True, False)}
    assert seen(cast.counselor) == (False, False)


def test_own_child_of_the_lead_is_not_the_leads(cast, as_person, late):
    Student.objects.get(pk=cast.lin.pk).guardians.update(user=cast.counselor)

    assert as_person(cast.counselor).post(url("conversation-allow-late", late)).status_code == 404


def test_word_in_time_is_not_needed(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)

    as_person(cast.counselor).post(url("conversation-allow-late", one))

    assert (LateWord.objects.count(), Conversation.objects.get().pk) == (0, one.pk)
