"""An extension that makes a field of base optional, required or a list."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import arity_label
from kaven_schema.rules.redeclared import Redeclared, redeclared_fields
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import Arity

_WORDS = {Arity.REQUIRED: "required", Arity.OPTIONAL: "optional", Arity.LIST: "a list"}


def check(context: BlockContext) -> Iterator[Finding]:
    for pair in redeclared_fields(context.entry):
        if pair.original.type.arity is not pair.again.type.arity:
            yield _finding(pair)


def _finding(pair: Redeclared) -> Finding:
    name = pair.again.name
    original, again = _WORDS[pair.original.type.arity], _WORDS[pair.again.type.arity]
    return Finding(
        message=f"`{name}` is {original} in base, and cannot become {again}",
        labels=(
            arity_label(pair.extension, pair.again, again),
            arity_label(pair.base, pair.original, original),
        ),
        help=f"remove `{name}` here, or add a field of another name: only the vendor changes base",
    )


RULE = Rule(
    slug="base_field_same_arity",
    severity=Severity.ERROR,
    summary="an extension does not make a field of base optional, required or a list",
    check_block=check,
)
