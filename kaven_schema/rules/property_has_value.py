"""A property of a datasource or generator without a value."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import is_config
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.source import Span


def check(context: BlockContext) -> Iterator[Finding]:
    if not is_config(context.entry.kind):
        return
    for part in context.entry.merged.parts:
        for line in part.block.properties:
            if line.value is None:
                start = line.span.start
                yield Finding(
                    message=f"`{line.name}` has no value",
                    labels=(part.label(Span(start, start + len(line.name)), "a value is missing"),),
                    help=f'write `{line.name} = "…"`, or remove the line',
                )


RULE = Rule(
    slug="property_has_value",
    severity=Severity.ERROR,
    summary="a property of a datasource or generator has a value",
    check_block=check,
)
