"""One deploy at a time in a database: the lock that Prisma Migrate takes too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import KavenError

if TYPE_CHECKING:
    from psycopg import Connection

_KEY = 72707369
_POLL_SECONDS = 0.1
_HOLDER = """\
SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND classid = 0 AND objid = %s AND objsubid = 1 AND granted
AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


@contextmanager
def migration_lock(
    connection: Connection, *, patience: float, notify: Callable[[str], None]
) -> Iterator[None]:
    """Hold the lock for as long as the block lasts; it ends with the connection in any case.

    Asked for again and again: a statement that waits for it would keep a CREATE INDEX CONCURRENTLY of its
    holder waiting in turn. Raises KavenError `migrations_locked` after `patience` seconds.
    """
    deadline = time.monotonic() + patience
    told = False
    while not _taken(connection):
        if time.monotonic() > deadline:
            raise KavenError(
                "migrations_locked",
                f"another deploy ({lock_holder(connection) or 'just ended'}) kept the lock {patience:.0f} s",
                help="wait for it to end, or end it: select pg_terminate_backend(process)",
            )
        if not told:
            notify(f"waiting for another deploy ({lock_holder(connection) or 'just ending'}) …")
            told = True
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_KEY])


def _taken(connection: Connection) -> bool:
    found = connection.execute("SELECT pg_try_advisory_lock(%s)", [_KEY]).fetchone()
    return bool(found and found[0])


def lock_holder(connection: Connection) -> str:
    """Who holds the lock, for people; empty if nobody does."""
    found = connection.execute(_HOLDER, [_KEY]).fetchone()
    return f"{found[1] or 'unnamed program'}, process {found[0]}" if found else ""
