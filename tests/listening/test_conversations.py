"""Logging a talk, correcting it, taking it back: each leaves the check-ins right before it returns."""

import uuid
from datetime import date, timedelta

import pytest

from listening import actions
from listening.actions.conversations import NotYours
from listening.models import CheckIn, Conversation, ConversationVersion
from listening.quotas import Outcome, Status
from privacy.keyring import CannotOpen, keyring
from privacy.models import AuditEntry
from tests.cast import DUE, NOW, TODAY, at, student, talk

NOTE = "她说最近和同桌闹别扭，晚上睡不好。"


def status(child):
    return Status(CheckIn.objects.get(student=child).status)


def after_due(days):
    return at(DUE + timedelta(days=days))


def test_log_meets_the_check_in_of_the_student_alone(cast):
    talk(cast.head_teacher, cast.lin)

    assert (status(cast.lin), status(cast.ma)) == (Status.MET, Status.DUE)


def test_log_twice_with_one_request_key_is_one_talk(cast):
    key = uuid.uuid4()

    first = talk(cast.head_teacher, cast.lin, request_key=key)
    again = talk(cast.head_teacher, cast.lin, request_key=key)

    assert (first.pk, Conversation.objects.count()) == (again.pk, 1)


def test_log_of_two_people_with_one_request_key_is_two_talks(cast):
    key = uuid.uuid4()

    talk(cast.head_teacher, cast.lin, request_key=key)
    talk(cast.teacher, cast.lin, request_key=key)

    assert Conversation.objects.count() == 2


def test_note_is_sealed_and_opens_in_its_place_only(cast):
    logged = talk(cast.head_teacher, cast.lin, note=NOTE)
    other = talk(cast.head_teacher, cast.ma)

    stored = bytes(Conversation.objects.get(pk=logged.pk).note)

    assert NOTE.encode() not in stored
    assert keyring().unseal(stored, logged.note_place) == NOTE
    with pytest.raises(CannotOpen):
        keyring().unseal(stored, other.note_place)


def test_talk_without_words_has_no_note(cast):
    assert talk(cast.head_teacher, cast.lin, note="  ").note is None


def test_group_talk_counts_for_nobody_under_a_rule_for_one(cast):
    talk(cast.head_teacher, cast.lin, cast.ma)

    assert (status(cast.lin), status(cast.ma)) == (Status.DUE, Status.DUE)


def test_group_talk_counts_for_each_under_a_rule_for_two(cast):
    type(cast.rule).objects.filter(pk=cast.rule.pk).update(together=2)

    talk(cast.head_teacher, cast.lin, cast.ma)

    assert (status(cast.lin), status(cast.ma)) == (Status.MET, Status.MET)


def test_student_named_twice_is_in_the_talk_once(cast):
    logged = talk(cast.head_teacher, cast.lin, cast.lin)

    assert (logged.lines.count(), status(cast.lin)) == (1, Status.MET)


def test_talk_about_students_of_two_schools_is_refused(cast):
    with pytest.raises(NotYours):
        talk(cast.head_teacher, cast.lin, cast.other)

    assert Conversation.objects.count() == 0


@pytest.mark.parametrize(("outcome", "minutes"), [(Outcome.MADE, 15), (Outcome.DECLINED, 0)])
def test_minutes_not_said_are_a_quarter_of_an_hour_for_a_talk_that_was_made(cast, outcome, minutes):
    assert talk(cast.head_teacher, cast.lin, outcome=outcome).minutes == minutes


def test_edit_to_fewer_minutes_opens_the_check_in_again_and_keeps_how_it_stood(cast):
    logged = talk(cast.head_teacher, cast.lin, note=NOTE)
    sealed = bytes(logged.note)

    actions.edit_conversation(by=cast.head_teacher, talk=logged, at=NOW, why="记错了", minutes=10)

    version = ConversationVersion.objects.get()
    assert status(cast.lin) == Status.DUE
    assert (version.facts["minutes"], version.why, version.by) == (15, "记错了", cast.head_teacher)
    assert bytes(Conversation.objects.get().note) == sealed


def test_edit_to_another_student_settles_both(cast):
    logged = talk(cast.head_teacher, cast.lin)

    actions.edit_conversation(by=cast.head_teacher, talk=logged, at=NOW, students=[cast.xu])

    assert (status(cast.lin), status(cast.xu)) == (Status.DUE, Status.MET)


def test_edit_to_a_day_before_the_period_takes_it_out(cast):
    logged = talk(cast.head_teacher, cast.lin)

    actions.edit_conversation(by=cast.head_teacher, talk=logged, at=NOW, day=date(2025, 11, 7))

    line = logged.lines.get()
    assert (status(cast.lin), line.day, logged.day) == (Status.DUE, date(2025, 11, 7), date(2025, 11, 7))


