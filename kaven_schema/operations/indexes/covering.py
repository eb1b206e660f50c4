"""Which index serves a foreign key, and which index serves whatever another one serves."""

from __future__ import annotations

from kaven_schema.operations.indexes.live import ForeignKey, LiveIndex
from kaven_schema.rules.predicates import holds_all


def covers(index: LiveIndex, key: ForeignKey) -> bool:
    """Whether the index leads with the key's columns, in any order, for every row that the key can find."""
    if not index.is_valid or (index.schema, index.table) != (key.schema, key.table):
        return False
    leading = [column.name for column in index.columns[: len(key.columns)]]
    if sorted(leading) != sorted(key.columns):
        return False
    if index.method != "btree" and not (index.method == "hash" and len(key.columns) == 1):
        return False
    return holds_all(index.predicate, key.columns)


def same_columns(one: LiveIndex, other: LiveIndex) -> bool:
    """Whether two indexes hold the same rows in the same order, by the same comparison."""
    return (
        _order(one) == _order(other)
        and set(one.includes) == set(other.includes)
        and _kind(one) == _kind(other)
    )


def begins(short: LiveIndex, long: LiveIndex) -> bool:
    """Whether the columns of `short` are the first ones of `long`, which is no shorter way to the same."""
    first = _order(short)
    if short.method != "btree" or _kind(short) != _kind(long) or len(first) >= len(long.columns):
        return False
    held = {column.definition for column in long.columns} | set(long.includes)
    return _order(long)[: len(first)] == first and set(short.includes) <= held


def _order(index: LiveIndex) -> tuple[tuple[str, str, int, str], ...]:
    return tuple((one.definition, one.operator_class, one.option, one.collation) for one in index.columns)


def _kind(index: LiveIndex) -> tuple[str, str, str, str]:
    return index.schema, index.table, index.method, index.predicate
