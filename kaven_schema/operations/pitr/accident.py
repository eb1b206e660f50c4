"""Something that goes wrong at a known second, for a restore to undo."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection

Rows = tuple[str, ...]
"""What can be seen, sorted: the texts of the rows, and the names of the tables."""

_BEFORE = ("kept 1", "kept 2", "kept 3")
# What somebody did by mistake, a second later: all of it must be undone, and nothing else.
_ACCIDENT = (
    "INSERT INTO proof VALUES ('too late')",
    "UPDATE proof SET text = 'spoilt' WHERE text = 'kept 1'",
    "DELETE FROM proof WHERE text = 'kept 2'",
    "DROP TABLE precious",
)
_ROWS = """\
SELECT 'table ' || relname FROM pg_class WHERE relname IN ('proof', 'precious') AND relkind = 'r'
UNION ALL SELECT text FROM proof ORDER BY 1"""


def spoil(connection: Connection) -> tuple[Rows, datetime, Rows]:
    """Rows as they should be, the second at which they were so, and what somebody made of them later."""
    connection.execute("CREATE TABLE proof (text text)")
    connection.execute("CREATE TABLE precious (text text)")
    for text in _BEFORE:
        connection.execute("INSERT INTO proof VALUES (%s)", [text])
    expected = rows(connection)
    now = _clock(connection)
    moment = now.replace(microsecond=0) + timedelta(seconds=1)
    while _clock(connection) <= moment + timedelta(milliseconds=100):
        time.sleep(0.05)
    for statement in _ACCIDENT:
        connection.execute(statement.encode())
    return expected, moment, rows(connection)


def rows(connection: Connection) -> Rows:
    found = connection.execute(_ROWS)
    return tuple(str(text) for (text,) in found)


def _clock(connection: Connection) -> datetime:
    now = _one(connection, "SELECT clock_timestamp()")
    assert isinstance(now, datetime)
    return now.astimezone(UTC)


def _one(connection: Connection, query: str) -> object:
    found = connection.execute(query.encode()).fetchone()
    return found[0] if found else None
