"""From the text of one block to its tree, line by line; a line that cannot be read becomes a problem, not an end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, cached_property, partial
from typing import NamedTuple, TypeVar

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
    Field,
    FieldType,
    Member,
    Property,
)
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.parser import WIDE_BLANKS, Parser, parser_for
from kaven_schema.syntax.problems import (
    LineSyntaxError,
    NestingError,
    Problem,
    explain_inside_line,
    explain_unknown_lines,
    find_bad_escape,
    first_of,
    open_brackets,
    too_deep,
)

BLANK = f" \t{WIDE_BLANKS}"

_Part = TypeVar("_Part")


class _OpenListError(Exception):
    """An argument list that does not end on its line: told once, together with the lines on which it goes on."""


class ParsedBlock(NamedTuple):
    block: Block
    problems: tuple[Problem, ...]


@cache
def parse_block(text: str, dialect: Dialect) -> ParsedBlock:
    """Read a text that the grammar's `BLOCK` matches; equal texts share one tree."""
    return BlockReader(_patterns_for(dialect, wide=_has_wide_blanks(text))).read(text)


def file_items(text: str, dialect: Dialect) -> Iterator[re.Match[str]]:
    """Takes a file apart: the name of the group that matched is the terminal's.

    Behind a block that nothing closes there is no other: to look for one in each line would take forever.
    """
    patterns = _patterns_for(dialect, wide=True)
    for item in patterns.file.finditer(text):
        yield item
        if item.lastgroup == "UNKNOWN_LINE" and patterns.head.match(text, item.start()):
            yield from patterns.outside.finditer(text, item.end())
            return


def block_head(text: str, dialect: Dialect) -> tuple[BlockKind, str, Span]:
    """Kind, name and where the name stands, of a text that begins as a block."""
    head = _match(_patterns_for(dialect, wide=True).head, text)
    return BlockKind(head[1]), head[2], Span(*head.span(2))


def comment_node(text: str, offset: int) -> Comment:
    """The comment of a line, without the blanks before it and the line break behind it."""
    written = text.rstrip("\r\n")
    body = written.lstrip(BLANK)
    start = offset + len(written) - len(body)
    return Comment(text=body, span=Span(start, start + len(body)))


class LinePatterns:
    """What takes files and bodies of one dialect apart: the grammar's terminals, in the order of its rules.

    A file is a flat row of blocks, a body a flat row of lines, so terminals alone read both; a test holds this
    against what Lark makes of the rules `schema` and `*_body`.
    """

    _TAIL = "({ATTRIBUTES})?({TRAILING_COMMENT})?{_END}"
    _FIELD = "{_INDENT}?({NAME}){_INDENT}?({TYPE}){_INDENT}?({ARITY})?{_INDENT}?" + _TAIL
    _VALUE = "{_INDENT}?({NAME}){_INDENT}?" + _TAIL
    _ATTRIBUTE = "{_INDENT}?(@{ATTRIBUTES})({TRAILING_COMMENT})?{_END}"
    _PROPERTY = "{_INDENT}?({NAME}){_INDENT}?={_INDENT}?({VALUE})?({TRAILING_COMMENT})?{_END}"

    def __init__(self, parser: Parser, *, wide: bool) -> None:
        self.parser = parser
        self._pattern = partial(parser.pattern, wide_blanks=wide)
        self.attributes: dict[str, tuple[Attribute, ...]] = {}
        self.head = self._pattern(r"{_INDENT}?({KEYWORD}){_INDENT}?({NAME}){_INDENT}?\{({_REST}){_NEWLINE}")
        self.file = self._alternatives(BLOCK="{BLOCK}")

    # Each is compiled when the first block of its kind is read: most runs read but one.

    @cached_property
    def comment(self) -> re.Pattern[str]:
        return self._pattern("{COMMENT}")

    @cached_property
    def outside(self) -> re.Pattern[str]:
        return self._alternatives()

    @cached_property
    def model_body(self) -> re.Pattern[str]:
        return self._alternatives(FIELD=self._FIELD, BLOCK_ATTRIBUTE=self._ATTRIBUTE)

    @cached_property
    def enum_body(self) -> re.Pattern[str]:
        return self._alternatives(ENUM_VALUE=self._VALUE, BLOCK_ATTRIBUTE=self._ATTRIBUTE)

    @cached_property
    def config_body(self) -> re.Pattern[str]:
        return self._alternatives(PROPERTY=self._PROPERTY)

    def body(self, kind: BlockKind) -> re.Pattern[str]:
        if kind.has_fields:
            return self.model_body
        return self.enum_body if kind is BlockKind.ENUM else self.config_body

    def _alternatives(self, **lines: str) -> re.Pattern[str]:
        """Blanks that nothing else takes are taken at once, not each by itself."""
        everywhere = {name: f"{{{name}}}" for name in ("COMMENT_LINE", "EMPTY_LINES", "UNKNOWN_LINE")}
        shapes = {**lines, **everywhere, "BLANKS": "{_INDENT}"}
        return self._pattern("|".join(f"(?P<{name}>{shape})" for name, shape in shapes.items()))


