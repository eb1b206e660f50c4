"""Numbers of invoices and orders: one sequence for each kind and year, over all tenants."""

from __future__ import annotations

from kaven_schema.database.seed.client import Client
from kaven_schema.database.seed.schema import SeedSchema


def next_number(client: Client, schema: SeedSchema, model: str, prefix: str) -> str:
    """The one after the highest: INV-2025-008 after INV-2025-007. Others must be kept from taking it too."""
    column = schema.column(model, "number")
    # A longer row of digits is no number of ours.
    rows = client.select(
        f"SELECT max(substring({column} from {len(prefix) + 2})::bigint)::text AS last"  # noqa: S608 - names of the schema
        f" FROM {schema.table(model)} WHERE {column} ~ '^{prefix}-[0-9]{{1,15}}$'"
    )
    return f"{prefix}-{int(rows[0]['last'] or 0) + 1:03}"
