"""The one way to a confidential text: the right, then a trail row, then the words."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError

from privacy.keyring import Place, keyring
from privacy.models import ReadEntry
from schools.models import Membership
from students import notes
from students.models import Guardian
from students.notes import NotForYou, Text
from tests.cast import NOW, TODAY

WORDS = "他说最近睡得不好。"


@pytest.fixture
def place(cast):
    return Place("conversation", "note", uuid.uuid4(), cast.school.uid)


@pytest.fixture
def sealed(place):
    return keyring().seal(WORDS, place)


def opened(cast, sealed, place, *, by, kind=Text.WORK_NOTE, author=None, about=None):
    return notes.open_note(
        sealed,
        by=by,
        kind=kind,
        place=place,
        author=author or cast.head_teacher,
        school=cast.school,
        students=about or [cast.lin],
        at=NOW,
    )


@pytest.mark.parametrize("name", ["head_teacher", "counselor"])
def test_reader_leaves_a_trail_and_reads(cast, sealed, place, name):
    reader = getattr(cast, name)

    assert opened(cast, sealed, place, by=reader).text == WORDS
    trail = ReadEntry.objects.values_list("by_id", "school_id", "table", "field", "uid", "student_id")
    assert list(trail) == [(reader.pk, cast.school.pk, "conversation", "note", place.row, cast.lin.pk)]


@pytest.mark.parametrize(
    "name",
    [
        "counselor2",
        "head_teacher2",
        "teacher",
        "grade_head",
        "leader",
        "principal",
        "registrar",
        "parent",
        "student",
        "peer",
        "bureau",
        "admin",
        "stranger",
        "other_counselor",
    ],
)
@pytest.mark.parametrize("kind", [Text.WORK_NOTE, Text.COUNSELING_NOTE])
def test_without_the_right_nothing_is_opened_and_nothing_is_left(cast, sealed, place, name, kind):
    with pytest.raises(NotForYou):
        opened(cast, sealed, place, by=getattr(cast, name), kind=kind)

    assert ReadEntry.objects.count() == 0


def test_talk_about_several_leaves_a_row_for_each(cast, sealed, place):
    opened(cast, sealed, place, by=cast.head_teacher, about=[cast.lin, cast.ma])

    assert sorted(ReadEntry.objects.values_list("student_id", flat=True)) == sorted([cast.lin.pk, cast.ma.pk])


def test_lead_counselor_reads_where_nobody_is_in_charge(cast, sealed, place):
    Membership.objects.filter(user=cast.counselor2).update(valid_to=TODAY - timedelta(days=1))

    assert opened(cast, sealed, place, by=cast.counselor, author=cast.head_teacher8, about=[cast.zhao]).text == WORDS


def test_relative_does_not_read_as_counselor(cast, sealed, place):
    Guardian.objects.create(school=cast.school, student=cast.lin, name="顾文静", user=cast.counselor)

    with pytest.raises(NotForYou):
        opened(cast, sealed, place, by=cast.counselor)


def test_author_who_left_the_school_does_not_read_any_more(cast, sealed, place):
    Membership.objects.filter(user=cast.head_teacher).update(valid_to=TODAY - timedelta(days=1))

    with pytest.raises(NotForYou):
        opened(cast, sealed, place, by=cast.head_teacher)


def test_who_reads_is_who_is_named_while_writing(cast):
    named = notes.readers(Text.WORK_NOTE, author=cast.teacher, school=cast.school, students=[cast.lin], at=NOW)

    assert named == [cast.teacher, cast.counselor]


def test_empty_note_is_an_empty_text(cast, place):
    assert opened(cast, None, place, by=cast.head_teacher).text == ""


def test_damaged_text_is_told_and_its_bytes_are_kept(cast, sealed, place):
    damaged = bytes(sealed[:-1]) + bytes([sealed[-1] ^ 1])
    kept = bytes(damaged)

    found = opened(cast, damaged, place, by=cast.head_teacher)

    assert (found.text, found.is_damaged, damaged) == (None, True, kept)
    assert ReadEntry.objects.count() == 1


@pytest.mark.parametrize(
    "moved",
    [
        {"row": uuid.UUID("00000000-0000-4000-8000-000000000001")},
        {"field": "summary"},
        {"table": "referral"},
        {"school": uuid.UUID("00000000-0000-4000-8000-000000000002")},
        {"edition": 1},
    ],
)
def test_text_put_in_another_place_does_not_open(cast, sealed, place, moved):
    assert opened(cast, sealed, replace(place, **moved), by=cast.head_teacher).is_damaged


def test_where_the_trail_cannot_be_written_nothing_is_opened(cast, sealed, place, monkeypatch):
    unsealed = []
    monkeypatch.setattr(notes, "keyring", lambda: unsealed.append(1))

    def full(**facts):
        raise DatabaseError("disk full")

    monkeypatch.setattr(ReadEntry.objects, "create", full)

    with pytest.raises(DatabaseError):
        opened(cast, sealed, place, by=cast.head_teacher)

    assert unsealed == []
