"""Partial indexes, which Prisma's language lacks, declared by a comment of their own in a model:

    /// @kaven.index([email], where: "\\"deletedAt\\" IS NULL", unique: true, map: "users_active_email_key")

The arguments are those of `@@index`; `where:` is SQL over columns. Prisma sees neither the comment nor such an index.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import BlockFacts, Place
from kaven_schema.merge.pairing import Part
from kaven_schema.source import Span
from kaven_schema.syntax.ast import (
    Argument,
    Array,
    Attribute,
    BlockAttribute,
    BlockKind,
    Comment,
    Constant,
    Expression,
    FunctionCall,
    StringLiteral,
)
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.lines import parse_block
from kaven_schema.syntax.literals import string_value

SIGN = "@kaven.index"
LONGEST_NAME = 63
METHODS = {
    "BTree": "btree",
    "Hash": "hash",
    "Gin": "gin",
    "Gist": "gist",
    "SpGist": "spgist",
    "Brin": "brin",
}
_DECLARED = re.compile(r"///[ \t]*@kaven\.index(?![\w.])")
_ARGUMENTS = ("", "fields", "where", "map", "name", "type", "unique")
_HEAD = "model X {\n  @@index"
_EXAMPLE = "/// @kaven.index([email], where: \"status = 'ACTIVE'\")"


class Element(NamedTuple):
    """One field of an index; `span` counts from the start of its part's block, `ops` is an operator class."""

    field: str
    descending: bool
    ops: str
    span: Span

    def __str__(self) -> str:
        """As it is written, with its options."""
        options = ["sort: Desc"] if self.descending else []
        options += [f'ops: raw("{self.ops}")'] if self.ops else []
        return f"{self.field}({', '.join(options)})" if options else self.field


