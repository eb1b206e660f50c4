"""The words of a statement, for the places that the syntax tree does not keep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.source import Span

_WORD = re.compile(
    r"""
    (?P<skip>\s+ | --[^\n]* | /\*.*?\*/)
  | (?P<string>[eE]?'(?:[^']|'')*')
  | (?P<dollar>\$(\w*)\$.*?\$\4\$)
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<name>[^\W\d][\w$]*)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Word(NamedTuple):
    """`name` is an identifier as PostgreSQL folds it, or the sign; a string has none."""

    name: str
    span: Span


def words_of(text: str, span: Span) -> Iterator[Word]:
    """Identifiers, keywords and signs of a part of a text, without comments."""
    for found in _WORD.finditer(text, span.start, span.end):
        if found.lastgroup == "quoted":
            yield Word(found[0][1:-1].replace('""', '"'), Span(*found.span()))
        elif found.lastgroup == "name":
            yield Word(found[0].lower(), Span(*found.span()))
        elif found.lastgroup == "sign":
            yield Word(found[0], Span(*found.span()))
        elif found.lastgroup != "skip":
            yield Word("", Span(*found.span()))


def place_of_name(text: str, span: Span, name: str, after: int = 0) -> Span:
    """Where an identifier first stands at or after an offset, else the whole span."""
    return next(
        (word.span for word in words_of(text, span) if word.name == name and word.span.start >= after), span
    )


def parts(text: str, span: Span) -> list[Span]:
    """The parts of a list, cut at the commas that stand in no brackets."""
    found, depth = [], 0
    start = end = -1
    for word in words_of(text, span):
        depth += (word.name in ("(", "[")) - (word.name in (")", "]"))
        if word.name == "," and depth == 0 and start >= 0:
            found.append(Span(start, end))
            start = -1
            continue
        start = word.span.start if start < 0 else start
        end = word.span.end
    return [*found, Span(start, max(end, start))] if start >= 0 else found
