"""What can be seen of row-level security without trying it; `kaven rls verify` tries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.database.migrations.history import History
from kaven_schema.database.migrations.table import read_rows
from kaven_schema.database.row_level_security.authentication import Authentication, authentication_of
from kaven_schema.database.row_level_security.doors import doors_in, doors_of
from kaven_schema.database.row_level_security.names import SETTING, TENANT_POLICY, quoted
from kaven_schema.database.row_level_security.parts import Part, parts_of
from kaven_schema.database.row_level_security.script import pieces_of
from kaven_schema.database.row_level_security.standing import standing_after
from kaven_schema.database.row_level_security.state import Problem, policies_of, problems
from kaven_schema.database.row_level_security.tables import Protection, Table, protection_of
from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.health.deployment import Deployment
from kaven_schema.operations.health.finding import Colour, Finding

if TYPE_CHECKING:
    from psycopg import Connection

_SHOWN = 5
_WRITE, _APPLY = "kaven rls; kaven migrate deploy", "kaven migrate deploy"
_SWITCHED = "SELECT count(*) FROM pg_class WHERE relrowsecurity AND oid = ANY(%s::regclass[])"
_EXISTING = "SELECT t FROM unnest(%s::text[]) t WHERE to_regclass(t) IS NOT NULL"
_CONDITION = (
    "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = %s::regclass AND polname = %s"
)
_PARTS = """\
SELECT polname::text FROM pg_policy WHERE polrelid = %(table)s::regclass
UNION ALL SELECT tgname::text FROM pg_trigger WHERE tgrelid = %(table)s::regclass"""


def policies(deployment: Deployment) -> Iterator[Finding]:
    """Each fault, with what ends it: a migration where none protects the table yet, else the SQL of what is gone."""
    try:
        protection = protection_of(deployment.catalog, deployment.settings.global_models)
    except KavenError as error:
        yield Finding("policies", Colour.YELLOW, error.message, error.help)
        return
    connection, tables = deployment.as_owner, protection.tables
    present = {name for (name,) in connection.execute(_EXISTING, [[table.sql for table in tables]])}
    there = [table for table in tables if table.sql in present]
    switched = connection.execute(_SWITCHED, [[table.sql for table in there]]).fetchone()
    if not switched or not switched[0]:
        what = "no table has row-level security: tenants are kept apart by the application alone"
        yield Finding("policies", Colour.YELLOW, what, _WRITE)
        return
    missing = [table for table in tables if table.sql not in present]
    if missing:
        what = f"{len(missing)} tables are not there: {_names(missing)}"
        yield Finding("policies", Colour.RED, what, "kaven migrate deploy")
    faults = [*_faults(deployment, protection, there)]
    for fault in faults[:_SHOWN]:
        yield Finding("policies", Colour.RED, fault.text, _mend(fault))
    if len(faults) > _SHOWN:
        yield Finding(
            "policies", Colour.RED, f"… and {len(faults) - _SHOWN} more", "see all: kaven rls verify"
        )
    if not (faults or missing):
        yield Finding("policies", Colour.GREEN, f"{len(there)} tables are bound by their tenant's policy")


def _names(tables: Sequence[Table]) -> str:
    shown = ", ".join(table.name for table in tables[:_SHOWN])
    return shown + (" …" if len(tables) > _SHOWN else "")


def _mend(fault: Problem) -> str:
    return f"{fault.mend or 'close that way'}; then prove it: kaven rls verify"


def _faults(deployment: Deployment, protection: Protection, there: Sequence[Table]) -> Iterator[Problem]:
    connection = deployment.as_owner
    unwritten, pending = _unprotected(deployment, there)
    if unwritten:
        yield Problem(f"no migration protects {_names(unwritten)} yet", _begin(connection, unwritten))
    if pending:
        yield Problem(f"the migration that protects {_names(pending)} is not applied", _APPLY)
    rest = [table for table in there if table not in (*unwritten, *pending)]
    yield from problems(connection, rest, _early(deployment))
    doors = doors_of(deployment.catalog, deployment.direct.url.schema)
    parts = parts_of(pieces_of(protection, doors))
    for table in rest:
        yield from _lost(connection, table, [part for part in parts if part.table == table.sql])


def _unprotected(deployment: Deployment, tables: Sequence[Table]) -> tuple[list[Table], list[Table]]:
    """Those that no migration protects, and those whose migration is pending; none where no migration protects any."""
    folder = read_folder(deployment.settings.output.parent / "migrations")
    history = History.of(folder, read_rows(deployment.as_owner))
    pending = history.pending if history.rows else ()
    written = standing_after(one.sql for one in folder.migrations).pieces
    applied = standing_after(one.sql for one in folder.migrations if one not in pending).pieces
    if not written:
        return [], []
    keys = {table: f"table {table.sql}" for table in tables}
    unwritten = [table for table in tables if keys[table] not in written]
    return unwritten, [table for table in tables if keys[table] in written and keys[table] not in applied]


def _begin(connection: Connection, tables: Sequence[Table]) -> str:
    """What somebody has made by hand would be in the migration's way."""
    drops = [
        f"DROP POLICY {quoted(name)} ON {table.sql}"
        for table in tables
        for name in policies_of(connection, table)
    ]
    return "; ".join((*drops, _WRITE))


def _early(deployment: Deployment) -> Authentication:
    """What works before a tenant is known, where the schema has it."""
    catalog = deployment.catalog
    return authentication_of(catalog, deployment.direct.url.schema) if doors_in(catalog) else Authentication()


def _lost(connection: Connection, table: Table, parts: Sequence[Part]) -> Iterator[Problem]:
    stand = {name for (name,) in connection.execute(_PARTS, {"table": table.sql})}
    for part in parts:
        if part.name not in stand:
            yield Problem(f"{table.name}: the {part.kind} {part.name} is gone", part.mend)
    found = connection.execute(_CONDITION, [table.sql, TENANT_POLICY]).fetchone()
    if found and SETTING not in str(found[0]):
        text = f"{table.name}: the policy {TENANT_POLICY} does not ask for the tenant any more"
        yield Problem(text, next(part.change for part in parts if part.name == TENANT_POLICY))
