"""From the text of one block to its tree, line by line; a line that cannot be read becomes a problem, not an end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from kaven_schema.source import Span
from kaven_schema.syntax.ast import (
    Arity,
    Attribute,
    Block,
    BlockAttribute,
    BlockKind,
    Comment,
    EmptyLines,
    EnumValue,
    Expression,
    Field,
    FieldType,
    Member,
    Property,
)
from kaven_schema.syntax.parser import BodyRule, Dialect, Parser, SyntaxFault, parser_for
from kaven_schema.syntax.problems import (
    Problem,
    explain_inside_line,
    explain_unknown_lines,
    find_bad_escape,
    nests_too_deep,
    too_deep,
)

if TYPE_CHECKING:
    from lark import Token

BLANK = " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    block: Block
    problems: tuple[Problem, ...]


@lru_cache(maxsize=None)
def parse_block(text: str, dialect: Dialect) -> ParsedBlock:
    """Read a text that the grammar's `BLOCK` matches; equal texts share one tree."""
    return BlockReader(_patterns_for(dialect)).read(text)


def block_head(text: str, dialect: Dialect) -> tuple[BlockKind, str, Span]:
    """Kind, name and where the name stands, of a text that begins as a block."""
    head = _match(_patterns_for(dialect).head, text)
    return BlockKind(head[1]), head[2], Span(*head.span(2))


def comment_node(text: str, offset: int) -> Comment:
    """The comment of a line, without the blanks before it and the line break behind it."""
    written = text.rstrip("\r\n")
    body = written.lstrip(BLANK)
    start = offset + len(written) - len(body)
    return Comment(text=body, span=Span(start, start + len(body)))


class LinePatterns:
    """What takes a line of one dialect apart: regular expressions made of the grammar's own terminals."""

    def __init__(self, parser: Parser) -> None:
        tail = "({ATTRIBUTES})?({TRAILING_COMMENT})?"
        self.parser = parser
        self.head = parser.pattern(r"{_INDENT}?({KEYWORD}){_INDENT}?({NAME}){_INDENT}?\{({_REST}){_NEWLINE}")
        self.field = parser.pattern(
            "{_INDENT}?({NAME}){_INDENT}?({TYPE}){_INDENT}?({ARITY})?{_INDENT}?" + tail
        )
        self.value = parser.pattern("{_INDENT}?({NAME}){_INDENT}?" + tail)
        self.block_attribute = parser.pattern("{_INDENT}?(@{ATTRIBUTES})({TRAILING_COMMENT})?")
        self.property = parser.pattern(
            "{_INDENT}?({NAME}){_INDENT}?={_INDENT}?({VALUE})?({TRAILING_COMMENT})?"
        )


