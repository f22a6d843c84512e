"""A database in memory that takes the place of the installation's own, in this thread and for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import load_backend

ENGINE = "django.db.backends.sqlite3"


@contextmanager
def scratch_database() -> Iterator[None]:
    """Empty tables of every model, made straight from the models; gone at the end. Whatever the installation runs on,
    this is SQLite in memory: the connection to the installation's own database is put aside and not used.
    """
    settings = connections.configure_settings({DEFAULT_DB_ALIAS: {"ENGINE": ENGINE, "NAME": ":memory:"}})
    scratch = load_backend(ENGINE).DatabaseWrapper(settings[DEFAULT_DB_ALIAS], DEFAULT_DB_ALIAS)
    own = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = scratch
    try:
        with scratch.schema_editor() as editor:
            for model in apps.get_models():
                if model._meta.managed and not model._meta.proxy:
                    editor.create_model(model)
        with scratch.cursor() as cursor:
            # A described school may be stranger than ours: more than twelve grades, a talk of eleven hours.
            cursor.execute("PRAGMA ignore_check_constraints=ON")
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = own
        if scratch.connection is not None:
            scratch.connection.close()
