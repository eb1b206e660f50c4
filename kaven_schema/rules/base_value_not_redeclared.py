"""An extension that declares a value of an enum of base again."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.places import name_label
from kaven_schema.rules.redeclared import extensions, same_attributes
from kaven_schema.rules.removing import remove_declaration
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind, EnumValue


def check(context: BlockContext) -> Iterator[Finding]:
    base = context.entry.merged.base
    if base is None or context.entry.kind is not BlockKind.ENUM or not context.entry.merged.extensions:
        return
    originals = {value.name: value for value in reversed(base.block.values)}
    for part in extensions(context.entry):
        for value in part.block.values:
            if value.name in originals:
                yield _finding(base, originals[value.name], part, value)


def _finding(base: Part, original: EnumValue, part: Part, value: EnumValue) -> Finding:
    same = same_attributes(original.attributes, value.attributes)
    suffix = "" if same else ", and is stored under another name there"
    return Finding(
        message=f"`{value.name}` is a value of base already{suffix}",
        labels=(
            name_label(part, value, "declared again"),
            name_label(base, original, "base has it"),
        ),
        help=f"remove `{value.name}` here: the extension has every value of base",
        fix=Fix(f"remove `{value.name}`", (remove_declaration(part, value.span),)) if same else None,
    )


RULE = Rule(
    slug="base_value_not_redeclared",
    severity=Severity.ERROR,
    summary="an extension does not repeat a value of an enum of base",
    check_block=check,
)
