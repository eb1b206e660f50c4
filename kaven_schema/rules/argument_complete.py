"""What the grammar lets pass and Prisma refuses: an argument without a value, or a trailing comma."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.merge.pairing import Layer, Part
from kaven_schema.rules.fixing import replace
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.source import Span
from kaven_schema.syntax.ast import (
    Argument,
    Arguments,
    Array,
    Attribute,
    BlockAttribute,
    EnumValue,
    Field,
    FunctionCall,
    Line,
)

_SUSPECTS = (",)", ":)", ",,", ":,")


def check(context: BlockContext) -> Iterator[Finding]:
    for part in context.entry.merged.parts:
        squeezed = "".join(part.text.text.split())  # far quicker than a search that minds the blanks
        if any(suspect in squeezed for suspect in _SUSPECTS):
            yield from _in_part(part)


def _in_part(part: Part) -> Iterator[Finding]:
    for member in part.block.members:
        if isinstance(member, Field | EnumValue):
            attributes: tuple[Attribute, ...] = member.attributes
        else:
            attributes = (member.attribute,) if isinstance(member, BlockAttribute) else ()
        for attribute in attributes:
            if isinstance(member, Line) and attribute.arguments and "." not in attribute.name:
                yield from _in_attribute(part, member, attribute.arguments)


def _in_attribute(part: Part, line: Line, arguments: Arguments) -> Iterator[Finding]:
    """Prisma looks into functions that are an argument, and in arrays for missing values alone."""
    functions = [item.value for item in arguments if isinstance(item.value, FunctionCall)]
    arrays = [item.value for item in arguments if isinstance(item.value, Array)]
    listed = [element for array in arrays for element in array.elements if isinstance(element, FunctionCall)]
    for own in (arguments, *(function.arguments for function in functions)):
        if own.trailing_comma:
            yield _trailing_comma(part, line, own)
    for own in (arguments, *(function.arguments for function in (*functions, *listed))):
        yield from (_missing_value(part, line, item) for item in own if item.value is None)


def _trailing_comma(part: Part, line: Line, arguments: Arguments) -> Finding:
    end = line.place_of(arguments).end
    comma = part.text.text.rindex(",", 0, end)
    span = Span(comma, comma + 1)
    is_extended = part.layer is Layer.EXTENDED
    return Finding(
        message="an argument list has no trailing comma",
        labels=(part.label(span, "remove this"),),
        help="remove the `,`",
        fix=Fix("remove the trailing comma", (replace(part, span, ""),)) if is_extended else None,
    )


def _missing_value(part: Part, line: Line, argument: Argument) -> Finding:
    return Finding(
        message=f"the argument `{argument.name}` has no value",
        labels=(part.label(line.place_of(argument), "a value is missing"),),
        help=f"write `{argument.name}: …` with a value, or remove it",
    )


RULE = Rule(
    slug="argument_complete",
    severity=Severity.ERROR,
    summary="every argument has a value, and no comma stands behind the last",
    check_block=check,
)