class BlockReader:
    """Reads one block."""

    def __init__(self, patterns: LinePatterns) -> None:
        self._patterns = patterns
        self._parser = patterns.parser
        self._problems: list[Problem] = []

    def read(self, text: str) -> ParsedBlock:
        head = _match(self._patterns.head, text)
        kind = BlockKind(head[1])
        body = text[head.end() : text.rindex("}")].rstrip(BLANK)
        block = Block(
            kind=kind,
            name=head[2],
            name_span=Span(*head.span(2)),
            opening=head[3].strip(BLANK),
            members=self._members(body, head.end(), kind),
            span=Span(0, len(text)),
        )
        return ParsedBlock(block, tuple(sorted(self._problems, key=lambda problem: problem.span)))

    def _members(self, body: str, offset: int, kind: BlockKind) -> tuple[Member, ...]:
        members: list[Member] = []
        unknown: list[tuple[int, str]] = []
        for token in self._parser.tokens(body, _body_rule(kind)):
            start = offset + (token.start_pos or 0)
            if token.type == "UNKNOWN_LINE":
                unknown.append((start, str(token)))
            else:
                members.append(self._member(token, start))
        if unknown:
            self._problems += explain_unknown_lines(unknown, kind, self._parser.dialect)
        return tuple(members)

    def _member(self, token: Token, start: int) -> Member:
        match token.type:
            case "FIELD":
                return self._read_field(token, start)
            case "ENUM_VALUE":
                return self._read_value(token, start)
            case "BLOCK_ATTRIBUTE":
                return self._read_block_attribute(token, start)
            case "PROPERTY":
                return self._read_property(token, start)
            case "COMMENT_LINE":
                return comment_node(token, start)
            case _:
                return EmptyLines(span=Span(start, start + len(token)))

    def _read_field(self, line: str, start: int) -> Field:
        found = _match(self._patterns.field, line)
        written, arity = found[2], found[3] or ""
        unsupported = written[written.index('"') : -1].rstrip(BLANK) if written[-1] == ")" else ""
        type_start, type_end = found.span(2)
        at = start + (found.end(2) if found.start(4) < 0 else found.start(4))
        if unsupported:
            self._check_escapes(unsupported, start + found.start(2) + written.index('"'))
        return Field(
            name=found[1],
            type=FieldType(
                name="Unsupported" if unsupported else written,
                arity=_ARITIES[arity],
                unsupported=unsupported,
                span=Span(start + type_start, start + (found.end(3) if arity else type_end)),
            ),
            attributes=self._attributes(found[4], at),
            attributes_at=at,
            comment=_trailing(found, 5, start),
            span=_extent(found, start),
        )

    def _read_value(self, line: str, start: int) -> EnumValue:
        found = _match(self._patterns.value, line)
        at = start + max(found.start(2), 0)
        return EnumValue(
            name=found[1],
            attributes=self._attributes(found[2], at),
            attributes_at=at,
            comment=_trailing(found, 3, start),
            span=_extent(found, start),
        )

    def _read_block_attribute(self, line: str, start: int) -> BlockAttribute:
        found = _match(self._patterns.block_attribute, line)
        at = start + found.start(1)
        attribute = self._within(found[1].rstrip(BLANK), at, self._parser.block_attribute)
        return BlockAttribute(
            attribute=attribute or Attribute(name=""),
            attributes_at=at,
            comment=_trailing(found, 2, start),
            span=_extent(found, start),
        )

    def _read_property(self, line: str, start: int) -> Property:
        found = _match(self._patterns.property, line)
        value, at = (found[2] or "").rstrip(BLANK), start + max(found.start(2), 0)
        return Property(
            name=found[1],
            value=self._within(value, at, self._parser.expression) if value else None,
            attributes_at=at,
            comment=_trailing(found, 3, start),
            span=_extent(found, start),
        )

    def _attributes(self, text: str | None, at: int) -> tuple[Attribute, ...]:
        return self._within(text.rstrip(BLANK), at, self._parser.attributes) or () if text else ()

    def _within(self, text: str, at: int, parse: Callable[[str], _Part]) -> _Part | None:
        """Parse a part of a line; what is wrong in it becomes a problem at its place."""
        if nests_too_deep(text):
            self._problems.append(too_deep(text, at))
            return None
        self._check_escapes(text, at)
        try:
            return parse(text)
        except SyntaxFault as error:
            self._problems.append(explain_inside_line(text, at, error))
            return None

    def _check_escapes(self, text: str, at: int) -> None:
        if "\\" in text and (problem := find_bad_escape(text, at)):
            self._problems.append(problem)


_ARITIES = {arity.value: arity for arity in Arity}


@lru_cache(maxsize=None)
def _patterns_for(dialect: Dialect) -> LinePatterns:
    return LinePatterns(parser_for(dialect))


def _body_rule(kind: BlockKind) -> BodyRule:
    if kind.has_fields:
        return "model_body"
    return "enum_body" if kind is BlockKind.ENUM else "config_body"


def _match(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    found = pattern.match(line)
    assert found is not None, "the grammar took a line that its own terminals do not match"
    return found


def _trailing(found: re.Match[str], group: int, offset: int) -> Comment | None:
    if found[group] is None:
        return None
    return Comment(text=found[group], span=Span(*found.span(group)).shifted(offset))


def _extent(found: re.Match[str], offset: int) -> Span:
    """From the name of a line to the end of what is written on it."""
    return Span(offset + found.start(1), offset + len(found[0].rstrip(BLANK)))
