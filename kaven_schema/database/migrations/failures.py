"""What PostgreSQL refuses beside the scripts themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kaven_schema.database.connection import lost
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError

if TYPE_CHECKING:
    from psycopg import Error


@contextmanager
def failures_told(url: DatabaseUrl) -> Iterator[None]:
    """A block that works on the database. Raises KavenError `database_lost`, `disk_full`, `database_refused`."""
    from psycopg import Error, OperationalError

    try:
        yield
    except OperationalError as error:
        raise lost(url, error) from None
    except Error as error:
        raise _refused(url, error) from None


def _refused(url: DatabaseUrl, error: Error) -> KavenError:
    said = error.diag.message_primary or str(error).strip()
    ways = {
        "25006": "connect to the primary server: a standby, or a read-only one, takes no migrations",
        "3F000": f'create the schema: CREATE SCHEMA "{url.schema}"; or mend `schema=` in DATABASE_URL',
        "42501": f'connect as the owner, or let the owner say: GRANT CREATE ON SCHEMA "{url.schema}" TO "{url.user}"',
    }
    return KavenError(
        "database_refused",
        f"{url.shown()}: {said} ({error.sqlstate})",
        help=ways.get(error.sqlstate or "", "see the server's log, then run the command again"),
    )