class BlockReader:
    """Reads one block."""

    def __init__(self, patterns: LinePatterns) -> None:
        self._patterns = patterns
        self._parser = patterns.parser
        self._problems: list[Problem] = []
        self._readers: dict[str, Callable[[re.Match[str], int], Member]] = {
            "FIELD": self._read_field,
            "ENUM_VALUE": self._read_value,
            "BLOCK_ATTRIBUTE": self._read_block_attribute,
            "PROPERTY": self._read_property,
            "COMMENT_LINE": lambda line, _group: comment_node(line[0], line.start()),
            "EMPTY_LINES": lambda line, _group: EmptyLines(span=Span(*line.span())),
        }

    def read(self, text: str) -> ParsedBlock:
        head = _match(self._patterns.head, text)
        kind, opening = BlockKind(head[1]), head[3].strip(BLANK)
        block = Block(
            kind=kind,
            name=head[2],
            name_span=Span(*head.span(2)),
            opening=opening,
            opening_comment=self._as_comment(opening) if opening else "",
            has_block_comments="/*" in text,
            members=self._members(text, head.end(), kind),
            span=Span(0, len(text)),
        )
        problems = first_of(sorted(self._problems, key=lambda problem: problem.span))
        return ParsedBlock(block, tuple(problems))

    def _as_comment(self, opening: str) -> str:
        """With two slashes: Prisma would take any other for documentation of the first member."""
        if not self._patterns.comment.fullmatch(opening):
            return ""
        if opening.startswith("//"):
            return "//" + opening.lstrip("/")
        said = opening[2:-2].strip().strip("*").strip()
        return f"// {said}" if said else ""

    def _members(self, text: str, start: int, kind: BlockKind) -> tuple[Member, ...]:
        members: list[Member] = []
        unknown: list[tuple[int, str]] = []
        body = self._patterns.body(kind)
        groups = body.groupindex
        end = len(text[: text.rindex("}")].rstrip(BLANK))
        for line in body.finditer(text, start, end):
            name = line.lastgroup or ""
            read = self._readers.get(name)
            try:
                if read:
                    members.append(read(line, groups[name]))
                    continue
            except _OpenListError:
                pass
            unknown.append((line.start(), line[0]))
        if unknown:
            opening = text[:start].partition("{")[2].strip()
            self._problems += first_of(explain_unknown_lines(unknown, kind, self._parser.dialect, opening))
        return tuple(members)

    def _read_field(self, line: re.Match[str], group: int) -> Field:
        name, written, arity, attributes, comment = line.group(
            group + 1, group + 2, group + 3, group + 4, group + 5
        )
        type_start, type_end = line.span(group + 2)
        at = line.start(group + 4) if attributes else type_end
        type_span = Span(type_start, line.end(group + 3) if arity else type_end)
        end = at + len(attributes.rstrip()) if attributes else type_span.end
        if written[-1] == ")":
            type_ = self._read_unsupported(written, _ARITIES[arity], type_span)
        else:
            type_ = FieldType(name=written, arity=_ARITIES[arity], span=type_span)
        return Field(
            name=name,
            type=type_,
            attributes=self._attributes(attributes, at),
            attributes_at=at,
            comment=_trailing(line, group + 5) if comment else None,
            span=_extent(line, group + 1) if comment else Span(line.start(group + 1), end),
        )

    def _read_unsupported(self, written: str, arity: Arity, span: Span) -> FieldType:
        name, _, rest = written[:-1].partition("(")
        literal = rest.strip(BLANK)
        before, after = rest.split(literal)
        self._check_escapes(literal, span.start + written.index(literal))
        return FieldType(name=name, arity=arity, unsupported=literal, padding=(before, after), span=span)

    def _read_value(self, line: re.Match[str], group: int) -> EnumValue:
        at = max(line.start(group + 2), 0)
        return EnumValue(
            name=line[group + 1],
            attributes=self._attributes(line[group + 2], at),
            attributes_at=at,
            comment=_trailing(line, group + 3),
            span=_extent(line, group + 1),
        )

    def _read_block_attribute(self, line: re.Match[str], group: int) -> BlockAttribute:
        at = line.start(group + 1)
        attribute = self._within(line[group + 1].rstrip(BLANK), at, self._parser.block_attribute)
        return BlockAttribute(
            attribute=attribute or Attribute(name=""),
            attributes_at=at,
            comment=_trailing(line, group + 2),
            span=_extent(line, group + 1),
        )

    def _read_property(self, line: re.Match[str], group: int) -> Property:
        value, at = (line[group + 2] or "").rstrip(BLANK), max(line.start(group + 2), 0)
        return Property(
            name=line[group + 1],
            value=self._within(value, at, self._parser.expression) if value else None,
            attributes_at=at,
            comment=_trailing(line, group + 3),
            span=_extent(line, group + 1),
        )

    def _attributes(self, text: str | None, at: int) -> tuple[Attribute, ...]:
        if not text:
            return ()
        found = self._patterns.attributes.get(text)
        if found is None:
            found = self._within(text.rstrip(BLANK), at, self._parser.attributes) or ()
            if found and "\\" not in text:  # what may be wrong with an escape is said at each place
                self._patterns.attributes[text] = found
        return found

    def _within(self, text: str, at: int, parse: Callable[[str], _Part]) -> _Part | None:
        """Parse a part of a line; what is wrong in it becomes a problem at its place."""
        self._check_escapes(text, at)
        try:
            return parse(text)
        except NestingError:
            self._problems.append(too_deep(text, at))
            return None
        except LineSyntaxError as error:
            if open_brackets(text) > 0:
                raise _OpenListError from None
            self._problems.append(explain_inside_line(text, at, error, self._parser.dialect))
            return None

    def _check_escapes(self, text: str, at: int) -> None:
        if "\\" in text and (problem := find_bad_escape(text, at)):
            self._problems.append(problem)


_ARITIES: dict[str | None, Arity] = {None: Arity.REQUIRED, **{arity.value: arity for arity in Arity}}


@cache
def _patterns_for(dialect: Dialect, *, wide: bool) -> LinePatterns:
    return LinePatterns(parser_for(dialect), wide=wide)


def _has_wide_blanks(text: str) -> bool:
    return not text.isascii() and not set(text).isdisjoint(WIDE_BLANKS)


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.match(text)
    assert found is not None, "not a text that the grammar's BLOCK matches"
    return found


def _trailing(line: re.Match[str], group: int) -> Comment | None:
    return Comment(text=line[group], span=Span(*line.span(group))) if line[group] is not None else None


def _extent(line: re.Match[str], first_group: int) -> Span:
    """From the first word of a line to the end of what is written on it."""
    start = line.start(first_group)
    return Span(start, start + len(line.string[start : line.end()].rstrip()))
