"""How far a backfill is, in a table of its own: what a killed one goes on from, and what several take turns by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.database.expand.rows import Key, PlanTable
from kaven_schema.diagnostics import KavenError

if TYPE_CHECKING:
    from psycopg import Connection

_LOCK = 72707370
# In a schema of its own: in the project's it would be a table that no migration makes.
_CREATE_TABLE = """\
CREATE TABLE IF NOT EXISTS kaven.backfills (
    plan text, table_oid oid, pass integer NOT NULL DEFAULT 1, last_key text[],
    passed bigint NOT NULL DEFAULT 0, filled bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (plan, table_oid)
)"""
_PLACE = "WHERE plan = %s AND table_oid = %s"


class Progress(NamedTuple):
    """`last` is the key up to which pass number `number` is done."""

    number: int
    last: Key | None
    passed: int
    filled: int


def open_journal(connection: Connection, table: PlanTable) -> Progress:
    """Where the backfill stands; a table that was dropped and made anew begins anew.

    Raises KavenError `backfill_refused`.
    """
    from psycopg.errors import InsufficientPrivilege

    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            if not _exists(connection):
                _create(connection)
            connection.execute(
                "INSERT INTO kaven.backfills (plan, table_oid) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                [table.plan.name, table.oid],
            )
    except InsufficientPrivilege as error:
        raise KavenError(
            "backfill_refused",
            f"{connection.info.user} cannot keep its progress in the database: {error.diag.message_primary}",
            help=f'GRANT CREATE ON DATABASE "{connection.info.dbname}" TO "{connection.info.user}"',
        ) from None
    return read_progress(connection, table)


def _exists(connection: Connection) -> bool:
    found = connection.execute("SELECT to_regclass('kaven.backfills') IS NOT NULL").fetchone()
    return bool(found and found[0])


def _create(connection: Connection) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS kaven")
    connection.execute(_CREATE_TABLE)
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'kaven_app'").fetchone():
        connection.execute("REVOKE ALL ON kaven.backfills FROM kaven_app")


def read_progress(connection: Connection, table: PlanTable, *, lock: bool = False) -> Progress:
    """With `lock` nobody else goes on before the transaction ends."""
    query = f"SELECT pass, last_key, passed, filled FROM kaven.backfills {_PLACE}" + " FOR UPDATE" * lock  # noqa: S608
    found = connection.execute(query.encode(), [table.plan.name, table.oid]).fetchone()
    assert found is not None, "it is made when the journal is opened"
    return Progress(found[0], tuple(found[1]) if found[1] else None, found[2], found[3])


def note_batch(connection: Connection, table: PlanTable, last: Key, passed: int, filled: int) -> None:
    connection.execute(
        "UPDATE kaven.backfills SET last_key = %s, passed = passed + %s, filled = filled + %s,"
        " updated_at = clock_timestamp() WHERE plan = %s AND table_oid = %s",
        [list(last), passed, filled, table.plan.name, table.oid],
    )


def end_pass(connection: Connection, table: PlanTable) -> None:
    connection.execute(
        "UPDATE kaven.backfills SET pass = pass + 1, last_key = NULL, passed = 0,"
        " updated_at = clock_timestamp() WHERE plan = %s AND table_oid = %s",
        [table.plan.name, table.oid],
    )
