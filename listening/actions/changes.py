"""Taking what changed about students, roles and school days, and settling what it touches."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, Subquery

from listening.actions import locking
from listening.actions.periods import derive_again, open_periods
from listening.actions.settling import (
    extent,
    latest_evening,
    settle,
    settle_classes,
    settle_openings,
)
from listening.models import ConversationStudent, Ledger, QuotaRule
from listening.openings import openings_touching
from schools.models import School, SchoolChange
from schools.statements import ask
from students.models import Enrolment, RosterChange

# Whether anything waits. It is asked before every page of check-ins.
WAITING = """
SELECT 1 FROM students_rosterchange WHERE school_id = %(school)s AND taken_at IS NULL AND
  (look_on <= %(on)s OR look_on <= (SELECT through FROM listening_ledger WHERE school_id = %(school)s))
UNION ALL
SELECT 1 FROM schools_schoolchange WHERE school_id = %(school)s AND taken_at IS NULL AND (kind = %(calendar)s
  OR first_day <= %(on)s OR first_day <= (SELECT through FROM listening_ledger WHERE school_id = %(school)s))
LIMIT 1"""


def settle_changes(school: School, *, on: date, at: datetime) -> int:
    """Take the changes of students, roles and calendar not yet taken, and settle what they touch.

    Called by the night, by a sweep every minute, and by every page that shows check-ins before it reads: one indexed
    look when there is nothing. A change dated ahead waits for its day; one on a day without school is judged at once
    and looked at again on the next day, until a school day has seen it. School days are cut anew at once, also those
    ahead: the due day of a running period may move.
    """
    kinds = {"calendar": SchoolChange.Kind.CALENDAR.value}
    if not ask(WAITING, {"school": school.pk, "on": on, **kinds}):
        return 0
    through = Subquery(Ledger.objects.filter(school=school).values("through")[:1])
    come = Q(look_on__lte=on) | Q(look_on__lte=through)
    begun = Q(kind=SchoolChange.Kind.CALENDAR) | Q(first_day__lte=on) | Q(first_day__lte=through)
    changed_students = RosterChange.objects.filter(come, school=school, taken_at=None).order_by("pk")
    changed_school = SchoolChange.objects.filter(begun, school=school, taken_at=None).order_by("pk")
    changes, wider = list(changed_students), list(changed_school)
    with transaction.atomic():
        if wider:
            locking.alone(school)
        as_of = latest_evening(school, on=on)
        changed = 0
        days = [change for change in wider if change.kind == SchoolChange.Kind.CALENDAR]
        if days:
            changed += _cut_days_anew(school, days, on=as_of, at=at)
        for change in wider:
            if change.kind == SchoolChange.Kind.MEMBERSHIP:
                changed += _settle_roles(school, change, on=as_of, at=at)
        if changes:
            students = {change.student_id for change in changes}
            first = min(_first_day_touched(school, change) for change in changes)
            changed += settle(school, students=students, first=first, last=as_of, on=as_of, at=at)
            changed += _settle_classes_left(school, changes, first=first, on=as_of, at=at)
        _mark_taken(school, changes, wider, on=as_of, at=at)
    return changed


def _settle_classes_left(school: School, changes: list[RosterChange], *, first: date, on: date, at: datetime) -> int:
    """What a class owes as a whole is judged by who is in it: also by who no longer is, or never was."""
    left = {change.left_id for change in changes if change.left_id}
    openings = openings_touching(school, [(first, on)]) if left else []
    by_class = [opening for opening in openings if opening.rule.per == QuotaRule.Per.CLASS]
    if not by_class:
        return 0
    return settle_classes(school, by_class, left, calendar=school.calendar(), as_of=on, at=at)


def _first_day_touched(school: School, change: RosterChange) -> date:
    """A link to a guardian may be entered long after it began: it bears on all that the school has listened."""
    if change.kind == RosterChange.Kind.GUARDIAN and school.listening_since:
        return min(school.listening_since, change.effective_on)
    return change.effective_on


def _cut_days_anew(school: School, changes: list[SchoolChange], *, on: date, at: datetime) -> int:
    """Cut the periods anew, open what has thereby begun, and judge everybody in what the days lie in."""
    moved = derive_again(school, on=on)
    changed = open_periods(school, on=on, at=at) if Ledger.objects.filter(school=school).exists() else 0
    stretches = [(change.first_day, change.last_day or on) for change in changes]
    touched = {opening.pk: opening for opening in openings_touching(school, [*stretches, *moved])}
    if not touched:
        return changed
    first, last = extent(touched.values())
    here = set(Enrolment.objects.touching(first, last).filter(school=school).values_list("student", flat=True))
    calendar = school.calendar()
    return changed + settle_openings(school, list(touched.values()), here, calendar=calendar, as_of=on, at=at)


def _settle_roles(school: School, change: SchoolChange, *, on: date, at: datetime) -> int:
    """Who holds a role bears on talks alone: those who had one in the periods touched are judged."""
    openings = openings_touching(school, [(change.first_day, change.last_day or on)])
    if not openings:
        return 0
    talked = ConversationStudent.objects.filter(school=school, day__range=extent(openings))
    if change.school_class_id:
        of_class = Enrolment.objects.filter(school=school, school_class=change.school_class_id)
        talked = talked.filter(student__in=of_class.values("student"))
    students = set(talked.values_list("student", flat=True))
    return settle_openings(school, openings, students, calendar=school.calendar(), as_of=on, at=at)


def _mark_taken(
    school: School, changes: list[RosterChange], wider: list[SchoolChange], *, on: date, at: datetime
) -> None:
    seen_by = school.calendar().last_school_day(on) if changes else None
    done = [change.pk for change in changes if seen_by is not None and change.effective_on <= seen_by]
    later = {change.pk for change in changes} - set(done)
    RosterChange.objects.filter(pk__in=done).update(taken_at=at)
    RosterChange.objects.filter(pk__in=later).update(look_on=on + timedelta(days=1))
    SchoolChange.objects.filter(pk__in=[change.pk for change in wider]).update(taken_at=at)
