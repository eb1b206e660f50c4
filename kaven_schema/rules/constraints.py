"""The names that constraints have in the database, and which of them a database keeps apart.

Prisma's own rules, also for the names that it makes up: the table's and the columns' stored names and a
suffix, cut to what the database takes, counted in bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import FieldFacts, IndexFacts, Place, RelationFacts
from kaven_schema.rules.index_unique import stored_name


class Constraint(NamedTuple):
    """`kind` is `id`, `key` (an index or a unique constraint) or `fkey`, whose facts are its relation's."""

    name: str
    kind: str
    facts: IndexFacts | RelationFacts

    @property
    def place(self) -> Place:
        return self.facts.place


class Namespace(NamedTuple):
    """Names of these kinds share one space, in a database schema or in one model.

    A clash counts if a name of one of the `judged` kinds takes part: Prisma asks from these alone.
    """

    is_of_schema: bool
    kinds: frozenset[str]
    judged: frozenset[str]


class Naming(NamedTuple):
    """A database's limit of an identifier, in bytes, and its namespaces."""

    limit: int
    namespaces: tuple[Namespace, ...]


_SUFFIXES = {"id": "_pkey", "unique": "_key", "index": "_idx", "fulltext": "_idx"}
_ID_KEY, _ID_FKEY = frozenset(("id", "key")), frozenset(("id", "fkey"))
_ALL, _KEY, _FKEY = frozenset(("id", "key", "fkey")), frozenset(("key",)), frozenset(("fkey",))
_IN_MODEL = Namespace(is_of_schema=False, kinds=_ALL, judged=_ID_FKEY)
_POSTGRESQL = Naming(63, (Namespace(is_of_schema=True, kinds=_ID_KEY, judged=_ID_KEY), _IN_MODEL))
_MODEL_KEYS = Namespace(is_of_schema=False, kinds=_KEY, judged=_KEY)

NAMINGS = {
    "postgresql": _POSTGRESQL,
    "postgres": _POSTGRESQL,
    "cockroachdb": Naming(63, (_IN_MODEL,)),
    "mysql": Naming(64, (Namespace(is_of_schema=True, kinds=_FKEY, judged=_FKEY), _MODEL_KEYS)),
    "sqlite": Naming(10_000, (Namespace(is_of_schema=True, kinds=_KEY, judged=_KEY),)),
    "sqlserver": Naming(
        128,
        (
            Namespace(is_of_schema=True, kinds=_ID_FKEY, judged=_ID_FKEY),
            Namespace(is_of_schema=False, kinds=_ID_KEY, judged=_ID_KEY),
        ),
    ),
    "mongodb": Naming(127, (_MODEL_KEYS,)),
}


def constraints(entry: Entry, limit: int) -> Iterator[Constraint]:
    """The constraints of a model or view, by their names in the database."""
    facts = entry.facts
    columns = {field.name: field.column for field in facts.fields if field.column != field.name}
    for index in facts.indexes:
        made_up = "" if index.kind == "id" else _over_columns(index.fields, columns)
        name = stored_name(index) or _cut(facts.table + made_up, _SUFFIXES[index.kind], limit)
        yield Constraint(name, "id" if index.kind == "id" else "key", index)
    for field in facts.fields:
        if (relation := field.relation) and relation.fields and not _is_redeclared(field, entry):
            made_up = facts.table + _over_columns(relation.fields, columns)
            yield Constraint(relation.constraint or _cut(made_up, "_fkey", limit), "fkey", relation)


def _is_redeclared(field: FieldFacts, entry: Entry) -> bool:
    """An extension that repeats a relation of base is a finding of its own, and brings no second key."""
    return field.place.part > 0 and entry.facts.field(field.name) is not field


def _over_columns(fields: tuple[str, ...], columns: dict[str, str]) -> str:
    return "".join(["_" + columns.get(name, name) for name in fields])


def another_name(name: str, limit: int) -> str:
    """A name that is not this one, and no longer than the database takes."""
    return _cut(name, "_2", limit)


def _cut(name: str, suffix: str, limit: int) -> str:
    room = limit - len(suffix)
    if len(name) > room or not name.isascii():
        name = name.encode()[:room].decode(errors="ignore")
    return name + suffix
