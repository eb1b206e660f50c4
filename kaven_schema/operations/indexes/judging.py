"""What is wrong with the indexes of a database. Nothing here looks at the database or at the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kaven_schema.operations.indexes.covering import begins, covers, same_columns
from kaven_schema.operations.indexes.live import Counting, ForeignKey, LiveDatabase, LiveIndex

Key = tuple[str, str]


class Kind(StrEnum):
    INVALID = "index_invalid"
    UNINDEXED = "foreign_key_unindexed"
    DUPLICATE = "index_duplicate"
    REDUNDANT = "index_redundant"
    UNUSED = "index_unused"
    BLOATED = "index_bloated"
    UNDECLARED = "partial_index_undeclared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing to mend; `by` is the index that does the same, `key` the foreign key, `waste` bytes that are empty."""

    kind: Kind
    index: LiveIndex | None = None
    by: LiveIndex | None = None
    key: ForeignKey | None = None
    waste: int = 0
    is_measured: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """`unjudged` are indexes that nothing has used, in a time too short to say so, or empty."""

    troubles: tuple[Trouble, ...]
    unjudged: tuple[LiveIndex, ...]


def judge(
    database: LiveDatabase,
    *,
    min_days: float,
    ranks: Mapping[Key, int] | None = None,
    made: Mapping[Key, datetime] | None = None,
) -> Judgement:
    """Broken ones first, then what is missing, needless, unused.

    Where one of two has to go, the higher of `ranks` stays. `made` is when an index came, where that is known.
    """
    invalid = [index for index in database.indexes if not index.is_valid]
    gone = {index.key for index in invalid}
    troubles = [Trouble(kind=Kind.INVALID, index=index) for index in invalid]
    troubles += [Trouble(kind=Kind.UNINDEXED, key=key) for key in _unserved(database)]
    troubles += _duplicates(database, ranks or {}, gone)
    troubles += _redundant(database, gone)
    young = _young(database.counting, min_days, made or {})
    serving = {trouble.by.key for trouble in troubles if trouble.by}
    unused = list(_unused(database, gone, serving))
    troubles += [Trouble(kind=Kind.UNUSED, index=index) for index in unused if not young(index)]
    return Judgement(tuple(troubles), tuple(index for index in unused if young(index)))


def _young(counting: Counting, min_days: float, made: Mapping[Key, datetime]) -> Callable[[LiveIndex], bool]:
    """An empty one had nothing to find. A standby counts its own queries only: there nothing is ever old enough."""
    latest = counting.now - timedelta(days=min_days)

    def is_young(index: LiveIndex) -> bool:
        if index.is_empty:
            return True
        return counting.is_standby or max(counting.since, made.get(index.key, counting.since)) > latest

    return is_young


def _unserved(database: LiveDatabase) -> Iterator[ForeignKey]:
    for key in database.foreign_keys:
        if not any(covers(index, key) for index in database.indexes):
            yield key


def _duplicates(database: LiveDatabase, ranks: Mapping[Key, int], gone: set[Key]) -> Iterator[Trouble]:
    """Adds what it finds to `gone`."""
    by_name = sorted(database.indexes, key=lambda index: index.key)
    ranked = sorted(by_name, key=lambda index: _rank(index, ranks), reverse=True)
    for number, index in enumerate(ranked):
        if index.key in gone:
            continue
        for other in ranked[number + 1 :]:
            if other.key not in gone and same_columns(index, other) and _may_go(other, index):
                gone.add(other.key)
                yield Trouble(kind=Kind.DUPLICATE, index=other, by=index)


def _rank(index: LiveIndex, ranks: Mapping[Key, int]) -> tuple[int, ...]:
    """Of two that are the same the higher one stays: what keeps a rule first, then what the schema declares."""
    return (
        index.keys_on_it,
        {"p": 2, "u": 1, "x": 1}.get(index.constraint, 0),
        index.is_unique,
        index.is_replica_identity or index.is_clustered,
        ranks.get(index.key, 0),
    )


def _may_go(index: LiveIndex, by: LiveIndex) -> bool:
    """A unique one goes only where another keeps the very same rule."""
    if index.keys_on_it or index.is_replica_identity or index.constraint in ("p", "x"):
        return False
    rules = (by.is_unique, by.is_immediate, by.nulls_are_equal)
    return not index.is_unique or rules == (True, index.is_immediate, index.nulls_are_equal)


def _redundant(database: LiveDatabase, gone: set[Key]) -> Iterator[Trouble]:
    """Adds what it finds to `gone`. The longest one counts as what serves."""
    longest = sorted(database.indexes, key=lambda index: (-len(index.columns), index.name))
    for index in database.indexes:
        if index.key in gone or index.keeps_rules:
            continue
        for other in longest:
            if other.key not in gone and other.is_immediate and begins(index, other):
                gone.add(index.key)
                yield Trouble(kind=Kind.REDUNDANT, index=index, by=other)
                break


def _unused(database: LiveDatabase, gone: set[Key], serving: set[Key]) -> Iterator[LiveIndex]:
    """Adds what it finds to `gone`, so that of two that alone serve a foreign key one stays.

    Those that are `serving` will do the work of others that are to go, and do it only then.
    """
    for index in sorted(database.indexes, key=lambda index: -index.size):
        if index.scans or index.keeps_rules or index.key in gone | serving:
            continue
        left = [other for other in database.indexes if other.key not in gone and other is not index]
        needed = (key for key in database.foreign_keys if covers(index, key))
        if all(any(covers(other, key) for other in left) for key in needed):
            gone.add(index.key)
            yield index
