"""Reading the catalog and the statistics; any role may, and nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kaven_schema.database.partial_indexes.declared import MARK
from kaven_schema.operations.indexes.live import Counting, ForeignKey, KeyColumn, LiveDatabase, LiveIndex

if TYPE_CHECKING:
    from psycopg import Connection

_INDEXES = """\
SELECT n.nspname, t.relname, c.relname, i.indexrelid::bigint, a.amname,
    (SELECT json_agg(json_build_array(pg_get_indexdef(i.indexrelid, k, false), coalesce(col.attname, ''),
            op.opcname, i.indoption[k - 1], coalesce(coll.collname, ''),
            coalesce(op.opcdefault, true)) ORDER BY k)
        FROM generate_series(1, i.indnkeyatts) k
        LEFT JOIN pg_attribute col ON col.attrelid = i.indrelid AND col.attnum = i.indkey[k - 1] AND col.attnum > 0
        LEFT JOIN pg_opclass op ON op.oid = i.indclass[k - 1]
        LEFT JOIN pg_collation coll ON coll.oid = i.indcollation[k - 1]),
    ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, false) FROM generate_series(i.indnkeyatts + 1, i.indnatts) k),
    coalesce(pg_get_expr(i.indpred, i.indrelid), ''), i.indisunique, coalesce(con.contype::text, ''),
    i.indimmediate, coalesce((to_jsonb(i)->>'indnullsnotdistinct')::boolean, false), i.indisvalid AND i.indisready,
    i.indisreplident, i.indisclustered,
    (SELECT count(*) FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid),
    coalesce(obj_description(i.indexrelid, 'pg_class') = %s, false), pg_relation_size(i.indexrelid),
    coalesce(s.idx_scan, 0), coalesce(to_jsonb(s)->>'last_idx_scan', ''), pg_get_indexdef(i.indexrelid)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' AND NOT c.relispartition
JOIN pg_class t ON t.oid = i.indrelid AND t.relkind IN ('r', 'm') AND t.relname <> '_prisma_migrations'
JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_am a ON a.oid = c.relam
LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x')
WHERE n.nspname = ANY(%s) ORDER BY 1, 2, 3"""
_FOREIGN_KEYS = """\
SELECT n.nspname, t.relname, f.conname,
    ARRAY(SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY k(number, place)
        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number ORDER BY k.place),
    r.relname, t.reltuples::float8
FROM pg_constraint f
JOIN pg_class t ON t.oid = f.conrelid AND t.relkind = 'r' AND NOT t.relispartition
JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_class r ON r.oid = f.confrelid
WHERE f.contype = 'f' AND n.nspname = ANY(%s) ORDER BY 1, 2, 3"""
# Where nobody has reset the counts they may still be lost in a crash, and then they began with the server.
_COUNTING = """\
SELECT coalesce(d.stats_reset, pg_postmaster_start_time()), now(), d.stats_reset IS NOT NULL, pg_is_in_recovery(),
    (SELECT count(*) FROM pg_stat_replication)
FROM pg_stat_database d WHERE d.datname = current_database()"""
_TABLES = """\
SELECT count(*), coalesce(sum(pg_table_size(t.oid)), 0)::bigint FROM pg_class t
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE t.relkind = 'r' AND t.relname <> '_prisma_migrations' AND n.nspname = ANY(%s)"""


def read_database(connection: Connection, schemas: Sequence[str] = ()) -> LiveDatabase:
    """The connection's own schema, and the named ones. Raises psycopg.Error."""
    (own,) = _one(connection, "SELECT coalesce(current_schema(), 'public')")
    names = sorted({str(own), *schemas})
    tables, table_bytes = _one(connection, _TABLES, [names])
    since, now, was_reset, is_standby, standbys = _one(connection, _COUNTING)
    return LiveDatabase(
        schema=str(own),
        tables=tables,
        table_bytes=table_bytes,
        indexes=tuple(_index(row) for row in connection.execute(_INDEXES, [MARK, names])),
        foreign_keys=tuple(_foreign_key(row) for row in connection.execute(_FOREIGN_KEYS, [names])),
        counting=Counting(
            since=since, now=now, was_reset=was_reset, is_standby=is_standby, standbys=standbys
        ),
    )


def _one(connection: Connection, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    row = connection.execute(sql.encode(), values).fetchone()
    assert row is not None
    return tuple(row)


def _index(row: Sequence[Any]) -> LiveIndex:
    return LiveIndex(
        schema=row[0],
        table=row[1],
        name=row[2],
        oid=row[3],
        method=row[4],
        columns=tuple(KeyColumn(*column) for column in row[5]),
        includes=tuple(row[6]),
        predicate=row[7],
        is_unique=row[8],
        constraint=row[9],
        is_immediate=row[10],
        nulls_are_equal=row[11],
        is_valid=row[12],
        is_replica_identity=row[13],
        is_clustered=row[14],
        keys_on_it=row[15],
        is_declared=row[16],
        size=row[17],
        scans=row[18],
        last_scan=row[19],
        definition=row[20],
    )


def _foreign_key(row: Sequence[Any]) -> ForeignKey:
    return ForeignKey(
        schema=row[0], table=row[1], name=row[2], columns=tuple(row[3]), target=row[4], rows=row[5]
    )
