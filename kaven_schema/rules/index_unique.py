"""The same index or unique constraint given twice."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import IndexFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.index_nodes import IndexNode, index_node
from kaven_schema.rules.redeclared import meaning
from kaven_schema.rules.removing import remove_declaration
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind

_LETS_REPEAT = "cockroachdb"  # there Prisma refuses no index of base that is given twice


def check(context: BlockContext) -> Iterator[Finding]:
    if context.entry.kind is BlockKind.VIEW and context.settings.dialect != "5.17":
        return  # Prisma no longer looks at them
    seen: dict[tuple[object, ...], IndexFacts] = {}
    for index in context.entry.facts.indexes:
        first = seen.setdefault((index.kind, index.fields, stored_name(index)), index)
        if first is not index and _counts(index, context):
            yield _finding(context, first, index)


def stored_name(index: IndexFacts) -> str:
    """The name that was written for the database; an `@@index` takes `name:` for it too."""
    return index.constraint or (index.name if index.kind == "index" else "")


def _counts(index: IndexFacts, context: BlockContext) -> bool:
    """What a field that is declared twice repeats, and a second id, are findings of their own."""
    provider = context.settings.provider
    if index.where_written == "field" or index.kind == "id" or not provider:
        return False
    return context.entry.is_extended(index.place) or provider != _LETS_REPEAT


def _finding(context: BlockContext, first: IndexFacts, again: IndexFacts) -> Finding:
    original, copy = index_node(context.entry, first), index_node(context.entry, again)
    fix = None
    if context.entry.is_extended(again.place) and copy.is_own_line and _mean_the_same(original, copy):
        fix = Fix(f"remove the second `{copy.shown}`", (remove_declaration(copy.part, copy.line.span),))
    return Finding(
        message=f"`{copy.shown}` is there already",
        labels=(copy.label("given again"), original.label("given first")),
        help="remove this one, or if they differ on purpose give it a name of its own with `map:`",
        fix=fix,
    )


def _mean_the_same(original: IndexNode, copy: IndexNode) -> bool:
    if original.is_own_line:
        return meaning(original.attribute) == meaning(copy.attribute)
    return not original.attribute.arguments and not copy.options()


RULE = Rule(
    slug="index_unique",
    severity=Severity.ERROR,
    summary="an index is given once",
    check_block=check,
)
