"""The installation: settings, addresses, the beat schedule. It knows the apps; none of them knows it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
