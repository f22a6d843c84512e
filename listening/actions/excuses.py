"""A person's word that one check-in is not owed, and the lead counselor's word for one that comes too late."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from listening.actions import locking
from listening.actions.settling import evening, settle_classes, settle_stretches
from listening.models import Excuse, Period, QuotaRule
from listening.openings import openings_touching
from privacy import actions as privacy
from schools.models import School, SchoolClass
from students.models import Student


class TooLate(Exception):
    """The days in which this check-in can be changed are over."""


def too_late_to_excuse(period: Period, *, at: datetime) -> bool:
    """Whether the school's days of late entry after the due day are over. Reads the school: select it."""
    return timezone.localdate(at) > period.due + timedelta(days=period.school.late_days_of(period.due))


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
    if too_late_to_excuse(period, at=at):
        raise TooLate
    _hold(period.school, student, school_class)
    said = _say(by=by, rule=rule, period=period, why=why, at=at, student=student, school_class=school_class)
    _settle(said, at=at)
    _record(by, "check_in.excuse", said, at)
    return said


@transaction.atomic
def excuse_late(
    *,
    by: User,
    rule: QuotaRule,
    period: Period,
    why: str,
    at: datetime,
    student: Student | None = None,
    school_class: SchoolClass | None = None,
) -> Excuse:
    """Keep a reason that comes too late: it waits for allow_excuse(), as a late entry does, and excuses nothing yet.

    One that counts already stays as it is. Raises ValueError unless there is one student or one class.
    """
    _hold(period.school, student, school_class)
    standing = Excuse.objects.filter(
        school=period.school, period=period, rule=rule, student=student, school_class=school_class
    ).first()
    if standing is not None and not standing.waits_for_word:
        return standing
    said = _say(by=by, rule=rule, period=period, why=why, at=at, student=student, school_class=school_class)
    _record(by, "check_in.excuse_late", said, at)
    return said


@transaction.atomic
def allow_excuse(*, by: User | None, said: Excuse, at: datetime) -> Excuse:
    """The lead counselor's word that an excuse counts although it came too late. Said again it changes nothing."""
    _hold(said.school, said.student, said.school_class)
    fresh = Excuse.objects.filter(pk=said.pk, allowed_on=None).update(allowed_on=timezone.localdate(at), allowed_by=by)
    said.refresh_from_db(fields=["allowed_on", "allowed_by"])
    if fresh:
        _settle(said, at=at)
        _record(by, "check_in.allow_excuse", said, at)
    return said


def _hold(school: School, student: Student | None, school_class: SchoolClass | None) -> None:
    """Nobody else writes to what is about to be judged."""
    if (student is None) == (school_class is None):
        raise ValueError("An excuse is for one student or for one class.")
    locking.share(school)
    if student is not None:
        locking.students([student.pk])
    if school_class is not None:
        locking.classes([school_class.pk])


def _say(
    *,
    by: User | None,
    rule: QuotaRule,
    period: Period,
    why: str,
    at: datetime,
    student: Student | None,
    school_class: SchoolClass | None,
) -> Excuse:
    said, _ = Excuse.objects.update_or_create(
        school=period.school,
        period=period,
        rule=rule,
        student=student,
        school_class=school_class,
        defaults={"by": by, "why": why, "on": timezone.localdate(at), "at": at},
    )
    return said


def _settle(said: Excuse, *, at: datetime) -> None:
    school, today = said.school, timezone.localdate(at)
    here = (said.period.start, said.period.start)
    if said.student_id is not None:
        settle_stretches(school, students=[said.student_id], stretches=[here], on=today, at=at)
    if said.school_class_id is not None:
        owed = [one for one in openings_touching(school, [here]) if one.rule_id == said.rule_id]
        if owed:
            as_of = evening(school, on=today)
            settle_classes(school, owed, [said.school_class_id], calendar=school.calendar(), as_of=as_of, at=at)


def _record(by: User | None, verb: str, said: Excuse, at: datetime) -> None:
    subject = said.student or said.school_class
    assert subject is not None
    kind = "student" if said.student_id else "school_class"
    privacy.record(by_id=by.pk if by else None, verb=verb, at=at, school_id=said.school_id, kind=kind, uid=subject.uid)
