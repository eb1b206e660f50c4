"""A partial index whose name something else has in the database."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import Place
from kaven_schema.catalog.partial_indexes import LONGEST_NAME, all_partial_indexes
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.constraints import another_name, constraints
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.syntax.ast import BlockKind

_Owned = tuple[Entry, Place]


def check(context: SchemaContext) -> Iterator[Finding]:
    indexes = list(all_partial_indexes(context.catalog))
    if not indexes:
        return
    wanted = {(entry.facts.schema, index.stored_name(entry.facts)) for entry, index in indexes}
    taken = _taken(context, wanted)
    for entry, index in indexes:
        key = (entry.facts.schema, index.stored_name(entry.facts))
        if first := taken.get(key):
            yield _finding(key[1], (entry, index.place), first)
        taken.setdefault(key, (entry, index.place))


def _taken(context: SchemaContext, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], _Owned]:
    """Of the wanted names those that tables, keys and Prisma's own indexes have."""
    found: dict[tuple[str, str], _Owned] = {}
    for entry in context.catalog.of_kind(BlockKind.MODEL, BlockKind.VIEW):
        names = [(entry.facts.table, entry.facts.place)]
        names += [(one.name, one.place) for one in constraints(entry, LONGEST_NAME) if one.kind != "fkey"]
        for name, place in names:
            if (key := (entry.facts.schema, name)) in wanted:
                found.setdefault(key, (entry, place))
    return found


def _finding(name: str, index: _Owned, first: _Owned) -> Finding:
    return Finding(
        f"`{name}` is the name of two things in the database",
        (index[0].label(index[1], "would have the same name"), first[0].label(first[1], "has this name")),
        f'give the index a name of its own, such as `map: "{another_name(name, LONGEST_NAME)}"`',
    )


RULE = Rule(
    slug="partial_index_name_unique",
    severity=Severity.ERROR,
    summary="a partial index has a name of its own in the database",
    check_schema=check,
)
