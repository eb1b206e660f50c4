"""A block that is one thing in base and another in extended."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Severity
from kaven_schema.rules.rule import BlockContext, Finding, Rule


def check(context: BlockContext) -> Iterator[Finding]:
    base = context.entry.merged.base
    for part in context.entry.merged.extensions:
        if base is not None and part.text.kind is not base.text.kind:
            original, again, name = base.text.kind.value, part.text.kind.value, part.text.name
            yield Finding(
                message=f"`{name}` is of kind `{original}` in base, and cannot be extended as `{again}`",
                labels=(part.name_label(f"`{again}` here"), base.name_label(f"`{original}` in base")),
                help=f"write `{original} {name} {{` to extend base, or give your {again} a name of its own",
            )


RULE = Rule(
    slug="block_kind_same",
    severity=Severity.ERROR,
    summary="an extension is of the same kind as the block of base",
    check_block=check,
)