def test_back_dating_is_entered_on_the_day_of_the_edit(cast):
    logged = talk(cast.head_teacher, cast.lin, day=DUE + timedelta(days=3), at=after_due(3))
    actions.run_day(cast.school, on=DUE + timedelta(days=8), at=after_due(8))

    actions.edit_conversation(by=cast.head_teacher, talk=logged, at=after_due(8), day=DUE)

    assert CheckIn.objects.get(student=cast.lin, period__due=DUE).status == Status.MISSED


def test_edit_to_a_student_of_another_school_is_refused(cast):
    logged = talk(cast.head_teacher, cast.lin)

    with pytest.raises(NotYours):
        actions.edit_conversation(by=cast.head_teacher, talk=logged, at=NOW, students=[cast.other])

    assert (logged.lines.get().student, ConversationVersion.objects.count()) == (cast.lin, 0)


def test_delete_opens_the_check_in_again_and_says_nothing_twice(cast):
    logged = talk(cast.head_teacher, cast.lin)

    actions.delete_conversation(by=cast.head_teacher, talk=logged, at=NOW, why="记错人了")
    actions.delete_conversation(by=cast.head_teacher, talk=logged, at=NOW)

    assert (status(cast.lin), logged.deleted_at, ConversationVersion.objects.count()) == (Status.DUE, NOW, 1)


def test_nothing_follows_a_deletion(cast):
    logged = actions.delete_conversation(by=cast.head_teacher, talk=talk(cast.head_teacher, cast.lin), at=NOW)

    with pytest.raises(actions.AlreadyDeleted):
        actions.edit_conversation(by=cast.head_teacher, talk=logged, at=NOW, minutes=20)
    with pytest.raises(actions.AlreadyDeleted):
        actions.allow_late(by=cast.counselor, talk=logged, at=NOW)


@pytest.mark.parametrize(("days", "expected"), [(7, (Status.MET, True)), (8, (Status.MISSED, False))])
def test_late_entry_counts_for_seven_days(cast, days, expected):
    actions.run_day(cast.school, on=DUE + timedelta(days=days), at=after_due(days))

    talk(cast.head_teacher, cast.lin, day=TODAY, at=after_due(days))

    row = CheckIn.objects.get(student=cast.lin, period__due=DUE)
    assert (row.status, row.late) == expected


def test_word_of_the_lead_counselor_lets_a_later_entry_count(cast):
    actions.run_day(cast.school, on=DUE + timedelta(days=9), at=after_due(9))
    logged = talk(cast.head_teacher, cast.lin, day=TODAY, at=after_due(9))

    actions.allow_late(by=cast.counselor, talk=logged, at=after_due(10))

    row = CheckIn.objects.get(student=cast.lin, period__due=DUE)
    assert (row.status, row.late) == (Status.MET, True)


def test_excuse_within_seven_days_settles_at_once(cast):
    actions.run_day(cast.school, on=DUE + timedelta(days=7), at=after_due(7))
    row = CheckIn.objects.get(student=cast.lin, period__due=DUE)

    said = actions.excuse(
        by=cast.head_teacher, rule=row.rule, period=row.period, student=cast.lin, why="外出比赛", at=after_due(7)
    )

    row.refresh_from_db()
    assert (row.status, said.why) == (Status.EXCUSED, "外出比赛")


def test_excuse_on_the_eighth_day_changes_nothing(cast):
    actions.run_day(cast.school, on=DUE + timedelta(days=8), at=after_due(8))
    row = CheckIn.objects.get(student=cast.lin, period__due=DUE)

    with pytest.raises(actions.TooLate):
        actions.excuse(
            by=cast.head_teacher, rule=row.rule, period=row.period, student=cast.lin, why="外出比赛", at=after_due(8)
        )

    row.refresh_from_db()
    assert row.status == Status.MISSED


def test_every_word_about_a_talk_is_in_the_trail(cast):
    before = AuditEntry.objects.count()
    logged = talk(cast.head_teacher, cast.lin)
    actions.edit_conversation(by=cast.head_teacher, talk=logged, at=NOW, minutes=20)
    actions.allow_late(by=cast.counselor, talk=logged, at=NOW)
    actions.delete_conversation(by=cast.head_teacher, talk=logged, at=NOW)

    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)[before:])
    assert verbs == ["conversation.log", "conversation.edit", "conversation.allow_late", "conversation.delete"]


def test_who_joins_with_too_few_days_left_owes_nothing(cast):
    late = student("新同学", cast.class_1, since=TODAY)
    actions.settle_changes(cast.school, on=TODAY, at=NOW)

    assert not CheckIn.objects.filter(student=late).exists()
