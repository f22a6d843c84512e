"""A worry is received, told without content, and seen once."""

import logging
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from notifications.models import InboxItem
from privacy import actions as privacy
from privacy.models import AuditEntry, Immutable, JobRun, ReadEntry
from referrals import actions
from referrals.actions import reporting
from referrals.models import Concern, ConcernStep, Source, State
from schools.models import Membership
from students import actions as students
from students import notes
from students.models import Student
from tests.cast import NOW, TERM, TODAY, person

CANARY = "金丝雀一七三：他说不想回家"


def raised(cast, by=None, student=None, **more):
    more = {"source": Source.TALK, "words": CANARY, "at": NOW} | more
    return actions.raise_concern(by=by or cast.head_teacher, student=student or cast.lin, **more)


def again(user):
    """The same person at the next request."""
    return User.objects.get(pk=user.pk)


def told(prefix):
    rows = InboxItem.objects.filter(key__startswith=prefix).order_by("to__username")
    return [(item.to.username, item.text, item.path) for item in rows]


def test_raise_concern_is_received_and_tells_the_counselor_in_charge(cast):
    talk_uid = uuid.uuid4()

    concern = raised(cast, conversation_uid=talk_uid)

    kept = Concern.objects.get()
    assert (kept, kept.school, kept.student, kept.raised_by) == (concern, cast.school, cast.lin, cast.head_teacher)
    assert (kept.raised_at, kept.source, kept.conversation_uid, kept.state) == (
        NOW, Source.TALK, talk_uid, State.RECEIVED,
    )  # fmt: skip
    assert [(step.what, step.by, step.at) for step in kept.steps.all()] == [(State.RECEIVED, cast.head_teacher, NOW)]
    assert told("concern:") == [("counselor", "有 1 位老师请您看一看一位同学。", "/referrals/")]


def test_raise_concern_of_a_peer_says_so(cast):
    raised(cast, by=cast.peer, student=cast.ma, source=Source.PEERS)

    assert told("concern:") == [("counselor", "有 1 位心理委员请您看一看一位同学。", "/referrals/")]


def test_raise_concern_tells_the_one_in_charge_of_that_grade(cast):
    raised(cast, by=cast.head_teacher8, student=cast.zhao)

    assert [to for to, _, _ in told("concern:")] == ["counselor2"]


def test_raise_concern_with_nobody_in_charge_tells_the_lead(cast):
    Membership.objects.filter(user=cast.counselor2).delete()

    raised(cast, by=cast.head_teacher8, student=cast.zhao)

    assert [to for to, _, _ in told("concern:")] == ["counselor"]


def test_raise_concern_without_lead_tells_whoever_is_there(cast):
    Membership.objects.filter(user=cast.counselor).delete()

    raised(cast)

    assert [to for to, _, _ in told("concern:")] == ["counselor2"]


def test_raise_concern_never_tells_a_relative(cast):
    students.link_guardian(by=None, student=cast.zhao, name="沈岚", user=cast.counselor2, since=TERM[0], at=NOW)

    concern = raised(cast, by=cast.head_teacher8, student=cast.zhao)

    assert [to for to, _, _ in told("concern:")] == ["counselor"]
    with pytest.raises(actions.NotYours):
        actions.mark_seen(by=cast.counselor2, concern=concern, at=NOW)


def test_raise_concern_by_the_one_in_charge_stands_and_calls_nobody(cast):
    raised(cast, by=cast.counselor)

    assert (Concern.objects.unseen().count(), told("concern:")) == (1, [])


def test_same_request_again_is_the_same_concern(cast):
    key = uuid.uuid4()

    first, second = raised(cast, request_key=key), raised(cast, request_key=key, words="又按了一次")

    assert (first, Concern.objects.count(), ConcernStep.objects.count(), len(told("concern:"))) == (second, 1, 1, 1)


def test_same_request_of_another_person_or_student_is_another_concern(cast):
    key = uuid.uuid4()

    made = {
        raised(cast, request_key=key),
        raised(cast, student=cast.xu, request_key=key),
        raised(cast, by=cast.teacher, request_key=key),
    }

    assert len(made) == 3


