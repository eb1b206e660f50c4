"""Two constraints that would have one name in the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import IndexFacts
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.constraints import NAMINGS, Constraint, Namespace, another_name, constraints
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.dialect import Dialect

_Owned = tuple[Entry, Constraint]


def check(context: SchemaContext) -> Iterator[Finding]:
    naming = NAMINGS.get(context.settings.provider)
    if naming is None:
        return
    blocks = context.catalog.of_kind(BlockKind.MODEL, BlockKind.VIEW)
    owned = [(entry, constraint) for entry in blocks for constraint in constraints(entry, naming.limit)]
    repeated = {name for name, count in Counter([found.name for _, found in owned]).items() if count > 1}
    suspects = [(entry, found) for entry, found in owned if found.name in repeated] if repeated else []
    for namespace in naming.namespaces:
        for first, again in _clashes(suspects, namespace, context.settings.dialect):
            yield _finding(first, again, naming.limit)


def _clashes(owned: list[_Owned], namespace: Namespace, dialect: Dialect) -> Iterator[tuple[_Owned, _Owned]]:
    seen: dict[tuple[str, str], _Owned] = {}
    for entry, constraint in owned:
        if constraint.kind in namespace.kinds:
            where = entry.facts.schema if namespace.is_of_schema else entry.name
            first = seen.setdefault((where, constraint.name), (entry, constraint))
            if first[1] is not constraint and _counts(first, (entry, constraint), namespace, dialect):
                yield first, (entry, constraint)


def _counts(first: _Owned, again: _Owned, namespace: Namespace, dialect: Dialect) -> bool:
    """Two ids of a model, an index given twice, and two models stored as one are findings of their own."""
    (first_entry, original), (entry, copy) = first, again
    if not any(
        one.kind in namespace.judged
        and (owner.kind is BlockKind.MODEL or _asks_of_view(one, namespace, dialect))
        for owner, one in (first, again)
    ):
        return False
    if entry is not first_entry:
        return (entry.facts.schema, entry.facts.table) != (first_entry.facts.schema, first_entry.facts.table)
    is_same_index = isinstance(original.facts, IndexFacts) and original.facts[:2] == copy.facts[:2]
    return not (is_same_index or original.kind == copy.kind == "id")


def _asks_of_view(constraint: Constraint, namespace: Namespace, dialect: Dialect) -> bool:
    """Prisma asks from no view that its foreign keys differ within it, and since version 6 nothing of its keys."""
    return namespace.is_of_schema if constraint.kind == "fkey" else dialect == "5.17"


def _finding(first: _Owned, again: _Owned, limit: int) -> Finding:
    if first[0].is_extended(first[1].place) and not again[0].is_extended(again[1].place):
        first, again = again, first
    (first_entry, original), (entry, copy) = first, again
    return Finding(
        message=f"`{copy.name}` is the name of two constraints in the database",
        labels=(
            entry.label(copy.place, "would have the same name"),
            first_entry.label(original.place, "has this name"),
        ),
        help=f'give this one a name of its own, such as `map: "{another_name(copy.name, limit)}"`',
    )


RULE = Rule(
    slug="constraint_name_unique",
    severity=Severity.ERROR,
    summary="each constraint has a name of its own in the database",
    check_schema=check,
)
