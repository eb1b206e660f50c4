"""The table `_prisma_migrations`, as Prisma Migrate makes and reads it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from kaven_schema.database.migrations.folder import Migration

if TYPE_CHECKING:
    from psycopg import Connection

_CREATE = """\
CREATE TABLE "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)"""
_COLUMNS = "id, checksum, migration_name, started_at, finished_at, rolled_back_at, logs"
_SELECT = f'SELECT {_COLUMNS} FROM "_prisma_migrations" ORDER BY started_at, finished_at'  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Row:
    """One attempt at a migration. Neither finished nor rolled back means that it failed, or is under way."""

    id: str
    checksum: str
    name: str
    started_at: datetime
    finished_at: datetime | None
    rolled_back_at: datetime | None
    logs: str | None

    @property
    def is_applied(self) -> bool:
        return self.finished_at is not None and self.rolled_back_at is None

    @property
    def is_failed(self) -> bool:
        return self.finished_at is None and self.rolled_back_at is None


def table_exists(connection: Connection) -> bool:
    found = connection.execute(
        "SELECT 1 FROM pg_class WHERE relname = '_prisma_migrations' AND relkind IN ('r', 'p')"
        " AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
    )
    return found.fetchone() is not None


def create_table(connection: Connection) -> None:
    """Make it, in the schema of the connection; the application may read it, not write to it."""
    with connection.transaction():
        connection.execute(_CREATE)
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'kaven_app'").fetchone():
            connection.execute(
                'REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON "_prisma_migrations" FROM kaven_app'
            )


def read_rows(connection: Connection) -> tuple[Row, ...]:
    """All attempts, the oldest first; none where there is no table."""
    if not table_exists(connection):
        return ()
    return tuple(Row(*row) for row in connection.execute(_SELECT))


def begin_row(connection: Connection, migration: Migration) -> str:
    """Say that a migration is under way; the row's id."""
    id = str(uuid.uuid4())
    connection.execute(
        'INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES (%s, %s, %s)',
        [id, migration.checksum, migration.name],
    )
    return id


def finish_row(connection: Connection, id: str) -> None:
    connection.execute(
        'UPDATE "_prisma_migrations" SET finished_at = clock_timestamp(), applied_steps_count = 1,'
        " logs = NULL WHERE id = %s",
        [id],
    )


def log_row(connection: Connection, id: str, text: str) -> None:
    connection.execute('UPDATE "_prisma_migrations" SET logs = %s WHERE id = %s', [text, id])


def undo_rows(connection: Connection, name: str) -> None:
    """The unfinished attempts at a migration count no more."""
    connection.execute(
        'UPDATE "_prisma_migrations" SET rolled_back_at = now()'
        " WHERE migration_name = %s AND finished_at IS NULL AND rolled_back_at IS NULL",
        [name],
    )


def record_undone(connection: Connection, migration: Migration, log: str) -> None:
    """An attempt that PostgreSQL took back whole."""
    connection.execute(
        'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, logs, rolled_back_at)'
        " VALUES (%s, %s, %s, %s, now())",
        [str(uuid.uuid4()), migration.checksum, migration.name, log],
    )


def record_applied(connection: Connection, migration: Migration) -> None:
    """A migration that is applied without us: as Prisma's `resolve --applied` says it."""
    connection.execute(
        'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at)'
        " VALUES (%s, %s, %s, now(), now())",
        [str(uuid.uuid4()), migration.checksum, migration.name],
    )


def set_checksum(connection: Connection, row: Row, migration: Migration) -> None:
    connection.execute(
        'UPDATE "_prisma_migrations" SET checksum = %s WHERE id = %s', [migration.checksum, row.id]
    )
