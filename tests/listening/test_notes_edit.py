"""A note is edited by its writer for 48 hours, then added to; what was there before stays, sealed."""

import logging
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from listening import actions
from listening.models import Addendum, Conversation, NoteEdition
from notifications.models import InboxItem
from privacy.keyring import CannotOpen, keyring
from privacy.models import AuditEntry, ReadEntry
from tests.cast import NOW, talk

FIRST, SECOND = "金丝雀一：和同桌闹别扭", "金丝雀二：和同桌和好了"


def url(route, one):
    return reverse(f"listening:{route}", args=[one.uid])


def stored(one):
    return Conversation.objects.select_related("school").get(pk=one.pk)


def read(one):
    return keyring().unseal(bytes(one.note), one.note_place)


def sent(note, edition=0):
    return {"note": note, "edition": str(edition)}


def added(note):
    return {"note": note, "request_key": str(uuid.uuid4())}


def test_writer_edits_and_the_edition_before_is_kept_as_it_was(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    sealed = bytes(one.note)

    answer = as_person(cast.head_teacher).post(url("note", one), sent(SECOND))

    now, before = stored(one), NoteEdition.objects.select_related("conversation__school").get()
    assert (answer.status_code, read(now), now.note_edition) == (302, SECOND, 1)
    assert (bytes(before.note), before.edition, before.by, before.replaced_at) == (sealed, 0, cast.head_teacher, NOW)
    assert keyring().unseal(bytes(before.note), before.note_place) == FIRST


def test_earlier_edition_does_not_open_in_the_place_of_the_present_one(cast):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    actions.edit_note(by=cast.head_teacher, talk=one, note=SECOND, edition=0, at=NOW)

    with pytest.raises(CannotOpen):
        keyring().unseal(bytes(NoteEdition.objects.get().note), stored(one).note_place)


def test_talk_without_words_gets_some(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)

    as_person(cast.head_teacher).post(url("note", one), sent(FIRST))

    assert (read(stored(one)), NoteEdition.objects.count()) == (FIRST, 0)


def test_words_taken_away_are_kept(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)

    as_person(cast.head_teacher).post(url("note", one), sent(""))

    assert (stored(one).note, NoteEdition.objects.count()) == (None, 1)


@pytest.mark.parametrize(("after", "status"), [(timedelta(hours=48), 302), (timedelta(hours=48, seconds=1), 422)])
def test_48_hours_hold_their_last_moment(cast, as_person, time_machine, after, status):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    time_machine.move_to(NOW + after, tick=False)

    answer = as_person(cast.head_teacher).post(url("note", one), sent(SECOND))

    assert (answer.status_code, read(stored(one))) == (status, SECOND if status == 302 else FIRST)


def test_too_late_an_edit_keeps_the_words_as_an_addendum(cast, as_person, time_machine):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    time_machine.move_to(NOW + timedelta(days=3), tick=False)
    client = as_person(cast.head_teacher)

    page = client.post(url("note", one), sent(SECOND)).content.decode()

    assert ("已过 48 小时" in page, SECOND in page, url("note-add", one) in page) == (True, True, True)
    assert client.get(url("note", one)).headers["Location"] == url("note-add", one)


def test_action_refuses_after_48_hours_and_others(cast):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)

    with pytest.raises(actions.NoteClosed):
        actions.edit_note(by=cast.head_teacher, talk=one, note=SECOND, edition=0, at=NOW + timedelta(hours=49))
    with pytest.raises(actions.NotTheWriter):
        actions.edit_note(by=cast.counselor, talk=one, note=SECOND, edition=0, at=NOW)
    with pytest.raises(actions.NotTheWriter):
        actions.add_to_note(by=cast.counselor, talk=one, note=SECOND, at=NOW, request_key=uuid.uuid4())
    assert (read(stored(one)), NoteEdition.objects.count(), Addendum.objects.count()) == (FIRST, 0, 0)


@pytest.mark.parametrize("who", ["counselor", "counselor2", "teacher", "principal", "registrar", "parent"])
@pytest.mark.parametrize("route", ["note", "note-add"])
def test_nobody_but_the_writer_edits_or_adds(cast, as_person, who, route):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)

    answer = as_person(getattr(cast, who)).post(url(route, one), sent(SECOND) | added(SECOND))

    assert (answer.status_code, read(stored(one)), Addendum.objects.count()) == (404, FIRST, 0)


