"""On PostgreSQL the program's role may add to the trail and read it, nothing else.

The role that runs the program also owns the tables, because it migrates them; an owner's own rights can be taken back.
A superuser has every right whatever is said, so two triggers refuse as well: no row is ever changed, and none leaves
that is younger than 184 days. On SQLite, where whoever has the file has everything, the models refuse.
"""

from django.db import migrations

TABLES = ("privacy_auditentry", "privacy_readentry")

FUNCTION = """
CREATE OR REPLACE FUNCTION privacy_trail_is_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.at < now() - interval '184 days' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the trail is added to, never changed' USING ERRCODE = 'insufficient_privilege';
END $$"""
TRIGGER = """
CREATE TRIGGER trail_is_added_to BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION privacy_trail_is_added_to()"""


def add_only(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION)
    for table in TABLES:
        schema_editor.execute(TRIGGER.format(table=table))
        schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM CURRENT_USER")


def as_any_table(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS trail_is_added_to ON {table}")
        schema_editor.execute(f"GRANT UPDATE, DELETE, TRUNCATE ON {table} TO CURRENT_USER")
    schema_editor.execute("DROP FUNCTION IF EXISTS privacy_trail_is_added_to()")


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]

    operations = [migrations.RunPython(add_only, as_any_table)]
