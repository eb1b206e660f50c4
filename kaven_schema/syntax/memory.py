"""Nodes inside a line as plain tuples, and back: so that a run can keep what another has parsed."""

from __future__ import annotations

from typing import Any

from kaven_schema.source import Span
from kaven_schema.syntax.ast import (
    Argument,
    Arguments,
    Array,
    Attribute,
    Constant,
    FunctionCall,
    Node,
    NumericLiteral,
    Object,
    StringLiteral,
)

_NODES: tuple[type[Node], ...] = (
    Attribute,
    Arguments,
    Argument,
    FunctionCall,
    Array,
    Constant,
    StringLiteral,
    NumericLiteral,
    Object,
)
_NAMES = tuple(tuple(node.__dataclass_fields__) for node in _NODES)
_NUMBERS = {node: number for number, node in enumerate(_NODES)}
_TUPLE = -1


def encode(value: Any) -> Any:
    """A node becomes its number, its span and its values; a tuple is marked; anything else stays as it is."""
    kind = type(value)
    number = _NUMBERS.get(kind)
    if number is not None:
        return (number, *[encode(getattr(value, name)) for name in _NAMES[number]])
    if kind is tuple:
        return (_TUPLE, *[encode(item) for item in value])
    return [*value] if kind is Span else value


def decode(plain: Any) -> Any:
    kind = type(plain)
    if kind is list:
        return Span(*plain)
    if kind is not tuple:
        return plain
    if plain[0] == _TUPLE:
        return tuple([decode(item) for item in plain[1:]])
    values = zip(_NAMES[plain[0]], plain[1:], strict=True)
    return _NODES[plain[0]](**{name: decode(value) for name, value in values})
