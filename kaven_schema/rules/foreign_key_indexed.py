"""A foreign key of the developer's that no index serves."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import FieldFacts, IndexFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.index_lines import add_index, index_line
from kaven_schema.rules.index_nodes import index_node
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    if entry.kind is not BlockKind.MODEL:
        return
    judged: set[frozenset[str]] = set()
    for field in entry.facts.fields:
        key = field.relation.fields if field.relation else ()
        if key and entry.is_extended(field.place) and frozenset(key) not in judged:
            judged.add(frozenset(key))
            if not any(_serves(index, key, entry) for index in entry.facts.indexes):
                yield _finding(entry, field, key)


def _serves(index: IndexFacts, key: tuple[str, ...], entry: Entry) -> bool:
    """True where the index leads with the key's columns, in any order."""
    if index.kind == "fulltext" or set(index.fields[: len(key)]) != set(key):
        return False
    type = index_node(entry, index).options().get("type", "BTree")
    return type == "BTree" or (type == "Hash" and len(key) == 1)


def _finding(entry: Entry, field: FieldFacts, key: tuple[str, ...]) -> Finding:
    part = entry.part(field.place)
    line = index_line(key)
    return Finding(
        message=f"no index serves the foreign key of `{entry.name}.{field.name}`",
        labels=(name_place_label(entry, field.name, field.place, f"found by {', '.join(key)}"),),
        help=f"add `{line}` to `{entry.name}`",
        fix=None if _is_taken(key, entry) else Fix(f"add `{line}`", add_index(part, key)),
    )


def _is_taken(key: tuple[str, ...], entry: Entry) -> bool:
    """An index over the same fields, of a kind that does not serve, has the name that this one would get."""
    return any(index.fields == key and not index.constraint for index in entry.facts.indexes)


RULE = Rule(
    slug="foreign_key_indexed",
    severity=Severity.WARNING,
    summary="an index serves every foreign key",
    check_block=check,
)
