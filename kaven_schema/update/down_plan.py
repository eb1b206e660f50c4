"""The database's way back from a release: SQL with what each statement costs, shown and never run here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.database.migrations.statements import Statement, split_statements
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.pipeline import Merged
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.update.rollback import Rollback
from kaven_schema.update.sql import alter_table_clauses

if TYPE_CHECKING:
    from kaven_schema.catalog.catalog import Catalog
    from kaven_schema.database.row_level_security.script import Adapting

_NAME = r'(?:"[^"]+"\.)?"([^"]+)"'
_DROP_TABLE = re.compile(rf"DROP\s+TABLE\s+{_NAME}", re.IGNORECASE)
_DROP_INDEX = re.compile(rf"DROP\s+INDEX\s+{_NAME}", re.IGNORECASE)
_DROP_TYPE = re.compile(rf"DROP\s+TYPE\s+{_NAME}", re.IGNORECASE)
_NEW_TYPE = re.compile(r'CREATE\s+TYPE\s+"([^"]+)_new"', re.IGNORECASE)
_DROP_COLUMN = re.compile(rf"DROP\s+COLUMN\s+{_NAME}", re.IGNORECASE)
_DROP_CONSTRAINT = re.compile(rf"DROP\s+CONSTRAINT\s+{_NAME}", re.IGNORECASE)
_ADD_COLUMN = re.compile(rf"ADD\s+COLUMN\s+{_NAME}", re.IGNORECASE)
_ADDS = re.compile(r"ADD\s+COLUMN|CREATE\s+TABLE", re.IGNORECASE)
_LET_GO = "-- What `kaven rls` has made names columns that go: first it does without them.\n"
_ANEW = "-- And what `kaven rls` makes, for the tables as they are now.\n"
_STAYS = "may stay: what runs on the release before does not see it"


@dataclass(frozen=True, slots=True)
class DownStep:
    """One statement. `loses` are tables and columns whose data goes, `notes` say it all for people."""

    sql: str
    start: int
    loses: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DownPlan:
    """`script` is Prisma's SQL with the notes as comments; empty where the database needs no change."""

    script: str
    steps: tuple[DownStep, ...]

    @property
    def loses(self) -> tuple[str, ...]:
        return tuple(name for step in self.steps for name in step.loses)


def make_down_plan(rollback: Rollback, *, progress: Progress = silent) -> DownPlan:
    """From the schema as it is merged now to the one that the rollback would make.

    Raises KavenError as the schema engine does.
    """
    from kaven_schema.engines.schema_engine import SchemaEngineSession, SchemaFiles

    now = rollback.project.compile()
    states = [SchemaFiles([("schema.prisma", text)]) for text in (now.text, rollback.text)]
    with SchemaEngineSession.start(progress=progress) as engine:
        sql = engine.script(*states)
    steps = tuple(_step(statement, _Optional.of(now)) for statement in split_statements(sql))
    return DownPlan(_headed(_annotated(sql, steps), sql, now, rollback) if steps else "", steps)


@dataclass(frozen=True, slots=True)
class _Optional:
    """The columns, as table and name, without which a row can be written."""

    columns: frozenset[tuple[str, str]]

    @staticmethod
    def of(merged: Merged) -> _Optional:
        return _Optional(
            frozenset(
                (entry.facts.table, field.column)
                for entry in merged.catalog.entries
                for field in entry.facts.fields
                if _can_be_left_out(field)
            )
        )


def _can_be_left_out(field: FieldFacts) -> bool:
    from kaven_schema.rules.defaults import has_database_default

    return field.arity != "" or has_database_default(field)


def _step(statement: Statement, optional: _Optional) -> DownStep:
    found = list(_costs(statement.text, optional))
    loses = tuple(name for name, _, loses in found if loses)
    notes = tuple(f"{name}: {'loses its data; ' if loses else ''}{note}" for name, note, loses in found)
    return DownStep(statement.text, statement.start, loses, notes)


def _costs(text: str, optional: _Optional) -> Iterator[tuple[str, str, bool]]:
    """What a statement takes away or needs: its name, a word on it, and whether data is lost."""
    if clauses := alter_table_clauses(text):
        table, parts = clauses
        for part in parts:
            yield from _clause_costs(table, part, optional)
    elif found := _DROP_TABLE.match(text):
        yield f"table {found[1]}", _STAYS, True
    elif found := _DROP_INDEX.match(text):
        yield f"index {found[1]}", "may stay, unless it is unique and rows break it", False
    elif found := _NEW_TYPE.match(text):
        yield f"enum {found[1]}", "its new values may stay; this fails while rows hold one", False
    elif (found := _DROP_TYPE.match(text)) and not found[1].endswith("_old"):
        yield f"enum {found[1]}", "may stay", False


def _clause_costs(table: str, clause: str, optional: _Optional) -> Iterator[tuple[str, str, bool]]:
    if found := _DROP_COLUMN.match(clause):
        stays = (table, found[1]) in optional.columns
        note = _STAYS if stays else "has to go: without it, no row can be written by the release before"
        yield f"column {table}.{found[1]}", note, True
    elif found := _DROP_CONSTRAINT.match(clause):
        yield f"constraint {found[1]}", "may stay where its columns stay", False
    elif found := _ADD_COLUMN.match(clause):
        yield f"column {table}.{found[1]}", "comes back empty: what was in it is in a backup only", False


def _annotated(sql: str, steps: tuple[DownStep, ...]) -> str:
    pieces, place = [], 0
    for step in steps:
        pieces += [sql[place : step.start], *(f"-- {note}\n" for note in step.notes)]
        place = step.start
    return "".join([*pieces, sql[place:]])


def _headed(annotated: str, sql: str, now: Merged, rollback: Rollback) -> str:
    head = (
        f"-- From {rollback.installed} back to {rollback.previous}: what release {rollback.installed} made of the "
        "database.\n-- kaven has not run this. Leave out what may stay, then give it to `kaven migrate deploy`.\n"
    )
    found = _protection_before(now, rollback, adds=bool(_ADDS.search(sql)))
    parts = [head, f"{_LET_GO}{found.before}" if found and found.before else "", annotated]
    parts.append(f"{_ANEW}{found.after}" if found and found.after else "")
    return "\n".join(part for part in parts if part)


def _protection_before(now: Merged, rollback: Rollback, *, adds: bool) -> Adapting | None:
    """Row-level security, which names columns that go, for the schema of the release before."""
    from kaven_schema.client.tenant.metadata import read_catalog
    from kaven_schema.database.migrations.folder import read_folder
    from kaven_schema.database.row_level_security.doors import doors_of
    from kaven_schema.database.row_level_security.script import adapting
    from kaven_schema.database.row_level_security.standing import standing_after
    from kaven_schema.database.row_level_security.tables import protection_of
    from kaven_schema.database.row_level_security.writing import schema_of

    project = rollback.project
    scripts = [one.sql for one in read_folder(project.output.parent / "migrations").migrations]
    if not standing_after(scripts).pieces:
        return None
    catalog = read_catalog(rollback.text, project.options.dialect)
    protection = protection_of(catalog, [entry.name for entry in catalog.entries])
    gone = _tables(now.catalog) - _tables(catalog)
    doors = doors_of(catalog, schema_of(project))
    return adapting(protection, doors, scripts, gone=sorted(gone), adds=adds)


def _tables(catalog: Catalog) -> set[str]:
    from kaven_schema.database.row_level_security.names import quoted

    return {quoted(entry.facts.schema, entry.facts.table) for entry in catalog.of_kind(BlockKind.MODEL)}
