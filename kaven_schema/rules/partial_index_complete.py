"""A partial index whose declaration says too little, or what nobody understands."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.partial_indexes import Misread, is_declaration, read_declarations
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind, Field

_PROVIDERS = ("postgresql", "postgres", "cockroachdb", "")


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    if entry.kind is not BlockKind.MODEL:
        return
    for found in read_declarations(entry):
        label = entry.label(found.place)
        if isinstance(found, Misread):
            yield Finding(found.problem, (label,), found.help)
        elif context.settings.provider not in _PROVIDERS:
            yield Finding(
                f"kaven makes no partial indexes in {context.settings.provider}",
                (label,),
                "remove the declaration",
            )
    yield from _behind_fields(context)


def _behind_fields(context: BlockContext) -> Iterator[Finding]:
    for part in context.entry.merged.parts:
        if "@kaven.index" not in part.text.text:
            continue
        for field in part.block.members:
            if isinstance(field, Field) and field.comment and is_declaration(field.comment.text):
                yield Finding(
                    "behind a field this declares no index",
                    (part.label(field.comment.span),),
                    "write it on a line of its own, beside the block attributes",
                )


RULE = Rule(
    slug="partial_index_complete",
    severity=Severity.ERROR,
    summary="`/// @kaven.index(…)` says the fields of a partial index and its predicate",
    check_block=check,
)
