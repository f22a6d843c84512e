"""支持要点: written by a counselor in charge, read by the head teachers of the class and by whom it is addressed to."""

from datetime import timedelta

import pytest
from django.urls import reverse

from privacy.models import ReadEntry
from schools.models import Membership
from schools.roles import Role
from students import actions, notes
from students.care import current_card
from students.models import CareCard, Mentor
from tests.cast import NOW, TODAY, person

WORDS = "上课多请她回答会的问题，课后陪她收拾书包。"


def write(cast, text=WORDS, *, student=None, addressed=(), read=0, by=None):
    return actions.write_card(
        by=by or cast.counselor, student=student or cast.ma, text=text, addressed=list(addressed), read=read, at=NOW
    )


def card_of(student):
    return reverse("students:card", args=[student.uid])


def edit_of(student):
    return reverse("students:card-edit", args=[student.uid])


def readers_of(cast, card, student):
    found = []
    for name in (
        "counselor", "counselor2", "head_teacher", "head_teacher2", "teacher", "grade_head", "leader", "principal",
        "registrar", "parent", "student", "peer", "other_counselor",
    ):  # fmt: skip
        may = notes.may_read(
            getattr(cast, name),
            notes.Text.CARE_CARD,
            author=card.by,
            school=cast.school,
            students=[student],
            at=NOW,
            addressed=list(card.addressed.all()),
        )
        found += [name] if may else []
    return found


def test_card_is_for_counselors_and_the_head_teacher(cast):
    assert readers_of(cast, write(cast), cast.ma) == ["counselor", "counselor2", "head_teacher"]


def test_addressed_mentor_reads_it_too(cast):
    card = write(cast, addressed=[cast.teacher])

    assert readers_of(cast, card, cast.ma) == ["counselor", "counselor2", "head_teacher", "teacher"]


def test_addressed_teacher_reads_it_only_while_teaching_the_student(cast):
    card = write(cast, addressed=[cast.teacher])
    yesterday = TODAY - timedelta(days=1)
    Mentor.objects.filter(teacher=cast.teacher).update(valid_to=yesterday)
    Membership.objects.filter(user=cast.teacher, role=Role.SUBJECT_TEACHER).update(valid_to=yesterday)

    assert readers_of(cast, card, cast.ma) == ["counselor", "counselor2", "head_teacher"]


def test_addressed_stranger_is_left_out(cast):
    card = write(cast, addressed=[cast.principal, cast.teacher])

    assert list(card.addressed.all()) == [cast.teacher]


def test_second_head_teacher_reads_it(cast):
    cast.people["deputy"] = person("deputy", "代班", Role.HEAD_TEACHER, cast.school, school_class=cast.class_1)

    seen_by = notes.readers(notes.Text.CARE_CARD, author=cast.counselor, school=cast.school, students=[cast.ma], at=NOW)
    assert seen_by == [cast.counselor, cast.counselor2, cast.head_teacher, cast.deputy]


def test_head_teacher_of_the_own_child_does_not_read_it(cast):
    card = write(cast)
    actions.link_guardian(by=None, student=cast.ma, name="刘", user=cast.head_teacher, since=TODAY, at=NOW)

    assert readers_of(cast, card, cast.ma) == ["counselor", "counselor2"]


@pytest.mark.parametrize("name", ["counselor2", "head_teacher", "teacher", "principal", "registrar"])
def test_only_a_counselor_in_charge_writes(cast, name):
    with pytest.raises(actions.NotInCharge):
        write(cast, by=getattr(cast, name))


def test_each_edition_stays_and_the_newest_holds(cast):
    write(cast, "第一稿")
    write(cast, "第二稿", read=1)

    assert list(CareCard.objects.order_by("edition").values_list("edition", flat=True)) == [1, 2]
    assert current_card(cast.ma).edition == 2


def test_emptied_card_is_taken_back(cast):
    write(cast)
    write(cast, "", read=1)

    assert (current_card(cast.ma), CareCard.objects.count()) == (None, 2)


def test_two_who_write_at_once_do_not_overwrite_each_other(cast):
    write(cast)

    with pytest.raises(actions.CardChanged):
        write(cast, "另一稿", read=0)


