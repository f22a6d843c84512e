"""Alive and ready."""

from datetime import timedelta

import pytest
import redis
from django.urls import reverse
from django.utils import timezone

from privacy import actions as privacy
from reports import health


@pytest.fixture
def broker(monkeypatch):
    """A broker that answers."""
    monkeypatch.setattr(redis.Redis, "ping", lambda self: True)


def parts(client):
    answer = client.get(reverse("readyz"))
    return answer.status_code, answer.json()


@pytest.mark.django_db
def test_alive_asks_the_database_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get(reverse("healthz"))

    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready_when_every_part_works(client, broker):
    privacy.beat("sweep", at=timezone.now() - timedelta(minutes=9))
    privacy.beat("sweep", at=timezone.now())

    assert parts(client) == (200, {"ready": True, "database": True, "broker": True, "beat": True})


@pytest.mark.django_db
@pytest.mark.parametrize("age", [None, health.LATE + timedelta(seconds=1)])
def test_not_ready_when_no_sweep_ran_lately(client, broker, age, monkeypatch):
    monkeypatch.setattr(health, "STARTED", timezone.now() - timedelta(hours=1))
    if age is not None:
        privacy.beat("sweep", at=timezone.now() - age)

    assert parts(client) == (503, {"ready": False, "database": True, "broker": True, "beat": False})


@pytest.mark.django_db
def test_not_ready_without_a_broker(client, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    privacy.beat("sweep", at=timezone.now())

    assert parts(client) == (503, {"ready": False, "database": True, "broker": False, "beat": True})
