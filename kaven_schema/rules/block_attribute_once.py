"""A block that has two ids, or is given a stored name, a schema or `@@ignore` twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.diagnostics import Fix, Label, Severity
from kaven_schema.merge.pairing import Layer, Part
from kaven_schema.rules.redeclared import meaning, written
from kaven_schema.rules.removing import remove_declaration
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import Attribute, BlockAttribute, Field

_ONCE = ("id", "map", "schema", "ignore")


class _Given(NamedTuple):
    part: Part
    line: BlockAttribute | Field
    attribute: Attribute

    @property
    def shown(self) -> str:
        return ("@" if isinstance(self.line, BlockAttribute) else "") + written((self.attribute,))

    def label(self, text: str) -> Label:
        return self.part.label(self.line.place_of(self.attribute), text)


def check(context: BlockContext) -> Iterator[Finding]:
    seen: dict[tuple[Layer, str], _Given] = {}
    for part in context.entry.merged.parts:
        for given in _given(part):
            first = seen.setdefault((part.layer, given.attribute.name), given)
            if first is not given and not _is_the_same_field(first, given):
                yield _finding(context.entry.name, first, given)


def _given(part: Part) -> Iterator[_Given]:
    for member in part.block.members:
        if isinstance(member, Field):
            if member.attributes and (identity := member.attribute("id")):
                yield _Given(part, member, identity)
        elif isinstance(member, BlockAttribute) and member.attribute.name in _ONCE:
            yield _Given(part, member, member.attribute)


def _is_the_same_field(first: _Given, again: _Given) -> bool:
    """A field that is declared twice is a finding of its own."""
    return (
        isinstance(first.line, Field) and isinstance(again.line, Field) and first.line.name == again.line.name
    )


def _mean_the_same(first: _Given, again: _Given) -> bool:
    return isinstance(again.line, BlockAttribute) and meaning(first.attribute) == meaning(again.attribute)


def _finding(name: str, first: _Given, again: _Given) -> Finding:
    fix = None
    if again.part.layer is Layer.EXTENDED and first.shown.startswith("@@") and _mean_the_same(first, again):
        fix = Fix(f"remove the second `{again.shown}`", (remove_declaration(again.part, again.line.span),))
    return Finding(
        message=f"`{name}` has `{first.shown}` already, and takes one",
        labels=(again.label("one too many"), first.label("the first")),
        help=f"remove `{again.shown}` or `{first.shown}`",
        fix=fix,
    )


RULE = Rule(
    slug="block_attribute_once",
    severity=Severity.ERROR,
    summary="a block has one id, one stored name and one schema",
    check_block=check,
)
