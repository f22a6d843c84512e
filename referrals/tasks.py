"""The clock of the cases: thin, one call each, and each may run twice. Arguments are ids."""

from celery import shared_task
from django.utils import timezone

from referrals import actions
from schools.models import School


@shared_task
def watch() -> None:
    """Every minute: whoever waits for too long."""
    for school_id in actions.schools_waiting(at=timezone.now()):
        watch_school.delay(school_id)


@shared_task
def watch_school(school_id: int) -> None:
    """The deadlines of one school."""
    actions.run_clock(School.objects.get(pk=school_id), at=timezone.now())
