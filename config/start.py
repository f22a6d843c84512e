"""Before anything touches the data: is this the key file of this database. Else the process ends with one sentence.

A page that could not seal would lose what was typed; a page that sealed with a wrong key would lose it later.
"""

import sys

from django.core.management import ManagementUtility
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

# Commands that read and write no row of a school. `keys` says by itself what is wrong.
KEYLESS = frozenset(
    {
        "check", "collectstatic", "createcachetable", "diffsettings", "findstatic", "help", "keys", "list_routes",
        "makemessages", "makemigrations", "migrate", "optimizemigration", "replay", "restore", "showmigrations",
        "sqlmigrate", "squashmigrations", "test", "testserver",
    }
)  # fmt: skip


NOT_AGAIN = 4  # gunicorn stops as a whole when a worker ends with this, and does not start it over and over


def refuse_wrong_key(*, code: int = 1) -> None:
    """End this process unless its key file is sound and opens what this database was sealed with."""
    from privacy import canary  # only now: models can be imported once Django is set up
    from privacy.keyring import KeyFileError

    try:
        canary.check(at=timezone.now())
    except KeyFileError as reason:
        sys.stderr.write(f"{reason}\n")
        sys.exit(code)
    finally:
        connection.close()  # children must not share it


class Commands(ManagementUtility):
    """manage.py: every command needs the right key file, but for those that touch no data."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        found = super().fetch_command(subcommand)
        if subcommand not in KEYLESS and not {"-h", "--help"} & set(self.argv):
            refuse_wrong_key()
        return found
