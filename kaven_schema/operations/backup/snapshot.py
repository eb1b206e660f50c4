"""One moment of a database, which pg_dump and our own counting both see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError

if TYPE_CHECKING:
    from psycopg import Connection

_LOCK = 72707370  # beside the lock of migrations
_HOLDER = """\
SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND classid = 0 AND objid = %s AND objsubid = 1 AND granted
AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_TIMEOUTS = ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")
_LOCK_TIMEOUT = "11min"  # pg_dump gives up before us, and says which table it was
_UNBOUND = "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = ANY(%s)"


@contextmanager
def one_at_a_time(url: DatabaseUrl) -> Iterator[Connection]:
    """A connection that no timeout ends, while no other backup of this database is made.

    Raises KavenError `backup_running`, and as `connect` does.
    """
    with connect(url) as connection:
        connection.execute("SET application_name = 'kaven backup'")
        connection.execute(_UNBOUND, [list(_TIMEOUTS)])
        connection.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'".encode())
        # Counting is to be done before the dump is, and not to take its processors away.
        connection.execute("SET max_parallel_workers_per_gather = 0")
        taken = connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
        if not (taken and taken[0]):
            holder = connection.execute(_HOLDER, [_LOCK]).fetchone()
            who = f"{holder[1]}, process {holder[0]}" if holder else "just ending"
            raise KavenError(
                "backup_running",
                f"another backup of {url.database} is being made ({who})",
                help="wait for it to end; or end it: select pg_terminate_backend(process)",
            )
        yield connection


@contextmanager
def snapshot(connection: Connection) -> Iterator[str]:
    """The transaction's snapshot, under the name by which others take it."""
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        found = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert found is not None
        yield str(found[0])
    finally:
        if not (connection.closed or connection.broken):
            connection.execute("ROLLBACK")
