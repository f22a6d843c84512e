"""A key file of the test's own, and what stands under its keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from privacy import keyfile, keyring


@pytest.fixture
def key_file(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """The installation's key file: one key, k1."""
    path = tmp_path / "keys" / "field.keys"
    path.parent.mkdir(mode=0o700)
    keyfile.create(path, "k1")
    settings.FIELD_KEY_FILE = path
    yield path
    keyring._held.clear()
