"""亲属: which students are relatives of somebody on the staff, and are shut out for them."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from privacy import actions as privacy
from students.actions.roster import note_change
from students.models import RosterChange, StaffRelative, Student


class NeedsAnother(Exception):
    """What one person wrote down, another one takes back; the own slip only on the same day."""


@transaction.atomic
def note_relative(*, by: User | None, student: Student, person: User, relation: str, at: datetime) -> StaffRelative:
    """Shut this member of staff out from this student, from now on and for good. The same twice is one row."""
    today = timezone.localdate(at)
    noted, made = StaffRelative.objects.get_or_create(
        person=person,
        student=student,
        defaults={"school_id": student.school_id, "relation": relation, "since": today, "by": by},
    )
    if made:
        note_change(student, RosterChange.Kind.GUARDIAN, today, at=at)
        _record(noted, by=by, verb="relative.note", at=at)
    return noted


@transaction.atomic
def forget_relative(*, by: User, relative: StaffRelative, at: datetime) -> None:
    """Take back what was written down by mistake: it opens a student's record again.

    Raises NeedsAnother for whoever wrote it down, once that day is over, and for the relative.
    """
    today = timezone.localdate(at)
    if by == relative.person or (by == relative.by and relative.since != today):
        raise NeedsAnother
    relative.delete()
    note_change(relative.student, RosterChange.Kind.GUARDIAN, today, at=at)
    _record(relative, by=by, verb="relative.forget", at=at)


def _record(relative: StaffRelative, *, by: User | None, verb: str, at: datetime) -> None:
    privacy.record(
        by_id=by.pk if by else None,
        verb=verb,
        at=at,
        school_id=relative.school_id,
        kind="student",
        uid=relative.student.uid,
    )
