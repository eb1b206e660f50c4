"""Two blocks of one name where none re-opens the other."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import is_config
from kaven_schema.diagnostics import Severity
from kaven_schema.merge.pairing import Layer, Part
from kaven_schema.rules.rule import Finding, Rule, SchemaContext


def check(context: SchemaContext) -> Iterator[Finding]:
    for entry in context.catalog.entries:
        parts = entry.merged.parts
        if len(parts) > 1:
            for part in parts[1:]:
                if part.layer is parts[0].layer:
                    yield _finding(parts[0], part)


def _finding(first: Part, again: Part) -> Finding:
    kind, name = again.text.kind, again.text.name
    if again.layer is Layer.BASE:
        help_line = "ask the vendor: base itself defines it twice"
    elif is_config(kind):
        help_line = f"remove one of the two, or rename this one, such as `{kind.value} {name}2 {{`"
    else:
        help_line = f"move these lines into the first `{name}`, or give this block a name of its own"
    return Finding(
        message=f"`{name}` is defined twice in {again.layer.value}",
        labels=(again.name_label("defined again"), first.name_label("first defined")),
        help=help_line,
    )


RULE = Rule(
    slug="block_defined_once",
    severity=Severity.ERROR,
    summary="a block is defined once, in base or in extended",
    check_schema=check,
)
