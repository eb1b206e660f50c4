"""What the planner has to know of a database that was just filled; without, its first queries go the long way."""

from __future__ import annotations

from collections.abc import Sequence

from kaven_schema.database.connection import connect
from kaven_schema.database.url import DatabaseUrl

# Also the parents of partitions, which PostgreSQL itself never comes to.
_TABLES = """\
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%'
AND n.nspname <> 'information_schema' ORDER BY c.relpages DESC, 1"""


def analyze(url: DatabaseUrl, jobs: int) -> None:
    """Every table, over several connections."""
    from concurrent.futures import ThreadPoolExecutor

    with connect(url) as connection:
        tables = [str(table) for (table,) in connection.execute(_TABLES.encode())]
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(_analyze, url, tables[number::jobs]) for number in range(jobs)]:
            done.result()


def _analyze(url: DatabaseUrl, tables: Sequence[str]) -> None:
    with connect(url) as connection:
        for table in tables:
            connection.execute(f"ANALYZE {table}".encode())
