"""From the tree alone to text, in the layout of Prisma's own formatter.

`print_schema` keeps what stands together together: a comment behind a block's `}` stays on that line.
`print_block` gives the text of a block line by line, `line_members` the member that each line comes from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TypeVar

from kaven_schema.syntax.ast import (
    Argument,
    Arguments,
    Array,
    Attribute,
    Block,
    BlockAttribute,
    Comment,
    Constant,
    EmptyLines,
    EnumValue,
    Expression,
    Field,
    FieldType,
    FunctionCall,
    Member,
    Object,
    Property,
    Schema,
    StringLiteral,
    TopLevel,
)
from kaven_schema.syntax.identity import OncePerTree
from kaven_schema.syntax.rows import EMPTY_ROW, Row, align

_ATTRIBUTE_ORDER = ("id", "unique", "default", "updatedAt", "index", "fulltext", "map", "relation", "ignore")
_RANK = {name: rank for rank, name in enumerate(_ATTRIBUTE_ORDER)}


_JOINS_COMMENTS = (Comment, BlockAttribute)


def format_schema(schema: Schema) -> str:
    """The text that Prisma's formatter would leave as it is: nothing is invented, and no comment is dropped."""
    return _print_items(
        spaced(schema.items),
        lambda block: print_block(replace(block, opening="", members=own_members(block))),
    )


_Block = TypeVar("_Block")


def spaced(items: Sequence[_Block | Comment | EmptyLines]) -> Iterator[_Block | Comment | EmptyLines]:
    """With an empty line behind each block, and one behind a comment that stands behind its `}`.

    So the block below does not take that comment over; but documentation there is, to Prisma, of the block below.
    """
    is_behind = False
    for item, next_item in zip(items, (*items[1:], None), strict=False):
        yield item
        closed = not isinstance(item, Comment | EmptyLines)
        kept = is_behind and isinstance(item, Comment) and not (item.is_documentation or item.is_block)
        if (closed or kept) and not isinstance(next_item, EmptyLines):
            yield EmptyLines()
        is_behind = closed


def print_schema(schema: Schema) -> str:
    """The tree as text, with the empty lines that decide what Prisma's formatter makes of it."""
    return _print_items(schema.items, _print_as_it_stands)


def own_members(block: Block) -> tuple[Member, ...]:
    """The members, and before them the comment behind `{`, which Prisma's formatter would drop."""
    members = block.members
    if block.opening_comment:
        members = (Comment(text=block.opening_comment, span=block.name_span), EmptyLines(), *members)
    return tuple(_without_wraps(members)) if block.has_block_comments else members


def _without_wraps(members: Sequence[Member]) -> Iterator[Member]:
    """Prisma's formatter wraps a block comment right below another comment once more at each of its runs.

    As lines it says the same, and stays. A block attribute moves away, and the empty line above it.
    """
    is_below = was_comment = False
    for member in members:
        if isinstance(member, Comment):
            said = _words_of(member.text) if is_below and member.is_block else None
            yield from [member] if said is None else [replace(member, text=f"/// {line}") for line in said]
            is_below = was_comment = True
            continue
        yield member
        was_comment = was_comment and isinstance(member, EmptyLines | BlockAttribute)
        is_below = was_comment and isinstance(member, BlockAttribute)


def _print_items(items: Iterable[TopLevel], print_lines: Callable[[Block], list[str]]) -> str:
    parts: list[str] = []
    for item in items:
        if isinstance(item, EmptyLines):
            _end_line(parts)
            if parts:
                parts.append("\n")
            continue
        if parts and not parts[-1].endswith("\n"):
            parts.append(" ")
        if isinstance(item, Comment):
            parts += [f"{line}\n" for line in comment_lines(item.text)]
        else:
            parts.append("\n".join(print_lines(item)))
    _end_line(parts)
    return "".join(parts).rstrip("\n") + "\n"


def _end_line(parts: list[str]) -> None:
    if parts and not parts[-1].endswith("\n"):
        parts.append("\n")


def print_block(block: Block) -> list[str]:
    return [_first_line(block), *_lines_of(_tables(block.members)), "}"]


def line_members(block: Block) -> list[int | None]:
    """For each line of `print_block` the index of the member that it shows; None for braces and empty lines."""
    return [None, *[row.member for table in _tables(block.members) for row in table], None]


def _first_line(block: Block) -> str:
    opening = f" {block.opening}" if block.opening else ""
    return f"{block.kind.value} {block.name} {{{opening}"


def _lines_of(tables: Iterable[Sequence[Row]]) -> list[str]:
    return [line for table in tables for line in align(table)]


def _print_as_it_stands(block: Block) -> list[str]:
    """Attributes above an empty line above all fields stay there, and empty lines before the `}` stay."""
    early = _early_attributes(block.members)
    above = [row for number, member in enumerate(block.members[:early]) for row in _rows(number, member)]
    lines = [_first_line(block), *align(above), *_lines_of(_tables(block.members[early:]))]
    if block.members and isinstance(block.members[-1], EmptyLines):
        lines.append("")
    return [*lines, "}"]


def _early_attributes(members: Sequence[Member]) -> int:
    """How many members are block attributes above an empty line above the first field."""
    groups = _comment_groups(members)
    early = list(takewhile(lambda group: isinstance(group[-1][1], BlockAttribute | EmptyLines), groups))
    if len(early) in (0, len(groups)) or not isinstance(early[-1][0][1], EmptyLines):
        return 0
    return sum(map(len, early)) if any(isinstance(group[-1][1], BlockAttribute) for group in early) else 0


_Numbered = tuple[int, Member]


