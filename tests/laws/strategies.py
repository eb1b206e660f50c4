"""Random schemas, right by syntax and not by meaning: as texts in any layout, and as trees.

`complete.py` makes those that Prisma accepts as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import strategies as st

from kaven_schema.syntax import ast
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.printer import attribute_rank, print_expression
from tests.laws import pieces

Strategy = st.SearchStrategy

# --- trees ----------------------------------------------------------------------------------------------------------


def expressions(dialect: Dialect = "5.17") -> Strategy[ast.Expression]:
    constants = pieces.names(dialect).filter(lambda name: not name[0].isdigit())
    leaves: Strategy[ast.Expression] = st.one_of(
        st.builds(ast.StringLiteral, raw=pieces.string_literals()),
        st.builds(ast.NumericLiteral, text=pieces.numbers()),
        st.builds(ast.Constant, name=constants),
        st.builds(lambda path: ast.Constant(name=".".join(path)), st.tuples(constants, constants)),
    )

    def around(inner: Strategy[ast.Expression]) -> Strategy[ast.Expression]:
        arrays = st.builds(ast.Array, elements=st.lists(inner, max_size=3).map(tuple))
        calls = st.builds(ast.FunctionCall, name=constants, arguments=_arguments(inner, dialect))
        if dialect != "7":
            return st.one_of(arrays, calls)
        entry = st.builds(ast.Argument, name=pieces.names(dialect), value=inner)
        return st.one_of(arrays, calls, st.builds(ast.Object, entries=st.lists(entry, max_size=3).map(tuple)))

    return st.recursive(leaves, around, max_leaves=5)


def _arguments(values: Strategy[ast.Expression], dialect: Dialect) -> Strategy[ast.Arguments]:
    names = st.one_of(st.just(""), pieces.names(dialect))
    argument = st.builds(ast.Argument, name=names, value=values)
    return st.builds(ast.Arguments, items=st.lists(argument, max_size=3).map(tuple))


def attributes(dialect: Dialect = "5.17") -> Strategy[ast.Attribute]:
    known = st.sampled_from(
        ["id", "unique", "default", "map", "relation", "db.VarChar", "ignore", "updatedAt"]
    )
    arguments = st.one_of(st.none(), _arguments(expressions(dialect), dialect))
    return st.builds(ast.Attribute, name=st.one_of(known, pieces.names(dialect)), arguments=arguments)


def _field_attributes(dialect: Dialect) -> Strategy[tuple[ast.Attribute, ...]]:
    return st.lists(attributes(dialect), max_size=3).map(
        lambda found: tuple(sorted(found, key=attribute_rank))
    )


def comments() -> Strategy[ast.Comment]:
    return st.builds(ast.Comment, text=pieces.line_comments())


def _trailing() -> Strategy[ast.Comment | None]:
    return st.one_of(st.none(), st.none(), comments())


def _field_types(dialect: Dialect) -> Strategy[ast.FieldType]:
    arity = st.sampled_from(ast.Arity)
    raw = pieces.string_literals()
    return st.one_of(
        st.builds(ast.FieldType, name=pieces.names(dialect), arity=arity),
        st.builds(ast.FieldType, name=st.just("Unsupported"), arity=arity, unsupported=raw),
    )


def fields(dialect: Dialect = "5.17") -> Strategy[ast.Field]:
    return st.builds(
        ast.Field,
        name=pieces.names(dialect),
        type=_field_types(dialect),
        attributes=_field_attributes(dialect),
        comment=_trailing(),
    )


def _block_attributes(dialect: Dialect) -> Strategy[ast.BlockAttribute]:
    return st.builds(ast.BlockAttribute, attribute=attributes(dialect), comment=_trailing())


def _declarations(kind: ast.BlockKind, dialect: Dialect) -> Strategy[ast.Member]:
    if kind.has_fields:
        return fields(dialect)
    name = pieces.names(dialect)
    if kind is ast.BlockKind.ENUM:
        # Prisma's formatter writes the attributes of a value without blanks between: one is enough here.
        one = st.lists(attributes(dialect), max_size=1).map(tuple)
        return st.builds(ast.EnumValue, name=name, attributes=one, comment=_trailing())
    return st.builds(ast.Property, name=name, value=expressions(dialect), comment=_trailing())


@st.composite
def blocks(draw: st.DrawFn, dialect: Dialect = "5.17", *, opening: bool = True) -> ast.Block:
    kind = draw(st.sampled_from(ast.BlockKind))
    gap = st.just(ast.EmptyLines())
    body = draw(st.lists(st.one_of(_declarations(kind, dialect), comments(), gap), max_size=6))
    members = _without_double_gaps([*body, ast.EmptyLines()])
    if kind in (ast.BlockKind.DATASOURCE, ast.BlockKind.GENERATOR):
        tail: list[ast.Member] = []
    else:
        tail = sorted(draw(st.lists(_block_attributes(dialect), max_size=3)), key=_rank)
    members = [*members, *tail] if tail else members[:-1]
    behind = draw(st.one_of(st.just(""), pieces.line_comments())) if opening else ""
    return ast.Block(kind=kind, name=draw(pieces.names(dialect)), opening=behind, members=_normal(members))


def _rank(member: ast.Member) -> int:
    return attribute_rank(member.attribute) if isinstance(member, ast.BlockAttribute) else 0


def _without_double_gaps(members: list[ast.Member]) -> list[ast.Member]:
    kept: list[ast.Member] = []
    for member in members:
        if not (isinstance(member, ast.EmptyLines) and (not kept or isinstance(kept[-1], ast.EmptyLines))):
            kept.append(member)
    return kept


def _normal(members: list[ast.Member]) -> tuple[ast.Member, ...]:
    """The printer writes an empty line before block attributes in any case."""
    if members and isinstance(members[0], ast.BlockAttribute):
        return (ast.EmptyLines(), *members)
    return tuple(members)


@st.composite
def schemas(draw: st.DrawFn, dialect: Dialect = "5.17") -> ast.Schema:
    """A tree in the form in which the printer and the parser leave it: `parse(print(x)) == x`."""
    gap = st.just(ast.EmptyLines())
    items: list[ast.TopLevel] = []
    for item in draw(st.lists(st.one_of(blocks(dialect), blocks(dialect), comments(), gap), max_size=6)):
        if isinstance(item, ast.EmptyLines) and (not items or isinstance(items[-1], ast.EmptyLines)):
            continue
        items.append(item)
    return ast.Schema(items=_ended(items))


def _ended(items: list[ast.TopLevel]) -> tuple[ast.TopLevel, ...]:
    """A file ends with one line break: behind a `}` that is a gap of its own, behind a comment it is not."""
    while items and isinstance(items[-1], ast.EmptyLines):
        items.pop()
    return tuple(items) if items and isinstance(items[-1], ast.Comment) else (*items, ast.EmptyLines())


# --- texts ----------------------------------------------------------------------------------------------------------


@st.composite
def schema_texts(draw: st.DrawFn, dialect: Dialect = "5.17", *, block_comments: bool = True) -> str:
    """A file of right syntax in any layout, with what Prisma drops or that only a rule refuses."""
    several = [pieces.block_comments()] if block_comments and dialect != "5.17" else []
    noise = draw(st.randoms(use_true_random=False))
    newline = draw(st.sampled_from(pieces.NEWLINES))
    lines = draw(st.lists(st.one_of(_block_lines(dialect, several), _lines_between(several)), max_size=5))
    indented = [_indented(line, noise) for block in lines for line in block]
    ending = draw(st.sampled_from([newline, "", newline * 2, newline + "  "]))
    return newline.join(indented) + ending


def _indented(line: str, noise: Random) -> str:
    """Prisma 6 and 7 crash where a blank that is no ASCII stands before a block comment."""
    return line if line.startswith("/*") else pieces.maybe_blank(noise) + line


def _lines_between(several: list[Strategy[str]]) -> Strategy[list[str]]:
    one = st.sampled_from(["", "  "])
    return st.lists(st.one_of(pieces.line_comments(), *several, one), min_size=1, max_size=3)


@st.composite
def _block_lines(draw: st.DrawFn, dialect: Dialect, several: list[Strategy[str]]) -> list[str]:
    kind = draw(st.sampled_from(ast.BlockKind))
    name = draw(pieces.names(dialect))
    junk = st.sampled_from(["", "junk } behind", "\u3000", "/* a */ // b", "/* a", "/**/", "x /* a */"])
    on_one_line = [comments.map(lambda comment: comment.replace("\n * ", " ")) for comments in several]
    behind = draw(st.one_of(junk, pieces.line_comments(), *on_one_line))
    closing = draw(st.one_of(st.just("}"), st.just("} "), pieces.line_comments().map("} ".__add__)))
    between = draw(st.sampled_from([" ", "  ", "\u00a0"]))
    lines = draw(st.lists(_member_lines(kind, dialect, several), max_size=6))
    return [f"{kind.value}{between}{name}{draw(st.sampled_from(['', ' ']))}{{{behind}", *lines, closing]


def _member_lines(kind: ast.BlockKind, dialect: Dialect, several: list[Strategy[str]]) -> Strategy[str]:
    ending = st.sampled_from(["", " ", "\t", "\u3000"])
    blocks = [st.builds(" {}{}".format, comments, ending) for comments in several]
    trailing = st.one_of(st.just(""), st.just(""), pieces.line_comments().map(" ".__add__), *blocks)
    line = st.builds(str.__add__, _code(kind, dialect), trailing)
    return st.one_of(line, line, pieces.line_comments(), st.just(""), st.just(" \t"), *several)


def _code(kind: ast.BlockKind, dialect: Dialect) -> Strategy[str]:
    name, arguments = pieces.names(dialect), _written_arguments(dialect)
    attribute = st.builds("@{}{}{}".format, st.sampled_from(["", " "]), name, arguments)
    tail = st.lists(attribute, max_size=3).map(" ".join)
    block_attribute = attribute.map(lambda written: "@" + written)
    if kind.has_fields:
        arity = st.sampled_from(["", "?", "[]", " []", " ?"])
        unsupported = pieces.string_literals().map("Unsupported({})".format)
        field = st.builds("{} {}{} {}".format, name, st.one_of(name, unsupported), arity, tail)
        return st.one_of(field, field, field, block_attribute)
    if kind is ast.BlockKind.ENUM:
        return st.one_of(st.builds("{} {}".format, name, tail), name, block_attribute)
    value = st.one_of(expressions(dialect).map(print_expression), st.just(""))
    return st.builds("{}{}={}{}".format, name, st.sampled_from(["", "  "]), st.sampled_from(["", " "]), value)


def _written_arguments(dialect: Dialect) -> Strategy[str]:
    value = expressions(dialect).map(print_expression)
    argument = st.one_of(
        value,
        st.builds("{}{}: {}".format, pieces.names(dialect), st.sampled_from(["", " "]), value),
        pieces.names(dialect).map("{}:".format),
    )
    opening, comma = st.sampled_from(["(", " ( "]), st.sampled_from([",", " , ", ", "])
    closing = st.sampled_from([")", " )", ", )"])
    some = st.builds(_listed, opening, comma, st.lists(argument, min_size=1, max_size=3), closing)
    return st.one_of(st.just(""), st.just("()"), some)


def _listed(opening: str, comma: str, items: list[str], closing: str) -> str:
    return opening + comma.join(items) + closing


def mutations(originals: Strategy[str]) -> Strategy[str]:
    """Texts with a few characters cut, doubled or put in: most are no schemas."""
    inserted = st.one_of(
        st.sampled_from([*'{}()[]"@:,=/\n\r\\?', "//", "/*", "*/", "\ufeff", "model A {"]),
        st.text(max_size=2),
    )

    @st.composite
    def mutated(draw: st.DrawFn) -> str:
        text = draw(originals)
        for _ in range(draw(st.integers(1, 3))):
            place = draw(st.integers(0, len(text)))
            change = draw(st.sampled_from(_CHANGES))
            text = change(text, place, draw(inserted))
        return text

    return mutated()


_CHANGES: tuple[Callable[[str, int, str], str], ...] = (
    lambda text, place, new: text[:place] + new + text[place:],
    lambda text, place, _new: text[:place] + text[place + 1 :],
    lambda text, place, _new: text[:place] + text[place + 20 :],
    lambda text, place, _new: text[:place] + text[place : place + 9] + text[place:],
    lambda text, place, _new: text[:place],
)
