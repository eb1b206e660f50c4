"""How much of an index is empty: measured where pgstattuple is installed, else estimated.

The estimate takes a B-tree's rows and the mean width of its columns from the planner's statistics, and asks how many
pages such rows need. Equal values are stored once since PostgreSQL 13, so that it rather says too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isnan
from typing import TYPE_CHECKING, Any

from kaven_schema.engines.progress import Progress, silent
from kaven_schema.operations.indexes.live import LiveIndex

if TYPE_CHECKING:
    from psycopg import Connection

_PAGE_HEADER, _SPECIAL, _LINE_POINTER, _TUPLE_HEADER, _NULL_BITMAP = 24, 16, 4, 8, 8
_ALIGNMENT = 8
_INNER = 1.01  # the pages above the leaves
_WIDTHS = """\
SELECT i.indexrelid::bigint, c.reltuples::float8, current_setting('block_size')::int,
    coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 90),
    bool_or(w.avg_width IS NULL), coalesce(sum(w.avg_width * (1 - w.null_frac)), 0)::float8,
    bool_or(w.null_frac > 0)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_attribute ia ON ia.attrelid = i.indexrelid
LEFT JOIN pg_attribute ta ON ta.attrelid = i.indrelid AND ta.attnum = i.indkey[ia.attnum - 1] AND ta.attnum > 0
LEFT JOIN pg_stats w ON w.schemaname = n.nspname AND NOT w.inherited
    AND w.tablename = CASE WHEN ta.attname IS NULL THEN c.relname ELSE t.relname END
    AND w.attname = coalesce(ta.attname, ia.attname)
WHERE i.indexrelid = ANY(%s) GROUP BY 1, 2, 3, 4"""
_EXTENSION = """\
SELECT quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE extname = 'pgstattuple'"""
_MEASURE = """\
SELECT avg_leaf_density::float8, leaf_pages * current_setting('block_size')::int
FROM {schema}.pgstatindex(%s::oid::regclass)"""


@dataclass(frozen=True, slots=True)
class Bloat:
    """`waste` bytes of the index are empty beyond what it leaves for new rows."""

    waste: int
    is_measured: bool


@dataclass(frozen=True, slots=True)
class BloatReport:
    """By the oid of an index; `unknown` are those whose table this role, or nobody, has statistics of."""

    found: dict[int, Bloat]
    unknown: tuple[LiveIndex, ...]


def read_bloat(
    connection: Connection, indexes: Sequence[LiveIndex], *, progress: Progress = silent
) -> BloatReport:
    """Of valid B-trees. Measuring reads each of them whole. Raises psycopg.Error."""
    trees = [index for index in indexes if index.method == "btree" and index.is_valid]
    if not trees:
        return BloatReport({}, ())
    measured = _measured(connection, trees, progress)
    rest = {index.oid: index for index in trees if index.oid not in measured}
    rows = connection.execute(_WIDTHS.encode(), [list(rest)]).fetchall()
    estimated = {row[0]: _estimated(rest[row[0]].size, row) for row in rows}
    known = {oid: bloat for oid, bloat in estimated.items() if bloat is not None}
    return BloatReport(measured | known, tuple(index for oid, index in rest.items() if oid not in known))


def _measured(connection: Connection, trees: Sequence[LiveIndex], progress: Progress) -> dict[int, Bloat]:
    from psycopg.errors import InsufficientPrivilege

    extension = connection.execute(_EXTENSION).fetchone()
    if extension is None:
        return {}
    sql = _MEASURE.format(schema=extension[0]).encode()
    measured: dict[int, Bloat] = {}
    with progress("Measuring indexes", len(trees)) as advance:
        for index in trees:
            try:
                with connection.transaction():
                    row = connection.execute(sql, [index.oid]).fetchone()
            except InsufficientPrivilege:
                return {}
            assert row is not None
            density = 1.0 if isnan(row[0]) else row[0] / 90  # an index without rows has none
            measured[index.oid] = Bloat(max(0, int(row[1] * (1 - density))), is_measured=True)
            advance(1)
    return measured


def _estimated(size: int, row: Sequence[Any]) -> Bloat | None:
    _, tuples, page, fill_factor, is_unknown, width, has_nulls = row
    if is_unknown or tuples < 0:
        return None
    return Bloat(
        max(0, size - expected_size(tuples, width, page, fill_factor, has_nulls=has_nulls)), is_measured=False
    )


def expected_size(tuples: float, width: float, page: int, fill_factor: int, *, has_nulls: bool) -> int:
    """Bytes of a B-tree that was just built."""
    entry = _TUPLE_HEADER + (_NULL_BITMAP if has_nulls else 0) + width
    entry = ceil(entry / _ALIGNMENT) * _ALIGNMENT + _LINE_POINTER
    room = (page - _PAGE_HEADER - _SPECIAL) * fill_factor / 100
    leaves = ceil(tuples / max(1, int(room / entry)))
    return page * (1 + max(1, ceil(leaves * _INNER)))
