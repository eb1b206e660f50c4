"""Emptying a database that is not ours to drop."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection


def empty_schema(connection: Connection, schema: str) -> None:
    """Drop everything in the schema, as `prisma migrate reset` does; all of it or nothing."""
    from psycopg import sql

    name = sql.Identifier(schema)
    with connection.transaction():
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        if schema == "public":  # as PostgreSQL makes it
            connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
