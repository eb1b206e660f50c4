"""The partial indexes that a merged schema declares, and the statements that make them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.partial_indexes import METHODS, SIGN, PartialIndex, all_partial_indexes
from kaven_schema.engines.schema_wasm import Files
from kaven_schema.syntax.dialect import Dialect

MARK = "declared by @kaven.index"
"""The comment on an index in the database that a declaration made: such a one goes when its declaration does."""

Key = tuple[str, str]
"""A schema, empty for the one of the URL, and a name in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredIndex:
    """An index as it is to be in the database; `columns` are written as SQL, `schema` is empty for the URL's."""

    schema: str
    table: str
    name: str
    is_unique: bool
    method: str
    columns: tuple[str, ...]
    where: str

    @property
    def key(self) -> Key:
        return self.schema, self.name

    def creation(self, table: str = "", *, concurrently: bool = False, if_absent: bool = False) -> str:
        """`table` is another one to make it on, as SQL."""
        unique = "UNIQUE " if self.is_unique else ""
        using = f" USING {METHODS[self.method].upper()}" if self.method != "BTree" else ""
        where = f"({', '.join(self.columns)}) WHERE {self.where}"
        how = ("CONCURRENTLY " if concurrently else "") + ("IF NOT EXISTS " if if_absent else "")
        on = table or qualified(self.schema, self.table)
        return f"CREATE {unique}INDEX {how}{identifier(self.name)} ON {on}{using}{where}"

    def marking(self) -> str:
        return f"COMMENT ON INDEX {qualified(self.schema, self.name)} IS '{MARK}'"


def declared_in(files: Files, dialect: Dialect) -> tuple[DeclaredIndex, ...]:
    """What the texts of merged schemas declare. Reads only a text that declares something."""
    found: list[DeclaredIndex] = []
    for _, text in files:
        if SIGN in text:
            from kaven_schema.client.tenant.metadata import read_catalog

            found += declared(all_partial_indexes(read_catalog(text, dialect)))
    return tuple(found)


def declared(indexes: Iterable[tuple[Entry, PartialIndex]]) -> tuple[DeclaredIndex, ...]:
    return tuple(_declared(entry, index) for entry, index in indexes)


def _declared(entry: Entry, index: PartialIndex) -> DeclaredIndex:
    facts = entry.facts
    stored = {field.name: field.column for field in facts.fields}
    columns = [
        " ".join(
            filter(
                None,
                (
                    identifier(stored.get(one.field, one.field)),
                    one.ops,
                    "DESC" if one.descending else "",
                ),
            )
        )
        for one in index.elements
    ]
    return DeclaredIndex(
        schema=facts.schema,
        table=facts.table,
        name=index.stored_name(facts),
        is_unique=index.is_unique,
        method=index.method,
        columns=tuple(columns),
        where=index.where.strip(),
    )


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    return f"{identifier(schema)}.{identifier(name)}" if schema else identifier(name)
