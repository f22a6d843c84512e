"""A person's word that one check-in is not owed."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from listening.actions import locking
from listening.actions.settling import evening, openings_touching, settle_classes, settle_stretches
from listening.models import Excuse, Period, QuotaRule
from privacy import actions as privacy
from schools.models import SchoolClass
from students.models import Student


class TooLate(Exception):
    """The days in which this check-in can be changed are over."""


def too_late_to_excuse(period: Period, *, at: datetime) -> bool:
    """Whether the school's days of late entry after the due day are over. Reads the school: select it."""
    return timezone.localdate(at) > period.due + timedelta(days=period.school.late_days)


@transaction.atomic
def excuse(
    *,
    by: User | None,
    rule: QuotaRule,
    period: Period,
    why: str,
    at: datetime,
    student: Student | None = None,
    school_class: SchoolClass | None = None,
) -> Excuse:
    """Excuse one check-in of a student or a class with a reason; it is settled before this returns.

    The period may be one that has not begun. Saying it again replaces the reason. Raises TooLate when the school's
    days of late entry after the due day are over (rule book), ValueError unless there is one student or one class.
    """
    if (student is None) == (school_class is None):
        raise ValueError("An excuse is for one student or for one class.")
    school, today = period.school, timezone.localdate(at)
    if too_late_to_excuse(period, at=at):
        raise TooLate
    locking.share(school)
    if student is not None:
        locking.students([student.pk])
    if school_class is not None:
        locking.classes([school_class.pk])
    said, _ = Excuse.objects.update_or_create(
        school=school,
        period=period,
        rule=rule,
        student=student,
        school_class=school_class,
        defaults={"by": by, "why": why, "on": today, "at": at},
    )
    here = (period.start, period.start)
    if student is not None:
        settle_stretches(school, students=[student.pk], stretches=[here], on=today, at=at)
    if school_class is not None:
        owed = [one for one in openings_touching(school, [here]) if one.rule_id == rule.pk]
        as_of = evening(school, on=today)
        if owed:
            settle_classes(school, owed, [school_class.pk], calendar=school.calendar(), as_of=as_of)
    subject = student or school_class
    assert subject is not None
    kind = "student" if student else "school_class"
    privacy.record(
        by_id=by.pk if by else None, verb="check_in.excuse", at=at, school_id=school.pk, kind=kind, uid=subject.uid
    )
    return said
