"""What the folder of migrations leaves standing of what a plan made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kaven_schema.database.connection import connect
from kaven_schema.database.expand.plan import Plan
from kaven_schema.database.lint import schemas_after
from kaven_schema.database.lint.schema import Schema
from kaven_schema.database.lint.types import qualified
from kaven_schema.database.migrations.folder import MigrationsFolder
from kaven_schema.database.migrations.table import read_rows
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path


@dataclass(frozen=True, slots=True)
class Standing:
    """By the migrations alone, whatever a database holds.

    `old_gone_in` and `new_gone_in` name the migration that dropped the column; empty while it stands.
    """

    has_table: bool
    has_trigger: bool
    has_function: bool
    has_check: bool
    takes_null: bool
    old_gone_in: str
    new_gone_in: str

    @property
    def has_helpers(self) -> bool:
        return self.has_trigger or self.has_function or self.has_check

    def with_check(self) -> Standing:
        return replace(self, has_check=True)


def find_standing(folder: MigrationsFolder, plan: Plan) -> Standing:
    """A table that only the run of a migration makes is taken to stand. Raises KavenError `sql_parser_missing`."""
    table = qualified(tuple(filter(None, (plan.schema, plan.table))))
    name = qualified(tuple(filter(None, (plan.schema, plan.object))))
    watched = {column: _Watched() for column in (plan.column, plan.new_column) if column}
    schema, is_known = Schema(), False
    for migration, schema in schemas_after(folder.migrations):
        if table in schema.tables:
            is_known = True
            for column, seen in watched.items():
                seen.look(migration.name, is_there=schema.column(table, column) is not None)
    old = schema.column(table, plan.column)
    return Standing(
        has_table=table in schema.tables or not is_known,
        has_trigger=(table, plan.object) in schema.triggers,
        has_function=name in schema.functions,
        has_check=bool(schema.constraint(table, plan.object) if is_known else plan.tighten),
        takes_null=old is not None and not old.is_required,
        old_gone_in=watched[plan.column].gone_in,
        new_gone_in=watched[plan.new_column].gone_in if plan.new_column else "",
    )


@dataclass(slots=True)
class _Watched:
    was_there: bool = False
    gone_in: str = ""

    def look(self, migration: str, *, is_there: bool) -> None:
        if is_there:
            self.gone_in = ""
        elif self.was_there:
            self.gone_in = migration
        self.was_there = is_there


def check_applied(url: DatabaseUrl, folder: MigrationsFolder, name: str, *, again: str) -> None:
    """That a migration which dropped a column of a plan is past mending: one that is not applied is to be removed.

    Raises KavenError `plan_column_dropped`, and as `connect` does.
    """
    with connect(url) as connection:
        if any(row.name == name and row.is_applied for row in read_rows(connection)):
            return
    path = shown_path(folder.path / name)
    raise KavenError(
        "plan_column_dropped",
        f"{name} drops a column of the plan, and leaves the trigger that writes it; {url.shown()} has it not yet",
        help=f"remove it, and what accepted-breaks.toml says of it: rm -r {path}; then: {again}",
        exit_code=ExitCode.PROBLEMS,
    )
