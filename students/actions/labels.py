"""Labels: why care may be needed. Given and taken off by a counselor in charge, with a reason; never back-dated."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from privacy import actions as privacy
from privacy.keyring import Place, keyring
from schools.models import School
from students.actions.roster import note_change
from students.actions.tiers import NotInCharge, is_in_charge
from students.models import CareLabel, RosterChange, Student, StudentLabel


class HasLabel(Exception):
    """The student carries this label already."""


class LabelEnded(Exception):
    """It was taken off before."""


class LabelExists(Exception):
    """The school has a label of this name."""


@transaction.atomic
def give_label(*, by: User, student: Student, label: CareLabel, reason: str, at: datetime) -> StudentLabel:
    """From today on. Raises NotInCharge, HasLabel."""
    if not is_in_charge(by, student, at=at) or label.school_id != student.school_id:
        raise NotInCharge
    today, school, uid = timezone.localdate(at), student.school, uuid4()
    _lock(student)
    # Taken off today, it still holds today: given again it would stand there twice.
    if StudentLabel.objects.on(today).filter(student=student, label=label).exists():
        raise HasLabel
    given = StudentLabel.objects.create(
        uid=uid,
        school=school,
        student=student,
        label=label,
        valid_from=today,
        given_by=by,
        reason=keyring().seal(reason.strip(), Place("student_label", "reason", uid, school.uid)),
    )
    note_change(student, RosterChange.Kind.LABEL, today, at=at)
    _record(by, "care.label", given, at)
    return given


@transaction.atomic
def end_label(*, by: User, given: StudentLabel, reason: str, at: datetime) -> None:
    """Today is its last day; it stays in the history. Raises NotInCharge, LabelEnded."""
    if not is_in_charge(by, given.student, at=at):
        raise NotInCharge
    today = timezone.localdate(at)
    _lock(given.student)
    changed = StudentLabel.objects.filter(pk=given.pk, valid_to=None).update(
        valid_to=max(today, given.valid_from),
        ended_by=by,
        end_reason=keyring().seal(reason.strip(), given.end_reason_place),
    )
    if not changed:
        raise LabelEnded
    note_change(given.student, RosterChange.Kind.LABEL, today + timedelta(days=1), at=at)
    _record(by, "care.label-end", given, at)


@transaction.atomic
def add_label(*, by: User, school: School, name: str, at: datetime) -> CareLabel:
    """One more on the school's own list; a name put aside is offered again. Raises LabelExists."""
    last = CareLabel.objects.filter(school=school).order_by("-order").values_list("order", flat=True).first()
    label, made = CareLabel.objects.get_or_create(
        school=school, name=name, defaults={"order": 0 if last is None else last + 1}
    )
    if not made:
        if not CareLabel.objects.filter(pk=label.pk, is_offered=False).update(is_offered=True):
            raise LabelExists
        label.is_offered = True
    privacy.record(by_id=by.pk, verb="care.label-add", at=at, school_id=school.pk, kind="label", uid=label.uid)
    return label


@transaction.atomic
def put_aside_label(*, by: User, label: CareLabel, at: datetime) -> None:
    """Offered no more. Who carries it keeps it, until somebody takes it off."""
    CareLabel.objects.filter(pk=label.pk).update(is_offered=False)
    privacy.record(by_id=by.pk, verb="care.label-aside", at=at, school_id=label.school_id, kind="label", uid=label.uid)


def _lock(student: Student) -> None:
    if connection.features.has_select_for_update:
        list(Student.objects.select_for_update(no_key=True).filter(pk=student.pk).values_list("pk"))


def _record(by: User, verb: str, given: StudentLabel, at: datetime) -> None:
    privacy.record(by_id=by.pk, verb=verb, at=at, school_id=given.school_id, kind="student_label", uid=given.uid)