def _tables(members: Sequence[Member]) -> list[list[Row]]:
    """The block attributes come last, behind an empty line."""
    tables, attributes = _sorted_out(members)
    if attributes:
        tables.append([EMPTY_ROW, *_attribute_rows(attributes)])
    return tables


def _sorted_out(members: Sequence[Member]) -> tuple[list[list[Row]], list[list[_Numbered]]]:
    """The lines up to the block attributes, a table for each group; and the attributes, each with its comments."""
    tables: list[list[Row]] = [[]]
    attributes: list[list[_Numbered]] = []
    comments: list[_Numbered] = []
    gap = False
    for numbered in enumerate(members):
        member = numbered[1]
        if isinstance(member, Comment):
            comments.append(numbered)
            continue
        if isinstance(member, BlockAttribute):
            attributes.append([*comments, numbered])
            comments, gap = [], False
            continue
        if comments:
            _add_comments(tables, comments, gap)
            comments, gap = [], False
        if isinstance(member, EmptyLines):
            gap = gap or any(tables)
            continue
        if gap:
            tables.append([EMPTY_ROW])
            gap = False
        tables[-1].append(_row(numbered[0], member))
    if comments:
        _add_comments(tables, comments, gap)
    return tables, attributes


def _add_comments(tables: list[list[Row]], comments: Iterable[_Numbered], gap: bool) -> None:
    if gap:
        tables.append([EMPTY_ROW])
    for number, comment in comments:
        tables[-1] += _rows(number, comment)


def _comment_groups(members: Sequence[Member]) -> list[list[_Numbered]]:
    """Each member by itself, but comments that stand together as one, and with a block attribute right below them."""
    groups: list[list[_Numbered]] = []
    below_comment = False
    for number, member in enumerate(members):
        if below_comment and isinstance(member, _JOINS_COMMENTS):
            groups[-1].append((number, member))
        else:
            groups.append([(number, member)])
        below_comment = isinstance(member, Comment)
    return groups


def _attribute_rows(attributes: Iterable[Sequence[_Numbered]]) -> list[Row]:
    def rank(group: Sequence[_Numbered]) -> int:
        member = group[-1][1]
        return attribute_rank(member.attribute) if isinstance(member, BlockAttribute) else len(_RANK)

    return [row for group in sorted(attributes, key=rank) for numbered in group for row in _rows(*numbered)]


def _rows(number: int, member: Member) -> list[Row]:
    if isinstance(member, Comment):
        return [Row((), line, number) for line in comment_lines(member.text)]
    if isinstance(member, EmptyLines):
        return [EMPTY_ROW]
    return [_row(number, member)]


def _row(number: int, member: Field | EnumValue | Property | BlockAttribute) -> Row:
    return Row(_columns(member), member.comment.text if member.comment else "", number)


def comment_lines(text: str) -> list[str]:
    """A block comment of dialects 6 and 7 gets the form that Prisma's formatter gives it."""
    if not text.startswith("/*"):
        return [text]
    return ["/**", *[f" * {line}" for line in _words_of(text)], " */"]


def _words_of(text: str) -> list[str]:
    """What a block comment says, line by line."""
    written = [line.strip() for line in re.split(r"\r\n|\r|\n", text[2:-2])]
    inner = [line[1:].lstrip() if line.startswith("*") else line for line in written]
    return [line for line in inner if line]


def _columns(member: Field | EnumValue | Property | BlockAttribute) -> tuple[str, ...]:
    if isinstance(member, Field):
        if member.attributes:
            return (member.name, print_type(member.type), _print_attributes(member.attributes))
        return (member.name, print_type(member.type))
    if isinstance(member, EnumValue):
        attributes = "".join([print_attribute(attribute) for attribute in member.attributes])
        return (member.name, attributes) if attributes else (member.name,)
    if isinstance(member, Property):
        return (member.name, f"= {print_expression(member.value)}" if member.value else "=")
    return (f"@{print_attribute(member.attribute)}",)


@OncePerTree
def _print_attributes(attributes: tuple[Attribute, ...]) -> str:
    return " ".join([print_attribute(attribute) for attribute in in_order(attributes)])


def in_order(attributes: tuple[Attribute, ...]) -> list[Attribute]:
    """A field's attributes in the order in which Prisma's formatter writes them."""
    return sorted(attributes, key=attribute_rank) if len(attributes) > 1 else list(attributes)


def attribute_rank(attribute: Attribute) -> int:
    return _RANK.get(attribute.name, len(_RANK))


def print_type(type_: FieldType) -> str:
    name = f"Unsupported({type_.unsupported.join(type_.padding)})" if type_.unsupported else type_.name
    return name + type_.arity


def print_attribute(attribute: Attribute) -> str:
    if attribute.arguments is None:
        return f"@{attribute.name}"
    return f"@{attribute.name}{print_arguments(attribute.arguments)}"


def print_arguments(arguments: Arguments) -> str:
    return f"({', '.join([_print_argument(argument) for argument in arguments.items])})"


def _print_argument(argument: Argument) -> str:
    value = print_expression(argument.value) if argument.value is not None else ""
    return f"{argument.name}: {value}" if argument.name else value


def print_expression(expression: Expression) -> str:
    if isinstance(expression, StringLiteral):
        return expression.raw
    if isinstance(expression, Constant):
        return expression.name
    if isinstance(expression, FunctionCall):
        return expression.name + print_arguments(expression.arguments)
    if isinstance(expression, Array):
        return f"[{', '.join([print_expression(element) for element in expression.elements])}]"
    if isinstance(expression, Object):
        return f"{{ {', '.join([_print_argument(entry) for entry in expression.entries])} }}"
    return expression.text
