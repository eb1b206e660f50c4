"""Which declarations of two schemas are the same one: by name, or by what they are called in the database."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.documentation import above, of_members
from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.diagnostics import Label
from kaven_schema.syntax.ast import BlockKind, Field

Item = TypeVar("Item")
Key = Callable[[Item], Hashable]

_STORED = (BlockKind.MODEL, BlockKind.VIEW, BlockKind.ENUM)


@dataclass(frozen=True, slots=True)
class Matches(Generic[Item]):
    """Pairs (old, new), and what has no counterpart."""

    pairs: list[tuple[Item, Item]]
    removed: list[Item]
    added: list[Item]


def match(
    old: Iterable[Item], new: Iterable[Item], *keys: tuple[Key[Item], Key[Item]] | Key[Item]
) -> Matches[Item]:
    """Pair by the first key, what is left by the second one, and so on. None is no key.

    A key may be a pair of functions, for the old side and the new one. Every item is paired once at most.
    """
    removed, added = list(old), list(new)
    pairs: list[tuple[Item, Item]] = []
    for key in keys:
        key_of_old, key_of_new = key if isinstance(key, tuple) else (key, key)
        waiting: dict[Hashable, list[Item]] = {}
        for item in reversed(added):
            waiting.setdefault(key_of_new(item), []).append(item)
        waiting.pop(None, None)
        left = []
        for item in removed:
            same = waiting.get(key_of_old(item))
            if same:
                pairs.append((item, same.pop()))
            else:
                left.append(item)
        paired = {id(item) for _, item in pairs}
        removed, added = left, [item for item in added if id(item) not in paired]
    return Matches(pairs, removed, added)


class Declared(NamedTuple):
    """A field with all that is known of it; `columns` are the stored names of its block's fields."""

    entry: Entry
    facts: FieldFacts
    node: Field
    documentation: str
    is_relation: bool
    columns: Mapping[str, str]

    @property
    def path(self) -> str:
        return f"{self.entry.name}.{self.facts.name}"

    @property
    def label(self) -> Label:
        place = self.facts.place
        return self.entry.label(place._replace(end=place.start + len(self.facts.name)))


def declared_fields(entry: Entry, catalog: Catalog) -> list[Declared]:
    columns = {field.name: field.column for field in entry.facts.fields}
    nodes = (
        (node, lines)
        for part in entry.merged.parts
        for node, lines in of_members(part.block)
        if isinstance(node, Field)
    )
    return [
        Declared(entry, facts, node, as_text(lines), catalog.target(facts) is not None, columns)
        for facts, (node, lines) in zip(entry.facts.fields, nodes, strict=True)
    ]


def as_text(lines: Iterable[object]) -> str:
    """Documentation as it is compared: blanks at the ends of lines say nothing."""
    return "\n".join(str(getattr(line, "text", "")).rstrip() for line in lines).strip("\n")


def block_documentation(entry: Entry) -> str:
    return "\n".join(filter(None, (as_text(above(part.text)) for part in entry.merged.parts)))


def match_blocks(old: Catalog, new: Catalog) -> Matches[Entry]:
    return match(old.entries, new.entries, _same_block, _same_table, _same_name)


def _same_block(entry: Entry) -> Hashable:
    facts = entry.facts
    return entry.kind, facts.name, facts.table, facts.schema


def _same_table(entry: Entry) -> Hashable:
    """A datasource has no other, whatever its name."""
    if entry.kind is BlockKind.DATASOURCE:
        return entry.kind
    return (entry.kind, entry.facts.table, entry.facts.schema) if entry.kind in _STORED else None


def _same_name(entry: Entry) -> Hashable:
    """Models, views, types and enums share one name space."""
    is_config = entry.kind in (BlockKind.DATASOURCE, BlockKind.GENERATOR)
    return entry.kind if is_config else None, entry.facts.name


class Names(NamedTuple):
    """The new names of blocks that were renamed, by the old ones."""

    renamed: Mapping[str, str]

    def now(self, name: str) -> str:
        return self.renamed.get(name, name)


def renamed_blocks(pairs: Iterable[tuple[Entry, Entry]]) -> Names:
    return Names(dict(_renamed(pairs)))


def _renamed(pairs: Iterable[tuple[Entry, Entry]]) -> Iterator[tuple[str, str]]:
    for old, new in pairs:
        if old.name != new.name and old.kind in (*_STORED, BlockKind.TYPE):
            yield old.name, new.name
