"""A tier is set by people: one proposes, one confirms. Less care needs a second person, by rule and by database."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import F

from listening import actions as listening
from listening.models import CheckIn, QuotaRule
from notifications.models import InboxItem
from privacy.models import AuditEntry, Immutable, ReadEntry
from schools.models import Membership
from schools.roles import Role
from students import actions, notes
from students.care import care_of, current_tiers
from students.models import CareTier, RosterChange, TierAssignment, TierProposal
from tests.cast import NOW, TODAY, at, make_cast, person

Axis, State = CareTier.Axis, TierProposal.State
TOMORROW = TODAY + timedelta(days=1)


def tier(cast, axis):
    return CareTier.objects.in_use().get(school=cast.school, axis=axis)


def proposed(cast, axis, *, by=None, student=None, moment=NOW, reason="最近睡得少"):
    return actions.propose(
        by=by or cast.counselor,
        student=student or cast.lin,
        tier=tier(cast, axis),
        reason=reason,
        review_on=TODAY + timedelta(days=14),
        at=moment,
    )


def cared_for(cast, axis=Axis.S3, student=None):
    return actions.set_tier(by=None, student=student or cast.lin, tier=tier(cast, axis), on=date(2025, 11, 3), at=NOW)


def axis_of(cast, student=None):
    held = current_tiers(cast.school, on=TODAY).get((student or cast.lin).pk)
    return held.axis if held else Axis.S0


def test_proposal_alone_changes_nothing(cast):
    proposal = proposed(cast, Axis.S3)

    assert (proposal.state, axis_of(cast)) == (State.WAITING, Axis.S0)
    assert not RosterChange.objects.filter(kind="tier").exists()


def test_raising_holds_from_today_when_a_counselor_in_charge_confirms(cast):
    proposal = proposed(cast, Axis.S3)

    given = actions.confirm_tier(by=cast.counselor, proposal=proposal, at=NOW)

    proposal.refresh_from_db()
    assert (given.tier.axis, given.valid_from, given.review_on) == (Axis.S3, TODAY, TODAY + timedelta(days=14))
    assert (proposal.state, proposal.decided_by, proposal.decided_at) == (State.CONFIRMED, cast.counselor, NOW)
    assert axis_of(cast) == Axis.S3


def test_listening_hears_of_a_confirmed_tier(cast):
    actions.confirm_tier(by=cast.counselor, proposal=proposed(cast, Axis.S3), at=NOW)

    change = RosterChange.objects.get(student=cast.lin, kind="tier")
    assert (change.effective_on, change.at, change.taken_at) == (TODAY, NOW, None)


def test_lowering_by_the_proposer_is_refused(cast):
    cared_for(cast)
    proposal = proposed(cast, Axis.S1)

    with pytest.raises(actions.NeedsSecondPerson):
        actions.confirm_tier(by=cast.counselor, proposal=proposal, at=NOW)

    proposal.refresh_from_db()
    assert (proposal.state, axis_of(cast)) == (State.WAITING, Axis.S3)


def test_lowering_holds_when_another_counselor_confirms(cast):
    cared_for(cast)

    given = actions.confirm_tier(by=cast.counselor2, proposal=proposed(cast, Axis.S1), at=NOW)

    assert (given.axis_before, given.axis) == (Axis.S3, Axis.S1)
    assert (given.proposed_by, given.confirmed_by, axis_of(cast)) == (cast.counselor, cast.counselor2, Axis.S1)


@pytest.mark.parametrize(
    ("axis", "name"),
    [
        (Axis.S3, "counselor2"),
        (Axis.S3, "head_teacher"),
        (Axis.S1, "head_teacher"),
        (Axis.S1, "principal"),
        (Axis.S1, "other_counselor"),
    ],
)
def test_others_confirm_nothing(cast, axis, name):
    cared_for(cast, Axis.S2)
    proposal = proposed(cast, axis)

    with pytest.raises(actions.NotInCharge):
        actions.confirm_tier(by=getattr(cast, name), proposal=proposal, at=NOW)

    assert axis_of(cast) == Axis.S2


@pytest.mark.parametrize("name", ["counselor2", "head_teacher", "teacher", "grade_head", "principal", "registrar"])
def test_only_a_counselor_in_charge_proposes(cast, name):
    with pytest.raises(actions.NotInCharge):
        proposed(cast, Axis.S3, by=getattr(cast, name))


def test_the_lead_stands_in_for_another_grade(cast):
    actions.confirm_tier(by=cast.counselor, proposal=proposed(cast, Axis.S2, student=cast.zhao), at=NOW)

    assert axis_of(cast, cast.zhao) == Axis.S2


def test_own_child_is_shut_out(cast):
    actions.link_guardian(by=None, student=cast.lin, name="顾", user=cast.counselor, since=date(2025, 9, 1), at=NOW)

    with pytest.raises(actions.NotInCharge):
        proposed(cast, Axis.S3)


def test_own_child_s_lowering_is_no_second_word(cast):
    cared_for(cast)
    proposal = proposed(cast, Axis.S0)
    actions.link_guardian(by=None, student=cast.lin, name="沈", user=cast.counselor2, since=date(2025, 9, 1), at=NOW)

    with pytest.raises(actions.NotInCharge):
        actions.confirm_tier(by=cast.counselor2, proposal=proposal, at=NOW)


def test_what_was_a_raise_is_lowering_once_care_was_raised_meanwhile(cast):
    proposal = proposed(cast, Axis.S1)
    cared_for(cast, Axis.S3)

    with pytest.raises(actions.NeedsSecondPerson):
        actions.confirm_tier(by=cast.counselor, proposal=proposal, at=NOW)
    given = actions.confirm_tier(by=cast.counselor2, proposal=proposal, at=NOW)

    proposal.refresh_from_db()
    assert (proposal.axis_before, given.axis_before) == (Axis.S3, Axis.S3)


def test_keeping_a_tier_sets_another_review_day(cast):
    cared_for(cast, Axis.S2)

    actions.confirm_tier(by=cast.counselor, proposal=proposed(cast, Axis.S2), at=NOW)

    assert care_of(cast.lin, on=TODAY).held.review_on == TODAY + timedelta(days=14)
    assert TierAssignment.objects.filter(student=cast.lin).count() == 2


def test_review_day_passes_and_nothing_changes_by_itself(cast):
    actions.confirm_tier(by=cast.counselor, proposal=proposed(cast, Axis.S3), at=NOW)
    later = TODAY + timedelta(days=400)

    now = care_of(cast.lin, on=later)

    assert (now.tier.axis, now.review_is_due(later), now.review_is_due(TODAY)) == (Axis.S3, True, False)


@pytest.mark.parametrize(
    ("verb", "name", "state"),
    [
        (actions.decline, "counselor", State.DECLINED),
        (actions.decline, "counselor2", State.DECLINED),
        (actions.withdraw, "counselor", State.WITHDRAWN),
    ],
)
def test_declined_and_withdrawn_stay_with_their_reason(cast, verb, name, state):
    cared_for(cast)
    proposal = proposed(cast, Axis.S1)

    verb(by=getattr(cast, name), proposal=proposal, at=NOW)

    proposal.refresh_from_db()
    assert (proposal.state, opened(cast, proposal, cast.counselor2), axis_of(cast)) == (state, "最近睡得少", Axis.S3)


def opened(cast, proposal, by):
    return notes.open_note(
        proposal.reason,
        by=by,
        kind=notes.Text.CARE_REASON,
        place=proposal.reason_place,
        author=proposal.proposed_by,
        school=cast.school,
        students=[cast.lin],
        at=NOW,
    ).text


def test_nobody_else_withdraws(cast):
    proposal = proposed(cast, Axis.S1)

    with pytest.raises(actions.NotInCharge):
        actions.withdraw(by=cast.counselor2, proposal=proposal, at=NOW)


def test_counselor_of_another_grade_does_not_decline_a_raise(cast):
    proposal = proposed(cast, Axis.S3)

    with pytest.raises(actions.NotInCharge):
        actions.decline(by=cast.counselor2, proposal=proposal, at=NOW)


def test_reason_is_sealed_and_its_reading_leaves_a_row(cast):
    proposal = proposed(cast, Axis.S3)

    assert "最近睡得少".encode() not in bytes(proposal.reason)
    assert opened(cast, proposal, cast.counselor2) == "最近睡得少"
    trail = ReadEntry.objects.values_list("by_id", "table", "field", "uid", "student_id")
    assert list(trail) == [(cast.counselor2.pk, "tier_proposal", "reason", proposal.uid, cast.lin.pk)]


@pytest.mark.parametrize("name", ["head_teacher", "teacher", "grade_head", "principal", "registrar", "other_counselor"])
def test_reason_is_for_the_counselors_of_the_school(cast, name):
    proposal = proposed(cast, Axis.S3)

    with pytest.raises(notes.NotForYou):
        opened(cast, proposal, getattr(cast, name))


def test_reason_is_lost_to_an_author_who_is_no_counselor_any_more(cast):
    proposal = proposed(cast, Axis.S3)
    Membership.objects.filter(user=cast.counselor).update(role=Role.LEADER, grade=None, is_lead=False)

    with pytest.raises(notes.NotForYou):
        opened(cast, proposal, cast.counselor)


def test_second_proposal_waits_for_the_first(cast):
    proposed(cast, Axis.S3)

    with pytest.raises(actions.AlreadyWaiting):
        proposed(cast, Axis.S2)

    assert TierProposal.objects.count() == 1


@pytest.mark.parametrize("verb", [actions.confirm_tier, actions.decline, actions.withdraw])
def test_answered_once(cast, verb):
    proposal = proposed(cast, Axis.S3)
    actions.confirm_tier(by=cast.counselor, proposal=proposal, at=NOW)

    with pytest.raises(actions.AlreadyAnswered):
        verb(by=cast.counselor, proposal=TierProposal(pk=proposal.pk, student=cast.lin), at=NOW)

    assert TierAssignment.objects.filter(student=cast.lin).count() == 1


def test_tier_of_another_school_is_refused(cast):
    with pytest.raises(actions.SchemeChanged):
        actions.propose(
            by=cast.counselor,
            student=cast.lin,
            tier=CareTier.objects.get(school=cast.other_school, axis=Axis.S3),
            reason="x",
            review_on=None,
            at=NOW,
        )


def test_two_changes_of_one_day_both_stand_and_the_later_holds(cast):
    actions.confirm_tier(by=cast.counselor, proposal=proposed(cast, Axis.S1), at=at(TODAY, 9))
    actions.confirm_tier(by=cast.counselor, proposal=proposed(cast, Axis.S3), at=NOW)

    assert list(TierAssignment.objects.values_list("axis", "valid_from")) == [(1, TODAY), (3, TODAY)]
    assert axis_of(cast) == Axis.S3


def test_history_is_added_to_and_never_changed(cast):
    given = cared_for(cast)

    for change in (
        lambda: given.save(),
        lambda: TierAssignment.objects.update(axis=0),
        lambda: TierAssignment.objects.all().delete(),
    ):
        with pytest.raises(Immutable):
            change()


def test_second_person_is_told_without_a_name_and_no_longer_called_when_it_is_answered(cast):
    cared_for(cast)
    proposal = proposed(cast, Axis.S1)
    told = InboxItem.objects.get(key=f"care:{proposal.uid}")

    actions.confirm_tier(by=cast.counselor2, proposal=proposal, at=NOW)

    assert (told.to, told.text, told.path) == (cast.counselor2, "有 1 份提议请您看一看。", "/care/?show=waiting")
    told.refresh_from_db()
    assert told.read_at == NOW


def test_raising_calls_nobody(cast):
    proposed(cast, Axis.S3)

    assert not InboxItem.objects.filter(key__startswith="care:").exists()


def test_trail_says_who_did_what_without_content(cast):
    cared_for(cast)
    actions.confirm_tier(by=cast.counselor2, proposal=proposed(cast, Axis.S1), at=NOW)

    found = AuditEntry.objects.filter(verb__startswith="care.").order_by("pk").values_list("verb", "by_id", "detail")
    assert list(found) == [
        ("care.propose", cast.counselor.pk, ""),
        ("care.confirmed", cast.counselor2.pk, ""),
    ]


def lowering(cast, **people):
    return TierAssignment(
        school=cast.school,
        student=cast.lin,
        tier=tier(cast, Axis.S1),
        axis_before=Axis.S3,
        axis=Axis.S1,
        valid_from=TODAY,
        **people,
    )


@pytest.mark.parametrize(
    "names",
    [
        {"proposed_by": "counselor", "confirmed_by": "counselor"},
        {"proposed_by": "counselor"},
        {"confirmed_by": "counselor"},
    ],
)
def test_database_refuses_lowering_by_one_person(cast, names):
    row = lowering(cast, **{field: getattr(cast, name) for field, name in names.items()})

    with pytest.raises(IntegrityError, match="tier_lowered_by_two"), transaction.atomic():
        TierAssignment.objects.bulk_create([row])


def test_database_takes_lowering_by_two(cast):
    lowering(cast, proposed_by=cast.counselor, confirmed_by=cast.counselor2).save()

    assert axis_of(cast) == Axis.S1


def test_database_refuses_a_lowering_proposal_confirmed_by_its_proposer(cast):
    cared_for(cast)
    proposal = proposed(cast, Axis.S1)
    answered = TierProposal.objects.filter(pk=proposal.pk)

    with pytest.raises(IntegrityError, match="tier_proposal_lowered_by_two"), transaction.atomic():
        answered.update(state=State.CONFIRMED, decided_by=F("proposed_by"), decided_at=NOW)


def test_database_refuses_lowering_by_plain_sql(cast):
    given = actions.set_tier(by=cast.counselor, student=cast.lin, tier=tier(cast, Axis.S3), on=TODAY, at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE students_tierassignment SET axis_before = 3, axis = 1 WHERE id = %s", [given.pk])


def test_setting_a_tier_lower_in_ones_own_name_is_refused(cast):
    cared_for(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        actions.set_tier(by=cast.counselor, student=cast.lin, tier=tier(cast, Axis.S0), on=TODAY, at=NOW)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_counselors_who_confirm_at_once_make_one_assignment():
    cast = make_cast()
    third = person("third", "第三位", Role.COUNSELOR, cast.school, grade=cast.class_8.grade)
    cared_for(cast)
    proposal, gate, told = proposed(cast, Axis.S1), Barrier(2), []

    def answer(by):
        gate.wait()
        try:
            actions.confirm_tier(by=by, proposal=proposal, at=NOW)
            told.append("confirmed")
        except actions.AlreadyAnswered:
            told.append("too late")
        finally:
            connections.close_all()

    pair = [Thread(target=answer, args=[by]) for by in (cast.counselor2, third)]
    for one in pair:
        one.start()
    for one in pair:
        one.join()

    assert sorted(told) == ["confirmed", "too late"]
    assert TierAssignment.objects.filter(proposal=proposal).count() == 1


def test_rule_for_the_tier_is_owed_from_confirmation_on(cast):
    """The next look opens the check-in; nothing of the tier is back-dated."""
    rule = QuotaRule.objects.create(
        school=cast.school,
        name="心理教师",
        order=50,
        roles=[Role.COUNSELOR],
        for_counselors=True,
        period="week",
        minutes=15,
    )
    rule.tiers.set([tier(cast, Axis.S3)])
    listening.open_periods(cast.school, on=TODAY, at=NOW)
    before = CheckIn.objects.filter(rule=rule).count()

    actions.confirm_tier(by=cast.counselor, proposal=proposed(cast, Axis.S3), at=NOW)
    listening.settle_changes(cast.school, on=TODAY, at=NOW)

    assert (before, list(CheckIn.objects.filter(rule=rule).values_list("student", flat=True))) == (0, [cast.lin.pk])
