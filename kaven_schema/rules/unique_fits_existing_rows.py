"""A new unique constraint on a model of base, whose rows may hold the same values twice."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import BlockFacts, FieldFacts, IndexFacts
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.defaults import has_one_value_for_all_rows
from kaven_schema.rules.index_nodes import index_node
from kaven_schema.rules.places import fields_by_name
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    if entry.kind is not BlockKind.MODEL or not entry.merged.extensions:
        return
    by_name = fields_by_name(entry.facts)
    kept = [set(index.fields) for index in entry.facts.indexes if _is_bases_key(index, context)]
    for index in entry.facts.indexes:
        if index.kind == "unique" and entry.is_extended(index.place):
            fields = [by_name.get(name) for name in index.fields]
            is_kept = any(key <= set(index.fields) for key in kept) or _is_redeclared(
                index, fields[0], context
            )
            if not is_kept and all(field and _may_repeat(field, context) for field in fields):
                yield _finding(context, index)


def _is_redeclared(index: IndexFacts, field: FieldFacts | None, context: BlockContext) -> bool:
    """A `@unique` on a field of base that the extension repeats is a finding of its own."""
    return index.where_written == "field" and field is not None and not context.entry.is_extended(field.place)


def _is_bases_key(index: IndexFacts, context: BlockContext) -> bool:
    return index.kind in ("id", "unique") and not context.entry.is_extended(index.place)


def _may_repeat(field: FieldFacts, context: BlockContext) -> bool:
    """A field of base may hold anything; a new one holds its default, or null, which repeats freely."""
    return not context.entry.is_extended(field.place) or has_one_value_for_all_rows(field)


def _finding(context: BlockContext, index: IndexFacts) -> Finding:
    facts = context.entry.facts
    node = index_node(context.entry, index)
    fields = ", ".join(f"`{name}`" for name in index.fields)
    return Finding(
        message=f"rows of `{facts.name}` that exist already may hold the same {fields}",
        labels=(
            node.label("a new constraint on a model of base"),
            context.entry.merged.parts[0].name_label("base defines it"),
        ),
        help=f"see that this finds nothing before you migrate: {_query(facts, index)}",
    )


def _query(facts: BlockFacts, index: IndexFacts) -> str:
    found = [facts.field(name) for name in index.fields]
    columns = ", ".join(f'"{field.column}"' for field in found if field)
    repeats = f'FROM "{facts.table}" GROUP BY {columns} HAVING count(*) > 1;'
    return f"SELECT {columns} {repeats}"


RULE = Rule(
    slug="unique_fits_existing_rows",
    severity=Severity.WARNING,
    summary="a new unique constraint on a model of base may clash with rows that exist",
    check_block=check,
)
