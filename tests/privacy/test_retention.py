"""The trail is kept for its time, never under 184 days, and leaves by one path; on PostgreSQL by no other."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from privacy import actions, retention
from privacy.models import AuditEntry, Immutable, JobRun, ReadEntry
from privacy.tasks import retire_trail
from tests.cast import NOW

THREE_YEARS = timedelta(days=1096)
MOMENT = timedelta(microseconds=1)
postgres = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="rights of a role are PostgreSQL's")


def act(at, verb="session.in"):
    return actions.record(by_id=1, verb=verb, at=at)


def reading(at):
    return ReadEntry.objects.create(
        at=at, by_id=1, school_id=1, table="conversation", field="note",
        uid="00000000-0000-4000-8000-000000000001", student_id=1,
    )  # fmt: skip


def test_rows_leave_when_their_time_is_over_and_not_before(db):
    for at in (NOW - THREE_YEARS - MOMENT, NOW - THREE_YEARS, NOW):
        act(at)
        reading(at)

    gone = retention.retire(at=NOW)

    assert gone == retention.Retired(acts=1, reads=1)
    assert list(ReadEntry.objects.order_by("at").values_list("at", flat=True)) == [NOW - THREE_YEARS, NOW]
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", "detail")) == [
        ("session.in", ""), ("session.in", ""), ("trail.retire", "操作 1，查阅 1"),
    ]  # fmt: skip


def test_nothing_to_retire_says_nothing(db):
    act(NOW)

    assert (retention.retire(at=NOW).total, AuditEntry.objects.count()) == (0, 1)


def test_rows_leave_batch_by_batch(db, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for days in (1100, 1099, 1098, 1097, 1096, 3):
        act(NOW - timedelta(days=days))

    assert (retention.retire(at=NOW).acts, AuditEntry.objects.exclude(verb="trail.retire").count()) == (4, 2)


def test_line_by_which_the_demo_is_known_stays(db):
    act(NOW - 2 * THREE_YEARS, verb=retention.KEPT)
    act(NOW - 2 * THREE_YEARS)

    assert (retention.retire(at=NOW).acts, AuditEntry.objects.filter(verb=retention.KEPT).count()) == (1, 1)


def test_job_stands_among_the_runs(db):
    act(NOW - THREE_YEARS - MOMENT)

    retire_trail()

    assert list(JobRun.objects.values_list("job", "rows", "finished_at")) == [("trail", 1, NOW)]


@pytest.mark.parametrize(("days", "found"), [(183, ["privacy.E004"]), (184, []), (1096, [])])
def test_less_than_184_days_is_refused(settings, days, found):
    settings.TRAIL_DAYS = days

    assert [one.id for one in run_checks() if one.id == "privacy.E004"] == found


def test_retiring_under_184_days_is_refused_and_takes_nothing(db, settings):
    settings.TRAIL_DAYS = 183
    act(NOW - 2 * THREE_YEARS)

    with pytest.raises(ValueError, match="184"):
        retention.retire(at=NOW)

    assert AuditEntry.objects.count() == 1


def test_models_take_no_change(db):
    entry = act(NOW)

    for change in (
        lambda: AuditEntry.objects.update(verb="x.y"), lambda: AuditEntry.objects.all().delete(), entry.save,
        entry.delete,
    ):  # fmt: skip
        with pytest.raises(Immutable):
            change()


# On PostgreSQL


@pytest.fixture
def as_application(db):
    """The tables belong to an ordinary role, which has migrated them, and which runs the program."""
    migration = import_module("privacy.migrations.0002_trail_is_added_to")
    with connection.schema_editor() as editor:
        migration.as_any_table(None, editor)
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE qingting_app NOSUPERUSER")
        cursor.execute("GRANT USAGE, CREATE ON SCHEMA public TO qingting_app")
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO qingting_app")
        for table in migration.TABLES:
            cursor.execute(f"ALTER TABLE {table} OWNER TO qingting_app")
        cursor.execute("SET LOCAL ROLE qingting_app")
    with connection.schema_editor() as editor:
        migration.add_only(None, editor)
    return migration


def refused(statement):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as reason:
        return "permission denied" in str(reason) or "added to" in str(reason)
    return False


CHANGES = ("UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}")


@postgres
def test_program_adds_and_reads_and_changes_nothing(as_application):
    act(datetime(2000, 1, 1, tzinfo=UTC))
    reading(datetime(2000, 1, 1, tzinfo=UTC))

    told = {(table, change): refused(change.format(table)) for table in as_application.TABLES for change in CHANGES}

    assert told == dict.fromkeys(told, True)
    assert (AuditEntry.objects.count(), ReadEntry.objects.count()) == (1, 1)


@postgres
def test_program_retires_what_is_old_and_has_no_right_left(as_application):
    act(NOW - THREE_YEARS - MOMENT)
    act(NOW)

    gone = retention.retire(at=NOW)

    assert (gone.acts, refused("DELETE FROM privacy_auditentry")) == (1, True)


@postgres
def test_superuser_changes_nothing_and_takes_out_nothing_young(as_application):
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    act(datetime.now(UTC) + timedelta(days=3650))

    assert refused("UPDATE privacy_auditentry SET verb = 'x.y'")
    assert refused("DELETE FROM privacy_auditentry")
    assert AuditEntry.objects.count() == 1
