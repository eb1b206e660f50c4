"""What a database holds, line by line, so that two moments of it can be compared without an engine."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection

_MARK = "kaven: the database as this migration left it\n"
# Columns, constraints, indexes and enums of one schema: what Prisma's schemas speak of.
_LINES = """\
WITH place AS (SELECT oid FROM pg_namespace WHERE nspname = current_schema()),
tables AS (
    SELECT c.oid, c.relname FROM pg_class c, place
    WHERE c.relnamespace = place.oid AND c.relkind IN ('r', 'p') AND c.relname <> '_prisma_migrations'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
)
SELECT 'table ' || relname FROM tables
UNION ALL
SELECT format('column %s.%s %s%s%s', relname, attname, format_type(atttypid, atttypmod),
    CASE WHEN attnotnull THEN ' not null' ELSE '' END,
    coalesce(' default ' || pg_get_expr(adbin, adrelid), ''))
FROM tables JOIN pg_attribute a ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL
SELECT format('constraint %s.%s %s', relname, conname, pg_get_constraintdef(c.oid))
FROM tables JOIN pg_constraint c ON conrelid = tables.oid
UNION ALL
SELECT 'index ' || pg_get_indexdef(indexrelid) FROM tables JOIN pg_index ON indrelid = tables.oid
UNION ALL
SELECT format('enum %s (%s)', typname, string_agg(enumlabel, ', ' ORDER BY enumsortorder))
FROM pg_type JOIN place ON typnamespace = place.oid JOIN pg_enum ON enumtypid = pg_type.oid GROUP BY typname
ORDER BY 1"""


def read_catalog(connection: Connection) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in connection.execute(_LINES))


def keep_catalog(connection: Connection) -> None:
    """Note with the newest finished migration how it left the database, and with no older one."""
    lines = json.dumps(read_catalog(connection))
    packed = base64.b64encode(zlib.compress(lines.encode())).decode("ascii")
    connection.execute(
        'UPDATE "_prisma_migrations" SET logs = NULL WHERE starts_with(logs, %s)',
        [_MARK],
    )
    connection.execute(
        'UPDATE "_prisma_migrations" SET logs = %s WHERE id ='
        ' (SELECT id FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL'
        " ORDER BY finished_at DESC, migration_name DESC LIMIT 1)",
        [_MARK + packed],
    )


def kept_catalog(logs: str | None) -> tuple[str, ...] | None:
    """What `keep_catalog` noted in the logs of a row; None where something else wrote that row."""
    if not logs or not logs.startswith(_MARK):
        return None
    try:
        return tuple(json.loads(zlib.decompress(base64.b64decode(logs.removeprefix(_MARK)))))
    except (ValueError, zlib.error):
        return None


def catalog_diff(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """`- line` for what is gone, `+ line` for what came."""
    if before == after:
        return ()
    from difflib import ndiff

    one, other = set(before), set(after)
    changed = ndiff(
        [line for line in before if line not in other], [line for line in after if line not in one]
    )
    return tuple(line for line in changed if line.startswith(("- ", "+ ")))