def test_edit_of_an_edition_no_longer_standing_shows_what_stands(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    actions.edit_note(by=cast.head_teacher, talk=one, note=SECOND, edition=0, at=NOW)

    answer = as_person(cast.head_teacher).post(url("note", one), sent("第三种说法"))

    page = answer.content.decode()
    assert (answer.status_code, SECOND in page, "第三种说法" in page) == (422, True, True)
    assert ('name="edition" value="1"' in page, read(stored(one))) == (True, SECOND)


def test_edit_sent_twice_is_one(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    client = as_person(cast.head_teacher)

    answers = [client.post(url("note", one), sent(SECOND)).status_code for _ in range(2)]

    assert (answers, NoteEdition.objects.count()) == ([302, 302], 1)


def test_too_many_words_come_back(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)

    answer = as_person(cast.head_teacher).post(url("note", one), sent("长" * 4001))

    assert (answer.status_code, "长" * 4001 in answer.content.decode()) == (422, True)


def test_form_says_who_will_read_and_opens_the_note_with_a_trail_row(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)

    page = as_person(cast.head_teacher).get(url("note", one)).content.decode()

    row = ReadEntry.objects.get()
    assert ("您本人和心理教师顾文静" in page, FIRST in page) == (True, True)
    assert (row.by_id, row.table, row.uid, row.student_id) == (
        cast.head_teacher.pk,
        "conversation",
        one.uid,
        cast.lin.pk,
    )


def test_note_that_cannot_be_opened_is_not_replaced(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    Conversation.objects.filter(pk=one.pk).update(note=b"\x01\x00broken")

    answer = as_person(cast.head_teacher).post(url("note", one), sent(SECOND))

    page = answer.content.decode()
    assert (answer.status_code, SECOND in page, "原来的记录现在打不开" in page) == (422, True, True)
    assert (url("note-add", one) in page, bytes(stored(one).note)) == (True, b"\x01\x00broken")


# Earlier editions


def test_earlier_editions_open_to_readers_with_a_trail_row_each(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    actions.edit_note(by=cast.head_teacher, talk=one, note=SECOND, edition=0, at=NOW)
    actions.edit_note(by=cast.head_teacher, talk=one, note="第三稿", edition=1, at=NOW)

    page = as_person(cast.counselor).get(url("note-editions", one)).content.decode()

    rows = [(row.by_id, row.uid, row.student_id) for row in ReadEntry.objects.all()]
    assert (FIRST in page, SECOND in page) == (True, True)
    assert rows == [(cast.counselor.pk, one.uid, cast.lin.pk)] * 2


@pytest.mark.parametrize("who", ["counselor2", "teacher", "head_teacher2", "principal", "registrar"])
def test_earlier_editions_are_absent_for_others(cast, as_person, who):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    actions.edit_note(by=cast.head_teacher, talk=one, note=SECOND, edition=0, at=NOW)

    assert as_person(getattr(cast, who)).get(url("note-editions", one)).status_code == 404
    assert ReadEntry.objects.count() == 0


def test_page_links_earlier_editions_for_readers_alone(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    actions.edit_note(by=cast.head_teacher, talk=one, note=SECOND, edition=0, at=NOW)

    linked = {
        name: url("note-editions", one) in as_person(getattr(cast, name)).get(url("conversation", one)).content.decode()
        for name in ("head_teacher", "counselor", "counselor2")
    }

    assert linked == {"head_teacher": True, "counselor": True, "counselor2": False}


# What is added


def test_addendum_is_sealed_in_its_own_place_and_read_with_a_trail_row(cast, as_person, time_machine):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    time_machine.move_to(NOW + timedelta(days=3), tick=False)
    client = as_person(cast.head_teacher)

    answer = client.post(url("note-add", one), added(SECOND))
    page = client.get(url("conversation", one)).content.decode()

    kept = Addendum.objects.get()
    assert (answer.status_code, SECOND.encode() in bytes(kept.note), SECOND in page) == (302, False, True)
    assert [(row.table, row.uid) for row in ReadEntry.objects.order_by("pk")] == [
        ("conversation", one.uid),
        ("addendum", kept.uid),
    ]


def test_addendum_is_for_the_readers_of_the_note(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)
    actions.add_to_note(by=cast.head_teacher, talk=one, note=SECOND, at=NOW, request_key=uuid.uuid4())

    seen = {
        name: SECOND in as_person(getattr(cast, name)).get(url("conversation", one)).content.decode()
        for name in ("head_teacher", "counselor", "counselor2", "teacher", "principal")
    }

    assert seen == {
        "head_teacher": True, "counselor": True, "counselor2": False, "teacher": False, "principal": False,
    }  # fmt: skip


def test_addendum_sent_twice_is_one(cast, as_person):
    one, more = talk(cast.head_teacher, cast.lin), added(SECOND)
    client = as_person(cast.head_teacher)

    answers = [client.post(url("note-add", one), more).status_code for _ in range(2)]

    assert (answers, Addendum.objects.count()) == ([302, 302], 1)


def test_empty_addendum_is_asked_again(cast, as_person):
    one = talk(cast.head_teacher, cast.lin)

    answer = as_person(cast.head_teacher).post(url("note-add", one), added("  "))

    assert (answer.status_code, "写一两句再保存" in answer.content.decode()) == (422, True)


def test_nothing_is_written_to_a_deleted_talk(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    actions.delete_conversation(by=cast.head_teacher, talk=one, at=NOW, why="记错人了")

    with pytest.raises(actions.AlreadyDeleted):
        actions.add_to_note(by=cast.head_teacher, talk=one, note=SECOND, at=NOW, request_key=uuid.uuid4())
    assert as_person(cast.head_teacher).get(url("note", one)).status_code == 404


def test_words_are_in_no_trail_inbox_or_log(cast, as_person, caplog):
    one = talk(cast.head_teacher, cast.lin, note=FIRST)
    client = as_person(cast.head_teacher)

    with caplog.at_level(logging.DEBUG):
        client.post(url("note", one), sent(SECOND))
        client.post(url("note-add", one), added(SECOND))
        client.get(url("conversation", one))

    rows = [
        *AuditEntry.objects.values_list("verb", "kind", "detail"),
        *InboxItem.objects.values_list("text", "path"),
        *ReadEntry.objects.values_list("table", "field"),
    ]
    assert "金丝雀" not in f"{rows}{caplog.text}"
    assert list(AuditEntry.objects.filter(uid=one.uid).order_by("pk").values_list("verb", flat=True)) == [
        "conversation.log",
        "conversation.note",
        "conversation.add",
    ]
