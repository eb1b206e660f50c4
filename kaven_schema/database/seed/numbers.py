"""Numbers of invoices and orders: one sequence for each kind and year, over all tenants.

Where the database numbers rows itself, as the services ask for it (`services/numbering/numbering.sql`), it numbers
these too: so that a seed and an application at work agree. Elsewhere the highest number tells the next one.
"""

from __future__ import annotations

from kaven_schema.database.seed.client import Client
from kaven_schema.database.seed.schema import SeedSchema


def next_number(client: Client, schema: SeedSchema, model: str, prefix: str) -> str:
    """The one after the highest: INV-2025-008 after INV-2025-007. Others must be kept from taking it too.

    INV-2025 alone where the database gives the row its number: it is in the row that was created.
    """
    if _is_numbered(client, schema.table(model)):
        return prefix
    column = schema.column(model, "number")
    # A longer row of digits is no number of ours.
    rows = client.select(
        f"SELECT max(substring({column} from {len(prefix) + 2})::bigint)::text AS last"  # noqa: S608 - names of the schema
        f" FROM {schema.table(model)} WHERE {column} ~ '^{prefix}-[0-9]{{1,15}}$'"
    )
    return f"{prefix}-{int(rows[0]['last'] or 0) + 1:03}"


def _is_numbered(client: Client, table: str) -> bool:
    literal = table.replace("'", "''")
    return bool(
        client.select(
            f"SELECT tgname::text AS name FROM pg_trigger WHERE tgrelid = '{literal}'::regclass"  # noqa: S608 - as above
            " AND tgname = 'kaven_number' AND tgenabled <> 'D'"
        )
    )
