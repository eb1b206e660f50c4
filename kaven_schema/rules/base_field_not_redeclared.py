"""An extension that declares a field of base again, word for word."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.places import name_label
from kaven_schema.rules.redeclared import Redeclared, redeclared_fields
from kaven_schema.rules.removing import remove_declaration
from kaven_schema.rules.rule import BlockContext, Finding, Rule


def check(context: BlockContext) -> Iterator[Finding]:
    for pair in redeclared_fields(context.entry):
        if pair.is_identical:
            yield _finding(pair)


def _finding(pair: Redeclared) -> Finding:
    name = pair.again.name
    return Finding(
        message=f"`{name}` is a field of base already",
        labels=(
            name_label(pair.extension, pair.again, "declared again"),
            name_label(pair.base, pair.original, "base has it"),
        ),
        help=f"remove `{name}` here: the extension has every field of base",
        fix=Fix(f"remove `{name}`", (remove_declaration(pair.extension, pair.again.span),)),
    )


RULE = Rule(
    slug="base_field_not_redeclared",
    severity=Severity.ERROR,
    summary="an extension does not repeat a field of base",
    check_block=check,
)
