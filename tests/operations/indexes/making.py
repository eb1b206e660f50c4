"""Databases as the judgement sees them, made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kaven_schema.operations.indexes.live import Counting, ForeignKey, KeyColumn, LiveDatabase, LiveIndex

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def index(name: str, *columns: str, table: str = "users", **values: object) -> LiveIndex:
    """A plain B-tree that is used; a column may be written as `name DESC`."""
    made = [
        KeyColumn(column.split()[0], column.split()[0], "text_ops", 3 if " DESC" in column else 0, "default")
        for column in columns
    ]
    usual: dict[str, object] = {
        "schema": "public",
        "oid": 0,
        "method": "btree",
        "includes": (),
        "predicate": "",
        "is_unique": False,
        "constraint": "",
        "is_immediate": True,
        "nulls_are_equal": False,
        "is_valid": True,
        "is_replica_identity": False,
        "is_clustered": False,
        "keys_on_it": 0,
        "is_declared": False,
        "size": 16384,
        "scans": 1,
        "last_scan": "",
        "definition": "",
    }
    return LiveIndex(table=table, name=name, columns=tuple(made), **(usual | values))  # type: ignore[arg-type]


def foreign_key(*columns: str, table: str = "users", name: str = "fkey") -> ForeignKey:
    return ForeignKey(schema="public", table=table, name=name, columns=columns, target="tenants", rows=1000.0)


def live(
    *indexes: LiveIndex, keys: tuple[ForeignKey, ...] = (), days: float = 100, **counting: object
) -> LiveDatabase:
    usual: dict[str, object] = {"was_reset": True, "is_standby": False, "standbys": 0}
    return LiveDatabase(
        schema="public",
        tables=1,
        table_bytes=0,
        indexes=indexes,
        foreign_keys=keys,
        counting=Counting(since=NOW - timedelta(days=days), now=NOW, **(usual | counting)),  # type: ignore[arg-type]
    )
