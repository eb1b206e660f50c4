"""When an index came, told by the migration that made it: PostgreSQL itself does not remember."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from kaven_schema.database.migrations.folder import MigrationsFolder

if TYPE_CHECKING:
    from psycopg import Connection

_MADE = re.compile(
    r'\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?:"([^"]+)"|(\w+))',
    re.IGNORECASE,
)
_FINISHED = """\
SELECT migration_name, max(finished_at) FROM _prisma_migrations
WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL GROUP BY 1"""


def made_by(connection: Connection, folder: MigrationsFolder, schema: str) -> dict[tuple[str, str], datetime]:
    """The time of the last migration that made an index, where this role may see it. Raises psycopg.Error."""
    from psycopg.errors import InsufficientPrivilege, UndefinedTable

    finished: dict[str, datetime]
    try:
        with connection.transaction():
            finished = dict(connection.execute(_FINISHED).fetchall())
    except (InsufficientPrivilege, UndefinedTable):
        return {}
    found: dict[tuple[str, str], datetime] = {}
    for migration in folder.migrations:
        if migration.name in finished:
            for match in _MADE.finditer(migration.sql):
                found[schema, match[1] or match[2].lower()] = finished[migration.name]
    return found
