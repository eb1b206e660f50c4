"""The difference of two schemas, by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kaven_schema.catalog.catalog import Catalog, Entry, is_config
from kaven_schema.catalog.reading import read_facts
from kaven_schema.compare.blocks import compare_documentation, compare_head, compare_presence, compare_values
from kaven_schema.compare.change import Change
from kaven_schema.compare.columns import compare_columns, match_columns
from kaven_schema.compare.keys import compare_keys
from kaven_schema.compare.matching import Declared, Names, declared_fields, match_blocks, renamed_blocks
from kaven_schema.compare.properties import compare_properties
from kaven_schema.compare.relations import compare_relations, match_relations
from kaven_schema.merge.pairing import pair
from kaven_schema.syntax.document import Document

Schema = Document | Sequence[Document]


def compare(old: Schema, new: Schema, beside: Sequence[Document] = ()) -> tuple[Change, ...]:
    """What differs, sorted by path and kind. A schema may be several files; none may have syntax errors.

    Order, layout and ordinary comments make no difference. Whatever keeps its column or its table is the same,
    under whatever name. `beside` stand files that belong to both, which define what the schemas may name.
    """
    others = _catalog(beside).by_name if beside else {}
    before, after = (
        schema._replace(by_name={**others, **schema.by_name}) for schema in map(_catalog, (old, new))
    )
    matches = match_blocks(before, after)
    names = renamed_blocks(matches.pairs)
    changes = list(compare_presence(matches, names))
    for was, now in matches.pairs:
        changes += compare_head(was, now)
        if is_config(now.kind):
            changes += compare_properties(was, now)
        else:
            changes += compare_values(was, now)
            changes += _compare_fields(was, now, names, before, after)
    return tuple(sorted(changes, key=lambda change: (change.path, change.kind, change.message)))


def _catalog(schema: Schema) -> Catalog:
    first, *others = (schema,) if isinstance(schema, Document) else schema
    return Catalog.of(tuple(Entry(block, read_facts(block)) for block in pair(first, others).blocks))


def _sorted(fields: list[Declared]) -> tuple[list[Declared], list[Declared]]:
    """Columns, and relations."""
    return [one for one in fields if not one.is_relation], [one for one in fields if one.is_relation]


def _compare_fields(
    old: Entry, new: Entry, names: Names, before: Catalog, after: Catalog
) -> Iterator[Change]:
    was, was_relations = _sorted(declared_fields(old, before))
    now, now_relations = _sorted(declared_fields(new, after))
    columns = match_columns(was, now)
    relations = match_relations(was_relations, now_relations, names)
    new_columns = frozenset(field.facts.name for field in columns.added)
    yield from compare_columns(columns, names, after.provider())
    yield from compare_relations(relations, names, before, after, new_columns)
    yield from compare_keys(old, new, new_columns)
    yield from compare_documentation([*columns.pairs, *relations.pairs])