def test_two_taps_at_once_make_one(cast, monkeypatch):
    """Neither sees the other before it writes: the database says which was first."""
    key = uuid.uuid4()
    first = raised(cast, request_key=key)
    look = reporting._already
    looks = []

    def too_early(*args):
        looks.append(args)
        return None if len(looks) == 1 else look(*args)

    monkeypatch.setattr(reporting, "_already", too_early)

    assert (raised(cast, request_key=key), Concern.objects.count(), len(looks)) == (first, 1, 2)


def test_raise_concern_keeps_nothing_when_the_trail_cannot_be_written(cast, monkeypatch):
    monkeypatch.setattr(privacy, "record", lambda **_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        raised(cast)

    assert (Concern.objects.count(), told("concern:")) == (0, [])


def test_mark_seen_tells_the_raiser_and_quiets_the_inbox(cast):
    concern = raised(cast)

    actions.mark_seen(by=cast.counselor, concern=concern, at=NOW)

    kept = Concern.objects.get()
    assert (kept.state, kept.seen_by, kept.seen_at) == (State.SEEN, cast.counselor, NOW)
    assert [(step.what, step.by) for step in kept.steps.all()] == [
        (State.RECEIVED, cast.head_teacher),
        (State.SEEN, cast.counselor),
    ]
    assert told("concern-seen:") == [("headteacher", "您上报的关注，已经有老师看到了。", "/referrals/mine/")]
    assert not InboxItem.objects.of(cast.counselor).unread().exists()


def test_mark_seen_again_changes_nothing(cast):
    concern = raised(cast, by=cast.head_teacher8, student=cast.zhao)
    actions.mark_seen(by=cast.counselor2, concern=concern, at=NOW)

    again = actions.mark_seen(by=cast.counselor, concern=concern, at=NOW)

    assert (again.seen_by, ConcernStep.objects.count(), len(told("concern-seen:"))) == (cast.counselor2, 2, 1)


def test_mark_seen_by_the_lead_stands_in(cast):
    concern = raised(cast, by=cast.head_teacher8, student=cast.zhao)

    assert actions.mark_seen(by=cast.counselor, concern=concern, at=NOW).seen_by == cast.counselor


@pytest.mark.parametrize("who", ["counselor2", "head_teacher", "principal", "registrar", "other_counselor"])
def test_mark_seen_is_refused_to_others(cast, who):
    concern = raised(cast)

    with pytest.raises(actions.NotYours):
        actions.mark_seen(by=cast.people[who], concern=concern, at=NOW)

    assert (Concern.objects.get().state, ConcernStep.objects.count()) == (State.RECEIVED, 1)


def test_mark_seen_by_a_counselor_who_raised_it_for_another_grade_is_refused(cast):
    concern = raised(cast, by=cast.counselor2)

    with pytest.raises(actions.NotYours):
        actions.mark_seen(by=cast.counselor2, concern=concern, at=NOW)


def test_mark_seen_sends_a_peer_no_message(cast):
    concern = raised(cast, by=cast.peer, student=cast.ma, source=Source.PEERS)

    actions.mark_seen(by=cast.counselor, concern=concern, at=NOW)

    assert told("concern-seen:") == []


def test_words_stand_nowhere_but_sealed(cast, caplog):
    caplog.set_level(logging.DEBUG)
    concern = raised(cast)
    actions.mark_seen(by=cast.counselor, concern=concern, at=NOW)

    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM referrals_concern")
        sealed = bytes(cursor.fetchone()[0])
    trail = [str(list(model.objects.values())) for model in (InboxItem, AuditEntry, ReadEntry, JobRun, ConcernStep)]
    trail += [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert CANARY.encode() not in sealed
    assert [line for line in trail if any(word in line for word in (CANARY, "金丝雀", "林知夏"))] == []


def test_audit_names_the_two_acts(cast):
    concern = raised(cast)
    actions.mark_seen(by=cast.counselor, concern=concern, at=NOW)

    rows = AuditEntry.objects.filter(kind="concern").order_by("pk")
    assert [(row.verb, row.by_id, row.school_id, row.uid, row.detail) for row in rows] == [
        ("concern.received", cast.head_teacher.pk, cast.school.pk, concern.uid, ""),
        ("concern.seen", cast.counselor.pk, cast.school.pk, concern.uid, ""),
    ]


def test_concern_without_words_seals_nothing(cast):
    assert raised(cast, words="  ").words is None


def opened(concern, by):
    return notes.open_note(
        concern.words, by=by, kind=notes.Text.CONCERN, place=concern.words_place, author=concern.raised_by,
        school=concern.school, students=[concern.student], at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("who", ["head_teacher8", "counselor2", "counselor"])
def test_words_open_to_raiser_counselor_in_charge_and_lead(cast, who):
    concern = raised(cast, by=cast.head_teacher8, student=cast.zhao)

    assert opened(concern, cast.people[who]).text == CANARY
    assert ReadEntry.objects.filter(by_id=cast.people[who].pk, uid=concern.uid, student_id=cast.zhao.pk).count() == 1


@pytest.mark.parametrize("who", ["counselor2", "teacher", "principal", "parent", "other_counselor"])
def test_words_stay_closed_to_others(cast, who):
    concern = raised(cast)

    with pytest.raises(notes.NotForYou):
        opened(concern, cast.people[who])

    assert not ReadEntry.objects.exists()


def test_readers_are_named_as_they_read(cast):
    found = notes.readers(
        notes.Text.CONCERN, author=cast.head_teacher8, school=cast.school, students=[cast.zhao], at=NOW
    )

    assert found == [cast.head_teacher8, cast.counselor2, cast.counselor]


def test_visible_to_is_for_counselors_of_the_school(cast):
    concern = raised(cast)

    seeing = [name for name, who in cast.people.items() if Concern.objects.visible_to(who, at=NOW).exists()]
    assert (seeing, list(Concern.objects.of_raiser(cast.head_teacher, at=NOW))) == (
        ["counselor", "counselor2"], [concern],
    )  # fmt: skip


def test_visible_to_shuts_out_a_counselor_of_the_own_child(cast):
    raised(cast)
    students.link_guardian(by=None, student=cast.lin, name="沈岚", user=cast.counselor2, since=TERM[0], at=NOW)

    assert not Concern.objects.visible_to(cast.counselor2, at=NOW).exists()


def test_of_raiser_ends_with_the_membership_and_with_kinship(cast):
    raised(cast, by=cast.head_teacher)
    raised(cast, by=cast.teacher)
    Membership.objects.filter(user=cast.head_teacher).update(valid_to=TERM[0])
    students.link_guardian(by=None, student=cast.lin, name="王海涛", user=cast.teacher, since=TERM[0], at=NOW)

    own = [list(Concern.objects.of_raiser(again(who), at=NOW)) for who in (cast.head_teacher, cast.teacher)]
    assert own == [[], []]


def test_of_raiser_in_a_new_school_leaves_the_old_one_behind(cast):
    mover = person("mover", "秦岭", "leader", cast.school)
    raised(cast, by=mover)
    Membership.objects.filter(user=mover).update(school=cast.other_school, valid_from=TODAY)

    assert not Concern.objects.of_raiser(again(mover), at=NOW).exists()


def test_steps_are_added_and_never_changed(cast):
    step = raised(cast).steps.get()

    for change in (step.save, step.delete, ConcernStep.objects.all().delete, ConcernStep.objects.update):
        with pytest.raises(Immutable):
            change()


def test_seen_without_somebody_is_refused_by_the_database(cast):
    concern = raised(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        Concern.objects.filter(pk=concern.pk).update(state=State.SEEN)


def test_student_with_a_concern_cannot_be_removed(cast):
    raised(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        Student.objects.get(pk=cast.lin.pk).delete()
