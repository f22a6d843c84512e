"""The demo and a real school never share a database: known by one line of the trail, which nobody can take out."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection

from privacy.models import AuditEntry

MADE_BY_SEED = "demo.seed"
REFUSED = "这个数据库装的是演示数据，不能当作学校的数据用。DEMO=0 时请换一个数据库：改 DATABASE_URL 或 STATE_DIR。"


def is_demo_database() -> bool:
    """Whether `seed_demo` made what is in the database."""
    return AuditEntry.objects.filter(verb=MADE_BY_SEED).exists()


def stands_apart() -> bool:
    """False where a school's installation has been pointed at the demo's database. An empty database is anybody's."""
    if settings.DEMO or settings.TESTING:
        return True
    try:
        there = AuditEntry._meta.db_table in connection.introspection.table_names()
        return not (there and is_demo_database())
    except DatabaseError:
        return True  # there is no database to look into: others say so


@register(Tags.database)
def database_is_not_the_demo(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Runs where a database is checked: `migrate`, `check --database default`."""
    if not databases or stands_apart():
        return []
    return [Error(REFUSED, id="demo.E001")]
