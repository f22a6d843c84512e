"""A text that does not open: the page says so and works on, the bytes stay as they are."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from listening import actions as listening
from listening.models import Addendum, Conversation, NoteEdition
from privacy.models import ReadEntry
from referrals.models import Concern
from students.models import RosterUpload
from tests.cast import NOW, activity, peers_rule, talk

SAYS = "这段文字现在打不开，原样保存着，请联系"
BROKEN = b"\x01\x02k1" + bytes(40)
OTHER = "另一段好好的话"


def broken(rows, field):
    rows.update(**{field: BROKEN})


def now(model, field):
    return [bytes(one) for one in model.objects.values_list(field, flat=True)]


def page_of(client, url):
    answer = client.get(url)
    return answer.status_code, answer.content.decode()


@pytest.fixture
def one(cast):
    return talk(cast.head_teacher, cast.lin, note="好好的话")


def at_talk(one, route="conversation"):
    return reverse(f"listening:{route}", args=[one.uid])


def test_note_says_so_beside_an_addendum_that_opens(cast, as_person, one):
    listening.add_to_note(by=cast.head_teacher, talk=one, note=OTHER, at=NOW, request_key=uuid.uuid4())
    broken(Conversation.objects, "note")

    status, text = page_of(as_person(cast.counselor), at_talk(one))

    assert (status, SAYS in text, OTHER in text, "15 分钟" in text) == (200, True, True, True)
    assert (now(Conversation, "note"), ReadEntry.objects.count()) == ([BROKEN], 2)


def test_addendum_says_so_beside_a_note_that_opens(cast, as_person, one):
    listening.add_to_note(by=cast.head_teacher, talk=one, note=OTHER, at=NOW, request_key=uuid.uuid4())
    broken(Addendum.objects, "note")

    status, text = page_of(as_person(cast.head_teacher), at_talk(one))

    assert (status, SAYS in text, "好好的话" in text, now(Addendum, "note")) == (200, True, True, [BROKEN])


def test_earlier_edition_says_so_beside_one_that_opens(cast, as_person, one):
    listening.edit_note(by=cast.head_teacher, talk=one, note=OTHER, edition=0, at=NOW)
    listening.edit_note(by=cast.head_teacher, talk=one, note="第三稿", edition=1, at=NOW)
    broken(NoteEdition.objects.filter(edition=0), "note")

    status, text = page_of(as_person(cast.counselor), at_talk(one, "note-editions"))

    assert (status, text.count(SAYS), OTHER in text) == (200, 1, True)
    assert bytes(NoteEdition.objects.get(edition=0).note) == BROKEN


def test_text_of_another_row_is_not_shown_under_this_one(cast, as_person, one):
    """Somebody with the database, not the key, moves the words about one child to another."""
    other = talk(cast.head_teacher, cast.ma, note=OTHER)
    Conversation.objects.filter(pk=one.pk).update(note=bytes(Conversation.objects.get(pk=other.pk).note))

    status, text = page_of(as_person(cast.head_teacher), at_talk(one))

    assert (status, SAYS in text, OTHER in text) == (200, True, False)


def test_earlier_edition_put_back_is_not_shown_as_the_present_one(cast, as_person, one):
    first = bytes(Conversation.objects.get().note)
    listening.edit_note(by=cast.head_teacher, talk=one, note=OTHER, edition=0, at=NOW)
    Conversation.objects.update(note=first)

    status, text = page_of(as_person(cast.counselor), at_talk(one))

    assert (status, SAYS in text, "好好的话" in text) == (200, True, False)


def test_addendum_and_correction_leave_the_bytes(cast, as_person, one):
    broken(Conversation.objects, "note")
    client = as_person(cast.head_teacher)

    added = client.post(at_talk(one, "note-add"), {"note": OTHER, "request_key": str(uuid.uuid4())})
    listening.edit_conversation(by=cast.head_teacher, talk=Conversation.objects.get(), at=NOW, minutes=20, why="记错了")

    assert (added.status_code, Conversation.objects.get().minutes, now(Conversation, "note")) == (302, 20, [BROKEN])
    status, text = page_of(client, at_talk(one))
    assert (status, SAYS in text, OTHER in text) == (200, True, True)


def test_form_of_the_note_offers_to_add_and_replaces_nothing(cast, as_person, one):
    broken(Conversation.objects, "note")
    client = as_person(cast.head_teacher)

    opened = client.get(at_talk(one, "note"))
    sent = client.post(at_talk(one, "note"), {"note": OTHER, "edition": "0"})

    assert (opened["Location"], sent.status_code, OTHER in sent.content.decode()) == (
        at_talk(one, "note-add"),
        422,
        True,
    )
    assert (now(Conversation, "note"), NoteEdition.objects.count()) == ([BROKEN], 0)


def test_lists_and_the_childs_page_work_on(cast, as_person, one):
    broken(Conversation.objects, "note")
    client = as_person(cast.head_teacher)

    answers = [
        client.get(url).status_code for url in ("/", reverse("listening:list"), reverse("student", args=[cast.lin.uid]))
    ]

    assert answers == [200, 200, 200]


def test_concern_says_so_and_can_still_be_answered(cast, as_person):
    talk(cast.head_teacher, cast.lin, worry="请看一看")
    broken(Concern.objects, "words")
    concern = Concern.objects.get()
    client = as_person(cast.counselor)

    status, text = page_of(client, reverse("referrals:concern", args=[concern.uid]))
    answered = client.post(reverse("referrals:seen", args=[concern.uid]))

    assert (status, SAYS in text, answered.status_code, now(Concern, "words")) == (200, True, 302, [BROKEN])


def test_activity_of_peers_says_so(cast, as_person):
    peers_rule(cast.school)
    done = activity(cast.peer, cast.peer, cast.lin, cast.ma, note="一起走了走")
    broken(Conversation.objects, "note")

    status, text = page_of(as_person(cast.peer), reverse("listening:peer-activity", args=[cast.class_1.uid, done.uid]))

    assert (status, SAYS in text, now(Conversation, "note")) == (200, True, [BROKEN])


def test_upload_that_does_not_open_asks_for_the_file_again(cast, as_person):
    client = as_person(cast.registrar)
    rows = "姓名,班级,备用名\n新来的,七年级1班,又一个\n"
    client.post(reverse("students:import"), {"file": SimpleUploadedFile("名册.csv", rows.encode())})
    kept = RosterUpload.objects.get()
    broken(RosterUpload.objects, "file")

    answer = client.post(
        reverse("students:import-columns", args=[kept.uid]), {"column_name": "备用名", "column_class": "班级"}
    )

    assert (answer.status_code, "这份文件现在打不开" in answer.content.decode()) == (422, True)
    assert now(RosterUpload, "file") == [BROKEN]


# The trail first


def no_trail():
    """The table of the trail takes no more rows: by the database itself, for any way of writing them."""
    table = ReadEntry._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"CREATE TRIGGER no_room BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no room'); END")
        else:
            cursor.execute(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no room''; END'"
            )
            cursor.execute(f"CREATE TRIGGER no_room BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION no_room()")


@pytest.mark.parametrize("route", ["conversation", "note", "note-editions"])
def test_where_the_trail_cannot_be_written_no_page_shows_a_word(cast, as_person, one, route):
    listening.edit_note(by=cast.head_teacher, talk=one, note=OTHER, edition=0, at=NOW)
    client = as_person(cast.head_teacher)
    client.raise_request_exception = False
    no_trail()

    answer = client.get(at_talk(one, route))

    text = answer.content.decode()
    assert (answer.status_code, OTHER in text, "好好的话" in text) == (500, False, False)
