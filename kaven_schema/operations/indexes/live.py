"""What a database has: its indexes with their statistics, its foreign keys, and since when it has counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

_PAGE = 8192


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """One column of an index as PostgreSQL writes it; `name` is empty for an expression. `option` orders it."""

    definition: str
    name: str
    operator_class: str
    option: int
    collation: str
    is_default_class: bool = True


@dataclass(frozen=True, kw_only=True)
class LiveIndex:
    """One index. Sizes are in bytes, `scans` is how often it was used since the database began to count.

    `constraint` is the letter of the constraint that it stands for (`p`, `u`, `x`) or empty; `keys_on_it` is how
    many foreign keys of other tables lean on it; `is_declared` has the mark of `/// @kaven.index`.
    """

    schema: str
    table: str
    name: str
    oid: int
    method: str
    columns: tuple[KeyColumn, ...]
    includes: tuple[str, ...]
    predicate: str
    is_unique: bool
    constraint: str
    is_immediate: bool
    nulls_are_equal: bool
    is_valid: bool
    is_replica_identity: bool
    is_clustered: bool
    keys_on_it: int
    is_declared: bool
    size: int
    scans: int
    last_scan: str
    definition: str

    @property
    def key(self) -> tuple[str, str]:
        return self.schema, self.name

    @property
    def is_empty(self) -> bool:
        """A B-tree of its first page alone: its table, or its part of it, has no rows that anybody could look for."""
        return self.method == "btree" and self.size <= _PAGE

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name or column.definition for column in self.columns)

    @property
    def keeps_rules(self) -> bool:
        """Whether it is more than a way to find rows quickly."""
        return self.is_unique or bool(self.constraint) or self.keys_on_it > 0 or self.is_replica_identity

    @property
    def shown(self) -> str:
        return f"{self.name} on {self.table}({', '.join(self.column_names)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A foreign key of `table` over `columns`; `rows` is the planner's estimate, below zero if it has none."""

    schema: str
    table: str
    name: str
    columns: tuple[str, ...]
    target: str
    rows: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Since when, by the server's clock, scans are counted; scans on other servers are not among them."""

    since: datetime
    now: datetime
    was_reset: bool
    is_standby: bool
    standbys: int

    @property
    def days(self) -> float:
        return (self.now - self.since).total_seconds() / 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDatabase:
    """One moment of a database; `tables` is how many of its schemas were looked at."""

    schema: str
    tables: int
    table_bytes: int
    indexes: tuple[LiveIndex, ...]
    foreign_keys: tuple[ForeignKey, ...]
    counting: Counting
