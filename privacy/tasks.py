"""The nightly copy, and the end of what the trail has kept for long enough."""

from celery import shared_task
from django.utils import timezone

from privacy import backups, retention
from privacy.models import JobRun


@shared_task
def back_up() -> None:
    """Copy the database; the run stands among the other jobs."""
    now = timezone.localtime()
    run = JobRun.objects.create(job="backup", day=now.date(), queued_at=now, started_at=now)
    made = backups.back_up(at=now)
    JobRun.objects.filter(pk=run.pk).update(finished_at=timezone.now(), rows=1 if made else 0)


@shared_task
def retire_trail() -> None:
    """Take out rows of the trail whose time is over; the run stands among the other jobs."""
    now = timezone.localtime()
    run = JobRun.objects.create(job="trail", day=now.date(), queued_at=now, started_at=now)
    gone = retention.retire(at=now)
    JobRun.objects.filter(pk=run.pk).update(finished_at=timezone.now(), rows=gone.total)
