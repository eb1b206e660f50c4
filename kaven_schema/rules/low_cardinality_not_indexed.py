"""An index that begins with a yes or no: half of all rows are no help in finding one."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import FieldFacts, IndexFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.index_lines import remove_index
from kaven_schema.rules.index_nodes import index_node
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    for index in entry.facts.indexes:
        if index.kind == "index" and entry.is_extended(index.place):
            fields = [entry.facts.field(name) for name in index.fields]
            if fields and (first := fields[0]) and _is_flag(first):
                yield _finding(entry, index, first, all(map(_is_flag, fields)))


def _is_flag(field: FieldFacts | None) -> bool:
    return field is not None and field.type == "Boolean" and not field.is_list


def _finding(entry: Entry, index: IndexFacts, flag: FieldFacts, is_all: bool) -> Finding:
    node = index_node(entry, index)
    others = [name for name in index.fields if name != flag.name]
    advice = f"`@@index([{', '.join([*others, flag.name])}])`"
    return Finding(
        message=f"`{node.shown}` of `{entry.name}` begins with a Boolean",
        labels=(
            node.label("rarely read"),
            name_place_label(entry, flag.name, flag.place, "has two values"),
        ),
        help=f"remove `{node.shown}`" if is_all else f"let the Boolean come last: {advice}",
        fix=Fix(f"remove `{node.shown}`", (remove_index(node),)) if is_all else None,
    )


RULE = Rule(
    slug="low_cardinality_not_indexed",
    severity=Severity.WARNING,
    summary="no index begins with a Boolean",
    check_block=check,
)
