"""A tier is set by people: one counselor proposes with a reason, a counselor confirms. Never by a score or by time.

Source: the rule book, 分级. Raising care, or keeping it for longer, takes effect when a counselor in charge confirms
it; lowering it when another counselor than the proposer does. Nothing is back-dated: it holds from that day on.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notifications import actions as notifications
from notifications import texts
from notifications.models import InboxItem
from privacy import actions as privacy
from privacy.keyring import Place, keyring
from schools.permissions import Permission
from students.actions.roster import note_change
from students.care import axis_on
from students.models import CareTier, RosterChange, Student, TierAssignment, TierProposal
from students.notes import Text, readers

State = TierProposal.State


class NotInCharge(Exception):
    """This person is no counselor in charge of the student."""


class NeedsSecondPerson(Exception):
    """Care is lowered by two: another counselor has to confirm it."""


class AlreadyWaiting(Exception):
    """A proposal for this student waits for a word already."""


class AlreadyAnswered(Exception):
    """It does not wait any more: somebody else was first."""


class SchemeChanged(Exception):
    """The proposed tier belongs to a scheme that the school has put aside."""


def is_in_charge(person: User, student: Student, *, at: datetime) -> bool:
    """Whether this person writes the care of this student: the counselor in charge, or the lead."""
    return _reaches(person, student, Permission.CARE_EDIT, at=at)


def may_confirm(person: User, proposal: TierProposal, *, at: datetime) -> bool:
    """A counselor in charge; for less care any other counselor of the school than the one who proposes it."""
    axis = axis_on(proposal.student, on=timezone.localdate(at))
    if proposal.axis < axis:
        return person.pk != proposal.proposed_by_id and _reaches(person, proposal.student, Permission.CARE_VIEW, at=at)
    return is_in_charge(person, proposal.student, at=at)


def _reaches(person: User, student: Student, permission: Permission, *, at: datetime) -> bool:
    return Student.objects.visible_to(person, at=at, under=permission).filter(pk=student.pk).exists()


def propose(
    *,
    by: User,
    student: Student,
    tier: CareTier,
    reason: str,
    review_on: date | None,
    at: datetime,
    request_key: UUID | None = None,
) -> TierProposal:
    """Say that this student needs this tier, and why; whoever may confirm it is told without content.

    The same `request_key` of the same person again answers with the proposal that stands.
    Raises NotInCharge, SchemeChanged, AlreadyWaiting.
    """
    if not is_in_charge(by, student, at=at):
        raise NotInCharge
    school, uid = student.school, uuid4()
    if request_key and (standing := _already(by, student, request_key)):
        return standing
    if tier.school_id != school.pk or tier.valid_to is not None:
        raise SchemeChanged
    try:
        with transaction.atomic():
            proposal = TierProposal.objects.create(
                uid=uid,
                school=school,
                student=student,
                tier=tier,
                axis_before=axis_on(student, on=timezone.localdate(at)),
                axis=tier.axis,
                reason=keyring().seal(reason.strip(), Place("tier_proposal", "reason", uid, school.uid)),
                review_on=review_on,
                proposed_by=by,
                proposed_at=at,
                request_key=request_key or uuid4(),
            )
            _record(proposal, "care.propose", by=by, at=at)
            if proposal.lowers:
                _tell(proposal, at=at)
    except IntegrityError as reason_:
        # Sent twice at once: the other one was first.
        if request_key and (standing := _already(by, student, request_key)):
            return standing
        if TierProposal.objects.filter(student=student).waiting().exists():
            raise AlreadyWaiting from reason_
        raise
    return proposal


def _already(by: User, student: Student, request_key: UUID) -> TierProposal | None:
    return TierProposal.objects.filter(proposed_by=by, student=student, request_key=request_key).first()


@transaction.atomic
def confirm(*, by: User, proposal: TierProposal, at: datetime) -> TierAssignment:
    """The tier holds from today on. Raises AlreadyAnswered, SchemeChanged, NeedsSecondPerson, NotInCharge."""
    stands = _hold(proposal)
    today = timezone.localdate(at)
    before = axis_on(stands.student, on=today)
    if stands.tier.valid_to is not None:
        raise SchemeChanged
    if stands.axis < before and by.pk == stands.proposed_by_id:
        raise NeedsSecondPerson
    if not may_confirm(by, stands, at=at):
        raise NotInCharge
    # What it lowers is asked of today: care may have been raised since it was proposed.
    _answer(stands, State.CONFIRMED, by=by, at=at, axis_before=before)
    given = TierAssignment.objects.create(
        school=stands.school,
        student=stands.student,
        tier=stands.tier,
        axis_before=before,
        axis=stands.axis,
        valid_from=today,
        proposed_by=stands.proposed_by,
        confirmed_by=by,
        proposal=stands,
        review_on=stands.review_on,
    )
    note_change(stands.student, RosterChange.Kind.TIER, today, at=at)
    return given


@transaction.atomic
def decline(*, by: User, proposal: TierProposal, at: datetime) -> None:
    """Not taken up; it stays on record. Raises AlreadyAnswered, NotInCharge."""
    stands = _hold(proposal)
    if not (is_in_charge(by, stands.student, at=at) or may_confirm(by, stands, at=at)):
        raise NotInCharge
    _answer(stands, State.DECLINED, by=by, at=at)


@transaction.atomic
def withdraw(*, by: User, proposal: TierProposal, at: datetime) -> None:
    """Taken back by who proposed it; it stays on record. Raises AlreadyAnswered, NotInCharge."""
    stands = _hold(proposal)
    if by.pk != stands.proposed_by_id:
        raise NotInCharge
    _answer(stands, State.WITHDRAWN, by=by, at=at)


def _hold(proposal: TierProposal) -> TierProposal:
    """The proposal as it stands, with nobody else writing to this student's care."""
    if connection.features.has_select_for_update:
        list(Student.objects.select_for_update(no_key=True).filter(pk=proposal.student_id).values_list("pk"))
    rows = TierProposal.objects.select_related("student__school", "school", "tier", "proposed_by")
    stands = rows.get(pk=proposal.pk)
    if not stands.waits:
        raise AlreadyAnswered
    return stands


def _answer(stands: TierProposal, state: TierProposal.State, *, by: User, at: datetime, **facts: int) -> None:
    changed = (
        TierProposal.objects.filter(pk=stands.pk).waiting().update(state=state, decided_by=by, decided_at=at, **facts)
    )
    if not changed:  # two at once: one of them was first
        raise AlreadyAnswered
    _record(stands, f"care.{state}", by=by, at=at)
    for item in InboxItem.objects.filter(school=stands.school, key=_key(stands)).unread():
        notifications.mark_read(item, at=at)  # what one of them has answered need not call the others


def _tell(proposal: TierProposal, *, at: datetime) -> None:
    """The other counselors: one of them is asked for the second word."""
    seen_by = readers(
        Text.CARE_REASON, author=proposal.proposed_by, school=proposal.school, students=[proposal.student], at=at
    )
    for counselor in seen_by:
        if counselor != proposal.proposed_by:
            notifications.tell(
                to_id=counselor.pk,
                school=proposal.school,
                key=_key(proposal),
                text=texts.second_word(),
                path=f"{reverse('care')}?show=waiting",
                at=at,
            )


def _key(proposal: TierProposal) -> str:
    return f"care:{proposal.uid}"


def _record(proposal: TierProposal, verb: str, *, by: User, at: datetime) -> None:
    privacy.record(by_id=by.pk, verb=verb, at=at, school_id=proposal.school_id, kind="tier_proposal", uid=proposal.uid)
