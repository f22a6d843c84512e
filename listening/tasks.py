"""The house's own jobs for listening: thin, one call each, and each may run twice.

Arguments are ids and dates. The broker is only a hint: what a job would do can be read from the database, and the
sweep queues it again.
"""

from datetime import date, datetime, timedelta

from celery import shared_task
from django.utils import timezone

from listening import actions
from listening.models import Ledger
from privacy import actions as privacy
from privacy.models import JobRun
from schools.models import School, SchoolChange
from students import actions as students
from students.models import RosterChange

JOB = "school-day"
NIGHT_BEGINS = 10  # minutes after midnight; before it a new day is not begun by the sweep
ASK_AGAIN = timedelta(minutes=10)  # how long a queued job is waited for before it is queued once more


def queue_day(day: date, *, at: datetime) -> list[int]:
    """Queue one day for every school, a job a school. Returns the runs, to be looked up by number."""
    return [queue_school(school, day, at=at) for school in School.objects.order_by("pk").values_list("pk", flat=True)]


def queue_school(school_id: int, day: date, *, at: datetime) -> int:
    """Queue one school's day."""
    run = JobRun.objects.create(job=JOB, school_id=school_id, day=day, queued_at=at)
    run_school_day.delay(school_id, day.isoformat(), run.pk)
    return run.pk


@shared_task
def queue_night() -> None:
    """Ten minutes past midnight: the new day for every school."""
    now = timezone.now()
    students.forget_old_uploads(at=now)
    queue_day(timezone.localdate(now), at=now)


@shared_task
def run_school_day(school_id: int, day: str, run_id: int) -> None:
    """Settle changes, open what begins, close what is over: one school, one day."""
    JobRun.objects.filter(pk=run_id).update(started_at=timezone.now())
    school = School.objects.get(pk=school_id)
    rows = actions.run_day(school, on=date.fromisoformat(day), at=timezone.now())
    JobRun.objects.filter(pk=run_id).update(finished_at=timezone.now(), rows=rows)


@shared_task
def sweep() -> None:
    """Every minute: settle what students' changes touched, and catch up a day that no night has run."""
    now = timezone.now()
    privacy.beat("sweep", at=now)
    today = timezone.localdate(now)
    waiting = set(RosterChange.objects.filter(taken_at=None, look_on__lte=today).values_list("school", flat=True))
    waiting |= set(SchoolChange.objects.filter(taken_at=None, first_day__lte=today).values_list("school", flat=True))
    local = timezone.localtime(now)
    if local.hour or local.minute >= NIGHT_BEGINS:
        up_to_date = Ledger.objects.filter(through__gte=today).values("school")
        asked = JobRun.objects.filter(job=JOB, day__gte=today, finished_at=None, queued_at__gt=now - ASK_AGAIN)
        behind = School.objects.exclude(pk__in=up_to_date).exclude(pk__in=asked.values("school_id"))
        for school_id in behind.values_list("pk", flat=True):
            queue_school(school_id, today, at=now)
    for school_id in sorted(waiting):
        settle_school.delay(school_id)


@shared_task
def settle_school(school_id: int) -> None:
    """Settle one school's changes not yet taken."""
    now = timezone.now()
    actions.settle_changes(School.objects.get(pk=school_id), on=timezone.localdate(now), at=now)
