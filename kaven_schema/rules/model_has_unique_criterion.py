"""A model whose rows cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import BlockFacts, IndexFacts
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import block_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    if not _needs_one(entry.kind, context) or entry.facts.is_ignored:
        return
    if not any(_tells_rows_apart(index, entry.facts) for index in entry.facts.indexes):
        yield Finding(
            message=f"`{entry.name}` has no id, and no unique field that is always there",
            labels=(block_label(entry, "rows cannot be told apart"),),
            help="add `id String @id @default(uuid())`, or mark a required field with `@unique`",
        )


def _needs_one(kind: BlockKind, context: BlockContext) -> bool:
    return kind is BlockKind.MODEL or (kind is BlockKind.VIEW and context.settings.dialect == "5.17")


def _tells_rows_apart(index: IndexFacts, facts: BlockFacts) -> bool:
    return index.kind in ("id", "unique") and all(_is_always_there(name, facts) for name in index.fields)


def _is_always_there(name: str, facts: BlockFacts) -> bool:
    field = facts.field(name.split(".", maxsplit=1)[0])
    return field is None or not (field.is_optional or field.type == "Unsupported")


RULE = Rule(
    slug="model_has_unique_criterion",
    severity=Severity.ERROR,
    summary="a model has an id, or a unique constraint over required fields",
    check_block=check,
)