class PartialIndex(NamedTuple):
    """One declaration. `name` is empty where none is written.

    `offsets` are the places of `where`'s characters in the part's block, and of its end.
    """

    elements: tuple[Element, ...]
    where: str
    name: str
    is_unique: bool
    method: str
    place: Place
    offsets: tuple[int, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(element.field for element in self.elements)

    def stored_name(self, facts: BlockFacts) -> str:
        """The name in the database: never the one that Prisma would give an index over the same fields."""
        if self.name:
            return self.name
        columns = [found.column if (found := facts.field(name)) else name for name in self.fields]
        return default_name(facts.table, columns, is_unique=self.is_unique)

    def where_span(self, start: int, end: int) -> Span:
        """Where a piece of the predicate stands in its part's block."""
        return Span(self.offsets[start], self.offsets[end])


class Misread(NamedTuple):
    """A declaration that says too little, or what nobody understands."""

    problem: str
    help: str
    place: Place


def partial_indexes(entry: Entry) -> tuple[PartialIndex, ...]:
    """The declarations of a model that can be read, in their order. Reads only blocks that have one."""
    return tuple(found for found in read_declarations(entry) if isinstance(found, PartialIndex))


def all_partial_indexes(catalog: Catalog) -> Iterator[tuple[Entry, PartialIndex]]:
    for entry in catalog.of_kind(BlockKind.MODEL):
        for index in partial_indexes(entry):
            yield entry, index


def read_declarations(entry: Entry) -> Iterator[PartialIndex | Misread]:
    """Every declaration inside of a model, read."""
    for number, part in enumerate(entry.merged.parts):
        if SIGN in part.text.text:
            for comment in _comments(part):
                if found := _DECLARED.match(comment.text):
                    yield _read(comment, found.end(), number, part.text.dialect)


def is_declaration(comment: str) -> bool:
    """Whether a comment, from its first slash on, declares an index."""
    return _DECLARED.match(comment) is not None


def _comments(part: Part) -> Iterator[Comment]:
    return (member for member in part.block.members if isinstance(member, Comment))


def _read(comment: Comment, end: int, number: int, dialect: Dialect) -> PartialIndex | Misread:
    place = Place(number, *comment.span)
    block, problems = parse_block(f"{_HEAD}{comment.text[end:]}\n}}\n", dialect)
    lines = [member for member in block.members if isinstance(member, BlockAttribute)]
    if problems or len(lines) != 1 or lines[0].attribute.arguments is None:
        why = f": {problems[0].message}" if problems else ""
        return Misread(f"this declares no index{why}", f"write it as `{_EXAMPLE}`", place)
    shift = comment.span.start + end - len(_HEAD) + lines[0].attributes_at
    return _Reader(lines[0].attribute, shift, place).index()


class _MisreadError(Exception):
    def __init__(self, problem: str, help: str) -> None:
        super().__init__(problem)
        self.help = help


class _Reader:
    """Takes the arguments of one declaration; `shift` leads from their spans to the block's."""

    def __init__(self, attribute: Attribute, shift: int, place: Place) -> None:
        self._arguments = attribute.arguments.items if attribute.arguments else ()
        self._shift = shift
        self._place = place

    def index(self) -> PartialIndex | Misread:
        try:
            self._check_names()
            where = self._where()
            elements, method, is_unique = self._elements(), self._method(), self._flag("unique")
            _check_method(elements, method, is_unique)
            return PartialIndex(
                elements=elements,
                where=string_value(where.raw),
                name=self._name(),
                is_unique=is_unique,
                method=method,
                place=self._place,
                offsets=_offsets(where.raw, where.span.start + self._shift),
            )
        except _MisreadError as error:
            return Misread(str(error), error.help, self._place)

    def _check_names(self) -> None:
        for argument in self._arguments:
            if argument.name not in _ARGUMENTS:
                known = ", ".join(f"{name}:" for name in _ARGUMENTS[2:] if name != "name")
                raise _MisreadError(
                    f"a partial index has no `{argument.name}:`", f"it takes the fields, {known}"
                )

    def _value(self, *names: str) -> Expression | None:
        found: list[Argument] = [one for one in self._arguments if one.name in names]
        if len(found) > 1:
            raise _MisreadError(f"`{names[-1]}:` is given twice", "leave one of the two")
        return found[0].value if found else None

    def _elements(self) -> tuple[Element, ...]:
        value = self._value("", "fields")
        elements = value.elements if isinstance(value, Array) else (value,) if value else ()
        if not elements:
            raise _MisreadError("a partial index names its fields itself", f"write it as `{_EXAMPLE}`")
        return tuple(self._element(one) for one in elements)

    def _element(self, node: Expression) -> Element:
        if isinstance(node, Constant):
            return Element(node.name, descending=False, ops="", span=self._span(node.span, node.name))
        if not isinstance(node, FunctionCall):
            raise _MisreadError("an index is over fields", f"write it as `{_EXAMPLE}`")
        for argument in node.arguments:
            if argument.name not in ("sort", "ops"):
                raise _MisreadError(
                    f"`{node.name}` takes no `{argument.name}:` here", "it takes sort: and ops:"
                )
        sort, ops = node.arguments.named("sort"), node.arguments.named("ops")
        if sort is not None and not (isinstance(sort, Constant) and sort.name in ("Asc", "Desc")):
            raise _MisreadError("a sort order is Asc or Desc", f"write `{node.name}(sort: Desc)`")
        descending = isinstance(sort, Constant) and sort.name == "Desc"
        return Element(node.name, descending, _raw(ops), self._span(node.span, node.name))

    def _span(self, span: Span, name: str) -> Span:
        start = span.start + self._shift
        return Span(start, start + len(name))

    def _where(self) -> StringLiteral:
        value = self._value("where")
        if not isinstance(value, StringLiteral) or not string_value(value.raw).strip():
            raise _MisreadError("a partial index says `where:`, as a string", f"write it as `{_EXAMPLE}`")
        return value

    def _name(self) -> str:
        value = self._value("map", "name")
        if value is None:
            return ""
        name = string_value(value.raw) if isinstance(value, StringLiteral) else ""
        if not name or len(name.encode()) > LONGEST_NAME:
            raise _MisreadError(
                "an index has a name of 1 to 63 bytes", 'write `map: "users_active_idx"`, or leave it out'
            )
        return name

    def _flag(self, name: str) -> bool:
        value = self._value(name)
        if value is None:
            return False
        if not isinstance(value, Constant) or value.name not in ("true", "false"):
            raise _MisreadError(f"`{name}:` is true or false", f"write `{name}: true`")
        return value.name == "true"

    def _method(self) -> str:
        value = self._value("type")
        if value is None:
            return "BTree"
        if not isinstance(value, Constant) or value.name not in METHODS:
            raise _MisreadError("this is no type of index", f"write one of {', '.join(METHODS)}")
        return value.name


def _check_method(elements: tuple[Element, ...], method: str, is_unique: bool) -> None:
    """What PostgreSQL has for a BTree alone."""
    if method == "BTree":
        return
    if is_unique:
        raise _MisreadError(f"a {method} index cannot be unique", f"leave out `type: {method}`")
    if any(one.descending for one in elements):
        raise _MisreadError(f"a {method} index has no order", "leave out `sort: Desc`")
    if method in ("Hash", "SpGist") and len(elements) > 1:
        raise _MisreadError(f"a {method} index is over one field", f"leave out `type: {method}`")


def _raw(value: Expression | None) -> str:
    if value is None:
        return ""
    literal = value.arguments.named("") if isinstance(value, FunctionCall) and value.name == "raw" else None
    ops = string_value(literal.raw) if isinstance(literal, StringLiteral) else ""
    if not re.fullmatch(r"[a-z_][a-z0-9_.]*", ops):
        raise _MisreadError(
            "an operator class is given as PostgreSQL names it", 'write `ops: raw("text_pattern_ops")`'
        )
    return ops


def _offsets(raw: str, start: int) -> tuple[int, ...]:
    """Where each character of a literal's value is written."""
    pieces = list(re.finditer(r"\\u[0-9a-fA-F]{4}|\\.|.", raw[1:-1], re.DOTALL))
    end = start + len(raw) - 1
    if len(pieces) != (length := len(string_value(raw))):  # surrogate pairs: the literal as a whole will do
        return (*(start + 1,) * length, end)
    return (*(start + 1 + piece.start() for piece in pieces), end)


def default_name(table: str, columns: Iterable[str], *, is_unique: bool) -> str:
    suffix = "_partial_key" if is_unique else "_partial_idx"
    room = LONGEST_NAME - len(suffix)
    return "_".join([table, *columns]).encode()[:room].decode(errors="ignore") + suffix


def declaration_line(
    fields: tuple[str, ...], where: str, *, name: str = "", is_unique: bool = False, method: str = "BTree"
) -> str:
    """What to write into a model; `fields` may carry their options."""
    options = ["unique: true"] if is_unique else []
    options += [f"type: {method}"] if method != "BTree" else []
    options += [f"map: {json.dumps(name, ensure_ascii=False)}"] if name else []
    arguments = [f"[{', '.join(fields)}]", f"where: {json.dumps(where, ensure_ascii=False)}", *options]
    return f"/// {SIGN}({', '.join(arguments)})"
