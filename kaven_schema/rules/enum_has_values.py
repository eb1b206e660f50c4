"""An enum without a value in any layer."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import block_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    if entry.kind is BlockKind.ENUM and not entry.facts.values:
        yield Finding(
            message=f"`{entry.name}` has no values",
            labels=(block_label(entry, "nothing in it"),),
            help="write a value on a line of its own, such as `ACTIVE`",
        )


RULE = Rule(
    slug="enum_has_values",
    severity=Severity.ERROR,
    summary="an enum has at least one value",
    check_block=check,
)
