"""What has to hold before a dump: programs that fit the server, and eyes that see every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kaven_schema.database.programs import Programs, programs_for
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.operations.backup.contents import table_names

if TYPE_CHECKING:
    from psycopg import Connection

_SHOWN = 5
_USERS = """\
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
AND NOT EXISTS (SELECT 1 FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"""
_HIDDEN = f"""\
SELECT format('%I.%I', n.nspname, c.relname) {_USERS} AND c.relkind IN ('r', 'p') AND row_security_active(c.oid)
ORDER BY 1"""
# pg_dump locks a table before it reads it, for which SELECT on it is enough; USAGE on its schema is needed as well.
_REFUSED = f"""\
SELECT format('%I.%I', n.nspname, c.relname) {_USERS} AND c.relkind IN ('r', 'p', 'S')
AND NOT (has_schema_privilege(n.oid, 'USAGE') AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT')
    ELSE has_table_privilege(c.oid, 'SELECT') END)
ORDER BY 1"""
_HELP = (
    "back up as a role that reads everything: kaven rls roles | psql; then name kaven_backup in DATABASE_URL"
)


def check_ready(connection: Connection, url: DatabaseUrl) -> Programs:
    """The programs to use. Raises KavenError `backup_program_missing`, `backup_rows_hidden`, `backup_read_refused`."""
    programs = programs_for(connection.info.server_version // 10_000)
    check_sees_all(connection, url)
    return programs


def check_sees_all(connection: Connection, url: DatabaseUrl) -> None:
    """Row-level security can make a dump silently empty; a missing right only stops it, but late.

    Raises KavenError `backup_rows_hidden`, `backup_read_refused`.
    """
    if hidden := [str(name) for (name,) in connection.execute(_HIDDEN.encode())]:
        raise KavenError(
            "backup_rows_hidden",
            f"row-level security hides rows of {_shown(hidden)} from {url.user}: the backup would lack them",
            help=_HELP,
            exit_code=ExitCode.ENVIRONMENT,
        )
    if refused := [str(name) for (name,) in connection.execute(_REFUSED.encode())]:
        raise KavenError(
            "backup_read_refused",
            f"{url.user} may not read {_shown(refused)}",
            help=_HELP,
            exit_code=ExitCode.ENVIRONMENT,
        )


def check_not_empty(connection: Connection, url: DatabaseUrl) -> None:
    """Raises KavenError `backup_empty`."""
    if not table_names(connection):
        raise KavenError(
            "backup_empty",
            f"{url.shown()} has no table",
            help="name the database that is meant in DATABASE_URL; if it is this one: --allow-empty",
            exit_code=ExitCode.PROBLEMS,
        )


def check_direct(url: DatabaseUrl) -> None:
    """A pooler gives each transaction another connection, and passes no options on. Raises `backup_through_pooler`."""
    if url.through_pgbouncer:
        raise KavenError(
            "backup_through_pooler",
            f"{url.shown()} goes through PgBouncer, which cannot hold a snapshot for pg_dump",
            help="set DIRECT_URL to the server's own address",
        )


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
