"""What every test stands on: one moment, and one cast of people."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tests.cast import NOW, Cast, make_cast


@pytest.fixture(autouse=True)
def _one_moment(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tuesday 18 November 2025, 12:40 in Shanghai; real time where a real worker or browser takes part."""
    if request.node.get_closest_marker("real_time"):
        yield
        return
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


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
