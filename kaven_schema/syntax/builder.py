"""From the grammar's tokens to nodes, inside a line. Called by Lark while it parses: no tree is made in between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kaven_schema.source import Span
from kaven_schema.syntax.ast import (
    Argument,
    Arguments,
    Array,
    Attribute,
    Constant,
    Expression,
    FunctionCall,
    NumericLiteral,
    Object,
    StringLiteral,
)

if TYPE_CHECKING:
    from lark import Token


_BETWEEN_COMMAS = re.compile(r"[^\[\],\s]+")


def span_of(token: Token) -> Span:
    assert token.start_pos is not None
    assert token.end_pos is not None
    return Span(token.start_pos, token.end_pos)


class LineBuilder:
    """One method for each rule of the grammar's last level, and for each alternative that bears a name."""

    def attributes(self, children: list[Attribute]) -> tuple[Attribute, ...]:
        return tuple(children)

    def attribute(self, children: list[Any]) -> Attribute:
        token: Token = children[0]
        arguments: Arguments | None = children[1] if len(children) > 1 else None
        span = span_of(token)
        end = arguments.span.end if arguments else span.end
        return Attribute(name=token[1:].strip(), arguments=arguments, span=Span(span.start, end))

    def block_attribute(self, children: list[Any]) -> Attribute:
        at, attribute = children
        span = Span(span_of(at).start, attribute.span.end)
        return Attribute(name=attribute.name, arguments=attribute.arguments, span=span)

    def arguments(self, children: list[Any]) -> Arguments:
        opening, *items, closing = children
        trailing_comma = bool(items) and not isinstance(items[-1], Argument)
        if trailing_comma:
            items.pop()
        span = Span(span_of(opening).start, span_of(closing).end)
        return Arguments(items=tuple(items), trailing_comma=trailing_comma, span=span)

    def argument(self, children: list[Expression]) -> Argument:
        return Argument(value=children[0], span=children[0].span)

    def named_argument(self, children: list[Any]) -> Argument:
        token, value = children
        span = Span(span_of(token).start, value.span.end)
        return Argument(name=token[:-1].strip(), value=value, span=span)

    def empty_argument(self, children: list[Token]) -> Argument:
        return Argument(name=children[0][:-1].strip(), value=None, span=span_of(children[0]))

    def function_call(self, children: list[Any]) -> FunctionCall:
        token, arguments = children
        span = Span(span_of(token).start, arguments.span.end)
        return FunctionCall(name=str(token), arguments=arguments, span=span)

    def array(self, children: list[Any]) -> Array:
        opening, *elements, closing = children
        return Array(elements=tuple(elements), span=Span(span_of(opening).start, span_of(closing).end))

    def object(self, children: list[Any]) -> Object:
        opening, *entries, closing = children
        return Object(entries=tuple(entries), span=Span(span_of(opening).start, span_of(closing).end))

    def array_of_constants(self, children: list[Token]) -> Array:
        span = span_of(children[0])
        names = (
            Constant(name=found[0], span=Span(*found.span()).shifted(span.start))
            for found in _BETWEEN_COMMAS.finditer(children[0])
        )
        return Array(elements=tuple(names), span=span)

    def number(self, children: list[Token]) -> NumericLiteral:
        return NumericLiteral(text=str(children[0]), span=span_of(children[0]))

    def string(self, children: list[Token]) -> StringLiteral:
        return StringLiteral(raw=str(children[0]), span=span_of(children[0]))

    def constant(self, children: list[Token]) -> Constant:
        return Constant(name=str(children[0]), span=span_of(children[0]))
