"""An extension that gives a field of base another type."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import type_label
from kaven_schema.rules.redeclared import Redeclared, redeclared_fields
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import FieldType


def check(context: BlockContext) -> Iterator[Finding]:
    for pair in redeclared_fields(context.entry):
        if _type(pair.original.type) != _type(pair.again.type):
            yield _finding(pair)


def _type(type_: FieldType) -> str:
    return f"Unsupported({type_.unsupported})" if type_.unsupported else type_.name


def _finding(pair: Redeclared) -> Finding:
    name, original = pair.again.name, _type(pair.original.type)
    return Finding(
        message=f"`{name}` is `{original}` in base, and cannot become `{_type(pair.again.type)}`",
        labels=(
            type_label(pair.extension, pair.again, "another type"),
            type_label(pair.base, pair.original, "base decides it"),
        ),
        help=f"remove `{name}` here, or add a field of another name: only the vendor changes base",
    )


RULE = Rule(
    slug="base_field_same_type",
    severity=Severity.ERROR,
    summary="an extension does not change the type of a field of base",
    check_block=check,
)