def test_words_are_sealed_and_reading_leaves_a_row(cast, as_person):
    card = write(cast)

    page = as_person(cast.head_teacher).get(card_of(cast.ma)).content.decode()

    assert (WORDS.encode() in bytes(card.text), WORDS in page) == (False, True)
    trail = ReadEntry.objects.values_list("by_id", "table", "field", "uid", "student_id")
    assert list(trail) == [(cast.head_teacher.pk, "care_card", "text", card.uid, cast.ma.pk)]


def test_no_card_is_as_absent_to_a_head_teacher(cast, as_person):
    assert as_person(cast.head_teacher).get(card_of(cast.ma)).status_code == 404


def test_card_that_is_not_for_one_is_as_absent(cast, as_person):
    write(cast)

    assert as_person(cast.teacher).get(card_of(cast.ma)).status_code == 404
    assert not ReadEntry.objects.exists()


def test_subject_teacher_reads_a_card_that_is_addressed(cast, as_person):
    write(cast, student=cast.xu, addressed=[cast.teacher])

    assert WORDS in as_person(cast.teacher).get(card_of(cast.xu)).content.decode()


@pytest.mark.parametrize(("name", "shown"), [("head_teacher", True), ("teacher", False), ("registrar", False)])
def test_students_page_leads_to_the_card_whoever_may_read_it(cast, as_person, name, shown):
    write(cast)

    page = as_person(getattr(cast, name)).get(reverse("student", args=[cast.ma.uid])).content.decode()

    assert (card_of(cast.ma) in page, WORDS in page) == (shown, False)


def test_students_page_without_a_card_does_not_speak_of_one(cast, as_person):
    page = as_person(cast.head_teacher).get(reverse("student", args=[cast.ma.uid])).content.decode()

    assert "支持要点" not in page


def test_earlier_editions_open_to_counselors_alone(cast, as_person):
    write(cast, "第一稿的话")
    write(cast, "第二稿的话", read=1)

    as_counselor = as_person(cast.counselor2).get(f"{card_of(cast.ma)}?edition=1").content.decode()
    as_head = as_person(cast.head_teacher).get(f"{card_of(cast.ma)}?edition=1").content.decode()

    assert ("第一稿的话" in as_counselor, "第一稿的话" in as_head, "第二稿的话" in as_head) == (True, False, True)


def test_form_says_who_can_read_it_from_the_rule_that_guards_the_reading(cast, as_person):
    page = as_person(cast.counselor).get(edit_of(cast.ma)).content.decode()

    assert "谁能看到：<b>您本人、心理教师沈岚和班主任刘敏</b>" in page


def test_form_writes_and_shows_what_stands(cast, as_person):
    client = as_person(cast.counselor)

    sent = client.post(edit_of(cast.ma), {"text": WORDS, "addressed": [str(cast.teacher.uid)], "read": "0"})
    page = client.get(edit_of(cast.ma)).content.decode()

    assert (sent.status_code, sent["Location"]) == (302, card_of(cast.ma))
    assert (WORDS in page, "您本人、心理教师沈岚、班主任刘敏和王海涛老师" in page) == (True, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("他是重点关爱对象，多留意。", "不写关爱层级"),
        ("医院诊断过，请多留意。", "不写诊断、量表和分数"),
        ("上次测评不太好，请多鼓励。", "不写诊断、量表和分数"),
        ("量了 18 分，请多鼓励。", "不写诊断、量表和分数"),
        ("长" * 301, "最多 300 字"),
    ],
)
def test_form_keeps_tiers_diagnoses_and_scores_out(cast, as_person, text, why):
    answer = as_person(cast.counselor).post(edit_of(cast.ma), {"text": text, "read": "0"})

    assert (answer.status_code, why in answer.content.decode(), text in answer.content.decode()) == (422, True, True)
    assert not CareCard.objects.exists()


def test_form_takes_minutes(cast, as_person):
    answer = as_person(cast.counselor).post(edit_of(cast.ma), {"text": "每天聊 15 分钟就好。", "read": "0"})

    assert answer.status_code == 302


def test_form_over_an_older_edition_is_refused_with_what_was_typed(cast, as_person):
    write(cast)

    answer = as_person(cast.counselor).post(edit_of(cast.ma), {"text": "另一稿", "read": "0"})

    assert (answer.status_code, "另一稿" in answer.content.decode()) == (422, True)
    assert CareCard.objects.count() == 1
