"""An extension that gives a field of base another default, another column, a unique constraint."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Label, Severity
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.places import attribute_label, name_label
from kaven_schema.rules.redeclared import Redeclared, meaning, redeclared_fields, same_attributes, written
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import Attribute, Field


def check(context: BlockContext) -> Iterator[Finding]:
    for pair in redeclared_fields(context.entry):
        if not same_attributes(pair.original.attributes, pair.again.attributes):
            yield _finding(pair)


def _finding(pair: Redeclared) -> Finding:
    name = pair.again.name
    changes = [f"adds `{written((attribute,))}`" for attribute in _missing_in(pair.original, pair.again)]
    changes += [f"drops `{written((attribute,))}`" for attribute in _missing_in(pair.again, pair.original)]
    return Finding(
        message=f"`{name}` of base is declared again with other attributes: this {' and '.join(changes)}",
        labels=(
            _label(pair.extension, pair.again, pair.original, "other attributes"),
            _label(pair.base, pair.original, pair.again, "base decides them"),
        ),
        help=_help(pair),
    )


def _missing_in(there: Field, here: Field) -> list[Attribute]:
    known = [meaning(attribute) for attribute in there.attributes]
    return [attribute for attribute in here.attributes if meaning(attribute) not in known]


def _label(part: Part, declared: Field, other: Field, text: str) -> Label:
    different = _missing_in(other, declared)
    return (
        attribute_label(part, declared, different[0], text) if different else name_label(part, declared, text)
    )


def _help(pair: Redeclared) -> str:
    name = pair.again.name
    added = {attribute.name for attribute in _missing_in(pair.original, pair.again)}
    if added == {"unique"} and not _missing_in(pair.again, pair.original):
        return f"remove `{name}` here, and write `@@unique([{name}])` in the extension"
    return f"remove `{name}` here: only the vendor changes base"


RULE = Rule(
    slug="base_field_same_attributes",
    severity=Severity.ERROR,
    summary="an extension does not change the attributes of a field of base",
    check_block=check,
)
