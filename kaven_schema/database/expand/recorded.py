"""What to do where a database lacks what a plan's migrations make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kaven_schema.database.migrations.table import read_rows

if TYPE_CHECKING:
    from psycopg import Connection

DEPLOY = "kaven migrate deploy"


def way_on(connection: Connection, names: Sequence[str]) -> str:
    """Deploy them; or, where it would find nothing to apply, see what undid them."""
    applied = {row.name for row in read_rows(connection) if row.is_applied}
    if not names or not applied.issuperset(names):
        return DEPLOY
    return (
        f"{names[-1]} is applied, and was undone later: see kaven migrate status;"
        " do it again in a migration of your own: kaven migrate dev --create-only"
    )
