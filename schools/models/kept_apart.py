"""A constraint over two rows: roles that one person never holds on the same day.

Django has no constraint for this on SQLite, and PostgreSQL's needs an extension that a school's server may lack. So it
is a trigger, kept among the table's constraints: SQLite makes a table anew at many migrations and drops its triggers
with the old one; what stands in `Meta.constraints` comes back with it.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint, Model, Q

CLASH = """EXISTS (SELECT 1 FROM %(table)s AS held
  WHERE held.user_id = NEW.user_id AND held.id <> NEW.id
    AND ((NEW.role IN ({one}) AND held.role IN ({other})) OR (NEW.role IN ({other}) AND held.role IN ({one})))
    AND (held.valid_to IS NULL OR held.valid_to >= NEW.valid_from)
    AND (NEW.valid_to IS NULL OR NEW.valid_to >= held.valid_from))"""
ON_SQLITE = """CREATE TRIGGER {name}_{verb} BEFORE {verb} ON %(table)s FOR EACH ROW WHEN {clash}
BEGIN SELECT RAISE(ABORT, '{name}'); END"""
# Both sessions of a race take the person's row first: the second one sees what the first has written.
ON_POSTGRESQL = """CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM accounts_user WHERE id = NEW.user_id FOR NO KEY UPDATE;
  IF {clash} THEN
    RAISE EXCEPTION '{name}' USING ERRCODE = 'exclusion_violation', CONSTRAINT = '{name}';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON %(table)s FOR EACH ROW EXECUTE FUNCTION {name}()"""


class RolesApart(BaseConstraint):
    """No role of `one` on a day on which the same person holds a role of `other`."""

    def __init__(self, *, one: Iterable[str], other: Iterable[str], name: str) -> None:
        super().__init__(name=name)
        self.one, self.other = sorted(map(str, one)), sorted(map(str, other))

    def constraint_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        """Nothing within CREATE TABLE: the triggers follow it."""
        schema_editor.deferred_sql.extend(self._statements(model, schema_editor))
        return ""

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:  # type: ignore[override]
        """For PostgreSQL; SQLite adds a constraint by making the table anew."""
        return self._statements(model, schema_editor)[0]

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:  # type: ignore[override]
        template = f"DROP TRIGGER IF EXISTS {self.name} ON %(table)s; DROP FUNCTION IF EXISTS {self.name}()"
        return Statement(template, table=_table(model, schema_editor))

    def validate(
        self, model: type[Model], instance: Any, exclude: Any = None, using: str = "default", *args: Any, **more: Any
    ) -> None:
        apart = self.other if instance.role in self.one else self.one if instance.role in self.other else []
        held = model._default_manager.using(using).filter(user=instance.user_id, role__in=apart).exclude(pk=instance.pk)
        held = held.filter(Q(valid_to=None) | Q(valid_to__gte=instance.valid_from))
        if instance.valid_to:
            held = held.filter(valid_from__lte=instance.valid_to)
        if apart and held.exists():
            raise ValidationError(self.get_violation_error_message())

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, _, kwargs = super().deconstruct()
        return path, (), {**kwargs, "one": self.one, "other": self.other}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RolesApart) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, *self.one, *self.other))

    def _statements(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        clash = CLASH.format(one=_listed(self.one), other=_listed(self.other))
        if schema_editor.connection.vendor == "sqlite":
            made = [ON_SQLITE.format(name=self.name, verb=verb, clash=clash) for verb in ("INSERT", "UPDATE")]
        else:
            made = [ON_POSTGRESQL.format(name=self.name, clash=clash)]
        return [Statement(one, table=_table(model, schema_editor)) for one in made]


def _table(model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Table:
    return Table(model._meta.db_table, schema_editor.quote_name)


def _listed(roles: Iterable[str]) -> str:
    return ", ".join(f"'{role}'" for role in roles)
