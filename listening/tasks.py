"""The house's own jobs for listening: thin, one call each, and each may run twice.

Arguments are ids and dates. The broker is only a hint: what a job would do can be read from the database, and the
sweep queues it again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from celery import chain, shared_task
from django.utils import timezone

from listening import actions, consistency, morning
from listening.models import Ledger
from privacy import actions as privacy
from privacy.models import JobRun
from referrals.tasks import watch_school
from schools.models import School, SchoolChange
from students import actions as students
from students.models import RosterChange

JOB = "school-day"
MORNING = "morning"
CHECK = "consistency"
NIGHT_BEGINS = 10  # minutes after midnight; before it a new day is not begun by the sweep
ASK_AGAIN = timedelta(minutes=10)  # how long a queued job is waited for before it is queued once more
WAKING = range(6, 21)  # hours in which people are told; a clock that slept does not make up for it at night


def queue_day(day: date, *, at: datetime) -> list[int]:
    """Queue all that a day asks for, school by school: its night, its morning, the check. Returns the runs' numbers."""
    schools = School.objects.order_by("pk").values_list("pk", flat=True)
    return [run for school in schools for run in _queue(school, day, (JOB, MORNING, CHECK), at=at)]


def queue_school(school_id: int, day: date, *, at: datetime) -> list[int]:
    """Queue one school's night, and the check after it."""
    return _queue(school_id, day, (JOB, CHECK), at=at)


def _queue(school_id: int, day: date, jobs: Sequence[str], *, at: datetime) -> list[int]:
    """One after the other: each waits until the one before it is done."""
    runs = [JobRun.objects.create(job=job, school_id=school_id, day=day, queued_at=at) for job in jobs]
    chain(*(TASKS[run.job].si(school_id, day.isoformat(), run.pk) for run in runs)).delay()
    return [run.pk for run in runs]


@contextmanager
def _run(run_id: int) -> Iterator[Callable[[int], None]]:
    """Keep when a job began and, unless it failed, when it was done and how many rows it says."""
    JobRun.objects.filter(pk=run_id).update(started_at=timezone.now())
    said: list[int] = []
    yield said.append
    JobRun.objects.filter(pk=run_id).update(finished_at=timezone.now(), rows=sum(said))


@shared_task
def queue_night() -> None:
    """Ten minutes past midnight: the new day for every school."""
    now = timezone.now()
    students.forget_old_uploads(at=now)
    for school_id in School.objects.order_by("pk").values_list("pk", flat=True):
        queue_school(school_id, timezone.localdate(now), at=now)


@shared_task
def queue_morning() -> None:
    """Seven o'clock: the digest for every school; a day without school is told nothing."""
    now = timezone.now()
    if timezone.localtime(now).hour in WAKING:
        for school_id in School.objects.order_by("pk").values_list("pk", flat=True):
            _queue(school_id, timezone.localdate(now), (MORNING,), at=now)


@shared_task
def run_school_day(school_id: int, day: str, run_id: int) -> None:
    """Settle changes, open what begins, close what is over: one school, one day."""
    with _run(run_id) as say:
        say(actions.run_day(School.objects.get(pk=school_id), on=date.fromisoformat(day), at=timezone.now()))
    watch_school(school_id)  # deadlines of cases: also where no minute's clock runs


@shared_task
def tell_morning(school_id: int, day: str, run_id: int) -> None:
    """The digests of one school and morning."""
    with _run(run_id) as say:
        say(morning.digest(School.objects.get(pk=school_id), day=date.fromisoformat(day), at=timezone.now()))


@shared_task
def check_school(school_id: int, day: str, run_id: int) -> None:
    """Compare a part of one school's rows with the rule; what differs is counted and logged, never corrected."""
    with _run(run_id) as say:
        say(consistency.check_part(School.objects.get(pk=school_id), day=date.fromisoformat(day), at=timezone.now()))


TASKS = {JOB: run_school_day, MORNING: tell_morning, CHECK: check_school}


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
