"""The key is in no row, no copy of the database, no environment, no folder that is handed out."""

import base64
import os
import sqlite3

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from privacy import backups, canary, checks, keyfile, rotation
from tests.cast import NOW, talk


def forms_of(path):
    """A key as it might be written down: raw, in hex, in base64 with and without its tail."""
    for raw in keyfile.read(path).values():
        encoded = base64.b64encode(raw)
        yield from (raw, raw.hex().encode(), encoded, encoded.rstrip(b"="), base64.urlsafe_b64encode(raw).rstrip(b"="))


@pytest.fixture
def worked(cast, key_file):
    """A house in use, its keys changed once."""
    canary.check(at=NOW)
    talk(cast.head_teacher, cast.lin, note="一段话", worry="请看一看")
    rotation.rotate(key_file, at=NOW, say=lambda line: None)
    call_command("keys", "verify")
    return key_file


def everything():
    """All values of all rows of all tables."""
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.values_list():
            for value in row:
                yield bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def test_no_row_holds_a_key(worked):
    rows = list(everything())

    assert [one for one in forms_of(worked) for value in rows if one in value] == []
    assert any(b"k2" in value for value in rows)  # the ids are there, so the search does look


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL is backed up by its own means")
def test_no_copy_of_the_database_holds_a_key(worked, settings, tmp_path):
    settings.STATE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir()
    copied = tmp_path / "all.sqlite3"
    if not connection.is_in_memory_db():
        pytest.skip("another process's file")
    with sqlite3.connect(copied) as target:
        target.deserialize(connection.connection.serialize())
        found = target.serialize()
    target.close()

    assert [one for one in forms_of(worked) if one in found] == []
    assert "一段话".encode() not in found


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL is backed up by its own means")
def test_nightly_copies_are_the_database_alone(key_file, settings, tmp_path):
    settings.STATE_DIR = tmp_path / "state"
    canary.check(at=NOW)

    made = backups.back_up(at=NOW)

    assert [one.name for one in backups.folder().iterdir()] == [made.name]
    assert [one for one in forms_of(key_file) if one in made.read_bytes()] == []


def test_no_variable_holds_a_key(worked):
    variables = [value.encode() for value in os.environ.values()]

    assert [one for one in forms_of(worked) for value in variables if one in value] == []


@pytest.mark.parametrize("where", ["backups", "STATIC_ROOT", "MEDIA_ROOT", "STATICFILES_DIRS"])
def test_key_file_beside_what_is_handed_out_is_refused(settings, tmp_path, where):
    folder = tmp_path / "handed-out"
    match where:
        case "backups":
            settings.STATE_DIR, folder = tmp_path, tmp_path / "backups"
        case "STATICFILES_DIRS":
            settings.STATICFILES_DIRS = [folder]
        case _:
            setattr(settings, where, folder)
    settings.FIELD_KEY_FILE = folder / "keys" / "field.keys"

    assert [one.id for one in checks.key_lies_apart(None)] == ["privacy.E001"]


def test_key_file_as_it_is_set_up_is_well_placed():
    assert checks.key_lies_apart(None) == []


@pytest.mark.parametrize(
    ("debug", "demo", "testing", "found"),
    [
        (True, False, False, ["privacy.E003"]),
        (True, True, False, []),
        (True, False, True, []),
        (False, False, False, []),
    ],
)
def test_debug_is_refused_over_a_school(settings, debug, demo, testing, found):
    settings.DEBUG, settings.DEMO, settings.TESTING = debug, demo, testing

    assert [one.id for one in checks.no_debug_over_a_school(None)] == found


@pytest.mark.parametrize(("demo", "found"), [(True, ["privacy.W001"]), (False, [])])
def test_demo_is_named_before_it_goes_public(settings, demo, found):
    settings.DEMO = demo

    assert [one.id for one in checks.no_demo_in_public(None)] == found
