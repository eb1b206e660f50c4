"""From the indexes of a database to the lines that declare them, and from what is missing to a line to write."""

from __future__ import annotations

from dataclasses import dataclass

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import IndexFacts, Place
from kaven_schema.catalog.partial_indexes import (
    LONGEST_NAME,
    METHODS,
    PartialIndex,
    all_partial_indexes,
    declaration_line,
)
from kaven_schema.diagnostics import Label
from kaven_schema.operations.indexes.live import ForeignKey, KeyColumn, LiveDatabase, LiveIndex
from kaven_schema.rules.constraints import constraints
from kaven_schema.rules.index_lines import index_line
from kaven_schema.rules.index_nodes import index_node
from kaven_schema.rules.predicates import bare, holds_all
from kaven_schema.syntax.ast import BlockKind

_ORDERS = {0: "", 3: "sort: Desc"}  # as PostgreSQL orders without more words


@dataclass(frozen=True, slots=True)
class Declaration:
    """What declares an index: `shown` as it is written."""

    entry: Entry
    place: Place
    shown: str

    @property
    def is_vendors(self) -> bool:
        return not self.entry.is_extended(self.place)

    @property
    def label(self) -> Label:
        return self.entry.label(self.place)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line to write, and into which model."""

    entry: Entry
    line: str

    @property
    def label(self) -> Label:
        """The model where the developer can change it, else where base has it."""
        parts = self.entry.merged.extensions or self.entry.merged.parts
        return parts[0].name_label()


class Declarations:
    """The merged schema by the names that things have in one database."""

    def __init__(self, catalog: Catalog, database: LiveDatabase) -> None:
        self._own = database.schema
        self._present = {index.key for index in database.indexes}
        self._tables: dict[tuple[str, str], Entry] = {}
        self._indexes: dict[tuple[str, str], tuple[Entry, IndexFacts | PartialIndex]] = {}
        for entry in catalog.of_kind(BlockKind.MODEL, BlockKind.VIEW):
            self._tables[self._schema(entry), entry.facts.table] = entry
            for found in constraints(entry, LONGEST_NAME):
                if isinstance(found.facts, IndexFacts):
                    self._indexes[self._schema(entry), found.name] = entry, found.facts
        for entry, index in all_partial_indexes(catalog):
            self._indexes[self._schema(entry), index.stored_name(entry.facts)] = entry, index

    def _schema(self, entry: Entry) -> str:
        return entry.facts.schema or self._own

    def of(self, index: LiveIndex) -> Declaration | None:
        """The declaration of an index; None for one that was made beside the schema."""
        found = self._indexes.get(index.key)
        if found is None or found[0].facts.table != index.table:
            return None
        return self._declaration(*found)

    def _declaration(self, entry: Entry, facts: IndexFacts | PartialIndex) -> Declaration:
        if isinstance(facts, PartialIndex):
            start, end = facts.place.span.shifted(entry.part(facts.place).text.offset)
            return Declaration(entry, facts.place, entry.part(facts.place).text.source.text[start:end])
        return Declaration(entry, facts.place, index_node(entry, facts).shown)

    def ranks(self) -> dict[tuple[str, str], int]:
        """Of two that do the same the vendor's stays, and then the developer's. Parses nothing."""
        return {
            key: 1 if entry.is_extended(facts.place) else 2 for key, (entry, facts) in self._indexes.items()
        }

    def serving(self, key: ForeignKey) -> Declaration | None:
        """What is declared and would serve a foreign key, if the database had it; what it has does not serve."""
        entry = self._tables.get((key.schema, key.table))
        fields = _fields(entry, key.columns) if entry else None
        for name, (owner, facts) in self._indexes.items():
            if owner is not entry or not fields or name in self._present:
                continue
            if sorted(facts.fields[: len(fields)]) == sorted(fields):
                where = facts.where if isinstance(facts, PartialIndex) else ""
                if holds_all(where, key.columns):
                    return self._declaration(owner, facts)
        return None

    def for_key(self, key: ForeignKey) -> Wanted | None:
        """The line that serves a foreign key; None for a table that the schema does not have."""
        entry = self._tables.get((key.schema, key.table))
        fields = _fields(entry, key.columns) if entry else None
        return Wanted(entry, index_line(fields)) if entry and fields else None

    def for_partial(self, index: LiveIndex) -> Wanted | None:
        """The declaration that a partial index made by hand would have; None for one over expressions."""
        entry = self._tables.get((index.schema, index.table))
        fields = _fields(entry, tuple(column.name for column in index.columns)) if entry else None
        method = next((name for name, word in METHODS.items() if word == index.method), "")
        if entry is None or fields is None or not method or index.includes or index.nulls_are_equal:
            return None
        if any(column.option not in _ORDERS for column in index.columns):
            return None
        written = [_element(name, column) for name, column in zip(fields, index.columns, strict=True)]
        line = declaration_line(
            tuple(written), bare(index.predicate), name=index.name, is_unique=index.is_unique, method=method
        )
        return Wanted(entry, line)


def _element(field: str, column: KeyColumn) -> str:
    ops = "" if column.is_default_class else f'ops: raw("{column.operator_class}")'
    options = ", ".join(filter(None, (_ORDERS[column.option], ops)))
    return f"{field}({options})" if options else field


def _fields(entry: Entry, columns: tuple[str, ...]) -> tuple[str, ...] | None:
    by_column = {field.column: field.name for field in reversed(entry.facts.fields)}
    names = [by_column.get(column, "") for column in columns]
    return tuple(names) if all(names) else None
