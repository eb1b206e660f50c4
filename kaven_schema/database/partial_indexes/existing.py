"""The partial indexes of a database, and what a declaration would be there: both in PostgreSQL's own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kaven_schema.database.partial_indexes.declared import MARK, DeclaredIndex, Key, identifier, qualified

if TYPE_CHECKING:
    from psycopg import Connection

_NOT_ALLOWED = "42501"
_PROBE = "kaven_partial_index_probe"
# `meaning` holds all but the name and the table: two indexes that agree in it are the same index.
_EXISTING = """\
SELECT CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname END, t.relname, c.relname,
    pg_get_indexdef(i.indexrelid),
    coalesce(obj_description(i.indexrelid, 'pg_class') = %s, false),
    ARRAY(SELECT DISTINCT typname::text FROM pg_depend d JOIN pg_type y ON y.oid = d.refobjid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refclassid = 'pg_type'::regclass),
    json_build_object(
        'unique', i.indisunique, 'valid', i.indisvalid, 'method', a.amname, 'where', pg_get_expr(i.indpred, i.indrelid),
        'nulls', coalesce(to_jsonb(i)->'indnullsnotdistinct', 'false'), 'keys', i.indnkeyatts,
        'columns', (SELECT json_agg(json_build_array(pg_get_indexdef(i.indexrelid, k, false),
                (SELECT opcname FROM pg_opclass WHERE oid = i.indclass[k - 1]), i.indoption[k - 1],
                (SELECT collname FROM pg_collation WHERE oid = i.indcollation[k - 1])) ORDER BY k)
            FROM generate_series(1, i.indnatts) k)
    )::text
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_am a ON a.oid = c.relam
WHERE {where}
ORDER BY 1, 3"""
_OF_USERS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t(emp|oast)'"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingIndex:
    """`statement` would make it again; `types` are those that its predicate names; `is_ours` has the mark."""

    schema: str
    table: str
    name: str
    statement: str
    is_ours: bool
    types: frozenset[str]
    meaning: str

    @property
    def key(self) -> Key:
        return self.schema, self.name

    def dropping(self) -> str:
        return f"DROP INDEX {qualified(self.schema, self.name)}"


def existing_indexes(connection: Connection) -> dict[Key, ExistingIndex]:
    """The partial ones."""
    return {found.key: found for found in _read(connection, f"i.indpred IS NOT NULL AND {_OF_USERS}")}


def all_indexes(connection: Connection) -> dict[Key, ExistingIndex]:
    """Those with and those without a predicate."""
    return {found.key: found for found in _read(connection, _OF_USERS)}


def in_place(connection: Connection, indexes: tuple[DeclaredIndex, ...]) -> tuple[DeclaredIndex, ...]:
    """Without the name of the schema that the connection is in anyway."""
    if not any(index.schema for index in indexes):
        return indexes
    row = connection.execute("SELECT current_schema()").fetchone()
    return tuple(replace(index, schema="") if row and index.schema == row[0] else index for index in indexes)


def meaning_of(connection: Connection, index: DeclaredIndex) -> str:
    """What a declaration means in this database; takes no lock that anybody would notice. Raises psycopg.Error."""
    return meaning_on(connection, qualified(index.schema, index.table), index.creation)


def meaning_on(connection: Connection, table: str, creation: Callable[[str], str]) -> str:
    """The same for a statement: `creation` writes it for another table, as SQL, than `table`. Raises psycopg.Error."""
    with connection.transaction(force_rollback=True):
        connection.execute(f"CREATE TEMP TABLE {identifier(_PROBE)} (LIKE {table})".encode())
        connection.execute(creation(f"pg_temp.{identifier(_PROBE)}").encode())
        (found,) = _read(connection, f"t.relname = '{_PROBE}'")
        return found.meaning


def cannot_mean(sqlstate: str) -> bool:
    """Whether an error says that a value or a name is not there or does not fit, and not that one may not ask."""
    return sqlstate.startswith(("22", "42")) and sqlstate != _NOT_ALLOWED


def _read(connection: Connection, where: str) -> list[ExistingIndex]:
    rows = connection.execute(_EXISTING.format(where=where).encode(), [MARK]).fetchall()
    return [
        ExistingIndex(
            schema=schema,
            table=table,
            name=name,
            statement=statement,
            is_ours=ours,
            types=frozenset(types),
            meaning=meaning,
        )
        for schema, table, name, statement, ours, types, meaning in rows
    ]
