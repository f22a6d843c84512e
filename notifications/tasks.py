"""The house's own jobs for messages: thin, one call each, and each may run twice."""

from celery import shared_task
from django.utils import timezone

from notifications import posts


@shared_task
def tell_waiting_posts() -> None:
    """Every minute: whoever is asked to confirm a role hears how many wait."""
    posts.tell_waiting(at=timezone.now())
