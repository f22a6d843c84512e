"""Is it alive, is it ready: for whoever watches the installation. True or false a part, never a reason."""

from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from privacy import canary
from privacy.models import Heartbeat
from schools.permissions import open_to

PATIENCE = 1  # seconds for the broker
STARTED = timezone.now()
LATE = timedelta(minutes=3)  # the sweep runs every minute and leaves its sign


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])
@open_to("everyone")
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])
@open_to("everyone")
def readyz(request: HttpRequest) -> HttpResponse:
    """The parts that a working day needs. `beat`: the last sweep, queued by beat, run by a worker, is not overdue."""
    parts = {"database": _database(), "broker": _broker(), "beat": _beat(timezone.now())}
    # That the key file is not the right one is for the log of the start to say, not for an address open to all.
    ready = all(parts.values()) and canary.holds()
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _beat(now: datetime) -> bool:
    try:
        last = Heartbeat.objects.filter(name="sweep").values_list("at", flat=True).first()
    except DatabaseError:
        return False
    since = max(last, STARTED) if last else STARTED  # a house that has just opened is not late yet
    return now - since <= LATE
