"""The Celery app and the whole beat schedule: what happens by the clock stands here and nowhere else."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, worker_init

from config.start import refuse_wrong_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("qingting")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Times are those of TIME_ZONE (Asia/Shanghai). Beat remembers its last runs: what was due while it slept runs at start.
SCHEDULE: dict[str, dict[str, Any]] = {
    "night": {"task": "listening.tasks.queue_night", "schedule": crontab(hour="0", minute="10")},
    # Expires: where no worker ran in the morning, nobody is told in the afternoon.
    "morning": {
        "task": "listening.tasks.queue_morning",
        "schedule": crontab(hour="7", minute="0"),
        "options": {"expires": 3 * 60 * 60},
    },
    # Expires, so that sweeps do not pile up while no worker runs.
    "sweep": {"task": "listening.tasks.sweep", "schedule": crontab(), "options": {"expires": 55}},
    "posts": {"task": "notifications.tasks.tell_waiting_posts", "schedule": crontab(), "options": {"expires": 55}},
    "watch": {"task": "referrals.tasks.watch", "schedule": crontab(), "options": {"expires": 55}},
    "backup": {"task": "privacy.tasks.back_up", "schedule": crontab(hour="2", minute="0")},
    "trail": {"task": "privacy.tasks.retire_trail", "schedule": crontab(hour="2", minute="40")},
}
app.conf.beat_schedule = SCHEDULE


@worker_init.connect
@beat_init.connect
def start_with_the_right_key(**kwargs: Any) -> None:
    """Worker and beat end here as the web process does; in the worker before it has children."""
    refuse_wrong_key()
