"""What every test stands on: one moment, and one cast of people."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from accounts.models import User
from privacy.models import AuditEntry, ReadEntry
from tests.cast import NOW, Cast, make_cast


@pytest.fixture(autouse=True)
def _one_moment(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tuesday 18 November 2025, 12:40 in Shanghai; real time where a real worker or browser takes part."""
    if request.node.get_closest_marker("real_time"):
        yield
        return
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests with transactions of their own empty all tables after them, which an ordinary role may not do to the trail.

    Nothing else that the trail forbids is allowed by this.
    """
    if connection.vendor != "postgresql":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for model in (AuditEntry, ReadEntry):
            cursor.execute(f"GRANT TRUNCATE ON {model._meta.db_table} TO CURRENT_USER")


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture(scope="module")
def planted(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The cast with a word in every confidential field (tests/plants.py), for a module that is marked django_db."""
    from tests.planted import planted_world  # only where it is asked for: it takes the whole matrix along

    with planted_world(django_db_blocker) as world:
        yield world


@pytest.fixture
def as_person(client: Client) -> Callable[[User | None], Client]:
    """`as_person(cast.head_teacher).get("/")`; None is somebody who has not signed in."""

    def sign_in(user: User | None) -> Client:
        client.logout()
        if user is not None:
            client.force_login(user)
        return client

    return sign_in


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files; a test that needs it is skipped with this reason where it is absent."""
    folder = Path(os.environ.get("QINGTING_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"the shared files are not here: {folder} (set QINGTING_SHARED)")
    return folder
