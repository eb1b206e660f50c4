"""A foreign key of the developer's that no index serves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import FieldFacts, IndexFacts
from kaven_schema.catalog.partial_indexes import PartialIndex, partial_indexes
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.index_lines import add_index, index_line
from kaven_schema.rules.index_nodes import index_node
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.predicates import holds_all
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.rules.tenant_index_composite import missing_composites
from kaven_schema.syntax.ast import BlockKind


class _Coming(NamedTuple):
    """An index that a fix will make: a shorter one beside it would be needless."""

    fields: tuple[str, ...]
    fix: Fix


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    if entry.kind is not BlockKind.MODEL:
        return
    if unserved := _unserved(entry):
        coming = [
            _Coming(wanted.fields, wanted.fix) for wanted in missing_composites(entry) if wanted.fix
        ] + [_own_index(entry, field, key) for key, field in unserved.items() if not _is_taken(key, entry)]
        for key, field in unserved.items():
            yield _finding(entry, field, key, coming)


def _unserved(entry: Entry) -> dict[tuple[str, ...], FieldFacts]:
    """The keys of the developer's that no index leads with; fields that are not there are a finding of their own."""
    found: dict[frozenset[str], tuple[tuple[str, ...], FieldFacts]] = {}
    names = {field.name for field in entry.facts.fields}
    for field in entry.facts.fields:
        key = field.relation.fields if field.relation else ()
        if key and names.issuperset(key) and entry.is_extended(field.place):
            found.setdefault(frozenset(key), (key, field))
    return {
        key: field
        for key, field in found.values()
        if not any(_serves(index, key, entry) for index in entry.facts.indexes)
        and not any(_serves_in_part(index, key, entry) for index in partial_indexes(entry))
    }


def _own_index(entry: Entry, field: FieldFacts, key: tuple[str, ...]) -> _Coming:
    return _Coming(key, Fix(f"add `{index_line(key)}`", add_index(entry.part(field.place), key)))


def _serves(index: IndexFacts, key: tuple[str, ...], entry: Entry) -> bool:
    """True where the index leads with the key's columns, in any order."""
    if index.kind == "fulltext" or set(index.fields[: len(key)]) != set(key):
        return False
    type = index_node(entry, index).options().get("type", "BTree")
    return type == "BTree" or (type == "Hash" and len(key) == 1)


def _serves_in_part(index: PartialIndex, key: tuple[str, ...], entry: Entry) -> bool:
    """True where the predicate leaves out only rows that hold no key."""
    if set(index.fields[: len(key)]) != set(key) or index.method != "BTree":
        return False
    return holds_all(index.where, [field.column for field in entry.facts.fields if field.name in key])


def _finding(entry: Entry, field: FieldFacts, key: tuple[str, ...], coming: Sequence[_Coming]) -> Finding:
    serving = [one for one in coming if set(one.fields[: len(key)]) == set(key)]
    widest = max(serving, key=lambda one: len(one.fields), default=None)
    return Finding(
        message=f"no index serves the foreign key of `{entry.name}.{field.name}`",
        labels=(name_place_label(entry, field.name, field.place, f"found by {', '.join(key)}"),),
        help=f"add `{index_line(widest.fields if widest else key)}` to `{entry.name}`",
        fix=widest.fix if widest else None,
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
