"""An extension that says how a block of base is identified or stored."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Fix, Label, Severity
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.places import attribute_label
from kaven_schema.rules.redeclared import extensions, meaning, written
from kaven_schema.rules.removing import remove_declaration
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import Attribute, BlockAttribute, Field

_KEPT = ("id", "map", "schema", "ignore")


def check(context: BlockContext) -> Iterator[Finding]:
    base = context.entry.merged.base
    if base is None:
        return
    own_fields = {field.name for field in base.block.fields} if context.entry.merged.extensions else set()
    for part in extensions(context.entry):
        for line in part.block.attributes:
            if line.attribute.name in _KEPT:
                yield _finding(base, part, line, line.attribute)
        for field in part.block.fields:
            identity = field.attribute("id")
            if identity and field.name not in own_fields:
                yield _finding(base, part, field, identity)


def _finding(base: Part, part: Part, line: BlockAttribute | Field, attribute: Attribute) -> Finding:
    shown = ("@" if isinstance(line, BlockAttribute) else "") + written((attribute,))
    original = next((own for own in base.block.attributes if own.attribute.name == attribute.name), None)
    same = original is not None and meaning(original.attribute) == meaning(attribute)
    return Finding(
        message=f"`{shown}` cannot be given to `{base.text.name}`, which belongs to base",
        labels=(
            attribute_label(part, line, attribute, "given here"),
            _original_label(base, original),
        ),
        help=f"remove `{shown}` here: only the vendor decides how base is identified and stored",
        fix=Fix(f"remove `{shown}`", (remove_declaration(part, line.span),)) if same else None,
    )


def _original_label(base: Part, original: BlockAttribute | None) -> Label:
    if original is None:
        return base.name_label("base defines it")
    return attribute_label(base, original, original.attribute, "base has this one")


RULE = Rule(
    slug="base_block_attributes_kept",
    severity=Severity.ERROR,
    summary="an extension does not change identity, stored name, schema or visibility of a block of base",
    check_block=check,
)
