"""The predicate of a partial index, read as SQL: its words, and what PostgreSQL's own parser says of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from importlib import import_module
from typing import Any, NamedTuple

from kaven_schema.rules.suggestions import nearest
from kaven_schema.syntax.literals import string_literal

# Compiled when a schema has such an index: that takes longer than all that is done for one that has none.
_LEXEME = r"""
    (?P<string>\b[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*')
  | (?P<comment>--|/\*)
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
  | (?P<cast>::)
  | (?P<other>\S)
"""
_WRITTEN = r'"[^"]*"|[\w.]+'
_NOT_NULL = r'^\(*(?:"((?:[^"]|"")+)"|([a-z_][\w$]*)) IS NOT NULL\)*$'
_LONGEST = 4_000  # the parser recurses in C: what is longer may end the process on this thread's stack
_BEFORE = "SELECT 1 WHERE ("
# Their value is not the same at each look, so PostgreSQL takes none of them into an index.
_MOMENTS = frozenset(
    ("now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday", "random")
    + ("gen_random_uuid", "current_setting", "set_config", "nextval")
)
_AGGREGATES = frozenset(
    ("array_agg", "avg", "bool_and", "bool_or", "count", "every", "json_agg", "jsonb_agg", "max", "min")
    + ("string_agg", "sum")
)


class Flaw(NamedTuple):
    """What is wrong from one character of the predicate to another; `replacement` mends it, where that is known."""

    start: int
    end: int
    message: str
    help: str
    replacement: str = ""


class Columns(NamedTuple):
    """A table's stored names, and the fields that are stored under another name."""

    names: Collection[str]
    by_field: dict[str, str]


def flaws(where: str, columns: Columns) -> Iterator[Flaw]:
    """All that can be told of a predicate without a database."""
    found = list(_word_flaws(where, columns))
    yield from found
    if not found:
        yield from _parser_flaws(where, columns)


def places_of(column: str, where: str) -> Iterator[tuple[int, int]]:
    """From where to where a predicate names a column, which it does without its table."""
    before = ""
    for token in re.finditer(_LEXEME, where, re.VERBOSE | re.DOTALL):
        if before not in ("::", ".") and not _leads_on(where, token.end()) and _named(token) == column:
            yield token.span()
        before = token[0]


def _named(token: re.Match[str]) -> str:
    """The name as PostgreSQL reads it; empty for what is none."""
    if token.lastgroup == "quoted":
        return token[0][1:-1].replace('""', '"')
    return token[0].lower() if token.lastgroup == "word" else ""


def with_column(where: str, old: str, new: str) -> str:
    """A predicate over another column."""
    for start, end in reversed(list(places_of(old, where))):
        where = where[:start] + '"' + new.replace('"', '""') + '"' + where[end:]
    return where


def quoted(name: str) -> str:
    """As SQL has to write a name that Prisma made."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        return name
    return '"' + name.replace('"', '""') + '"'


def holds_all(predicate: str, columns: Iterable[str]) -> bool:
    """Whether a predicate leaves out no row whose `columns` hold a value: what a foreign key looks for."""
    if not predicate:
        return True
    known = set(columns)
    terms = [re.match(_NOT_NULL, term.strip()) for term in re.split(r"\bAND\b", predicate)]
    return all(
        term is not None and (term[1].replace('""', '"') if term[1] else term[2]) in known for term in terms
    )


def bare(predicate: str) -> str:
    """Without the brackets that PostgreSQL puts around the whole."""
    if not (predicate.startswith("(") and predicate.endswith(")")):
        return predicate
    depth = 0
    for number, sign in enumerate(predicate):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0 and number < len(predicate) - 1:
            return predicate
    return predicate[1:-1]


def _word_flaws(where: str, columns: Columns) -> Iterator[Flaw]:
    before = ""
    depth = 0
    for token in re.finditer(_LEXEME, where, re.VERBOSE | re.DOTALL):
        kind, text, place = str(token.lastgroup), token[0], token.span()
        if kind == "comment" or text in ";\0":
            yield Flaw(*place, "a predicate is one expression, without comments", "leave it out")
            return
        if kind == "other" and text in "'\"":
            yield Flaw(*place, "this quote is never closed", f"write a second {text}")
            return
        depth += {"(": 1, ")": -1}.get(text, 0)
        if depth < 0:
            yield Flaw(*place, "this bracket closes none", "leave it out, or open one before it")
            return
        if kind in ("word", "quoted") and before not in ("::", ".") and not _leads_on(where, token.end()):
            yield from _name_flaws(kind, text, place, columns)
        before = text
    if depth:
        yield Flaw(0, len(where), "a bracket is never closed", "write `)` where it ends")


def _leads_on(where: str, end: int) -> bool:
    """A function's name, or what stands before a dot."""
    return where[end:].lstrip().startswith(("(", "."))


def _name_flaws(kind: str, text: str, place: tuple[int, int], columns: Columns) -> Iterator[Flaw]:
    if kind == "quoted":
        name = text[1:-1].replace('""', '"')
        if name not in columns.names:
            yield _no_column(name, place, columns)
        return
    if text in columns.by_field and text.lower() not in columns.names:
        column = columns.by_field[text]
        yield Flaw(
            *place, f"the field `{text}` is stored as {column}", f"write {quoted(column)}", quoted(column)
        )
    elif text in columns.names and text.lower() != text:
        yield Flaw(
            *place,
            f"PostgreSQL reads {text} without quotes as {text.lower()}",
            f"write {quoted(text)}: in a schema {string_literal(quoted(text))[1:-1]}",
            quoted(text),
        )


def _no_column(name: str, place: tuple[int, int], columns: Columns) -> Flaw:
    if name in columns.by_field:
        near = columns.by_field[name]
        return Flaw(*place, f"the field `{name}` is stored as {near}", f"write {quoted(near)}", quoted(near))
    near = nearest(name, columns.names)
    return Flaw(
        *place,
        f"the table has no column {name}",
        f"did you mean {quoted(near)}?" if near else f"name one of {', '.join(map(quoted, columns.names))}",
    )


def _parser_flaws(where: str, columns: Columns) -> Iterator[Flaw]:
    """Without the extra `database` the parser is not there: PostgreSQL itself judges when it migrates."""
    if len(where) > _LONGEST:
        return
    try:
        parser = import_module("postgast")
        too_deep: type[Exception] = import_module("google.protobuf.message").DecodeError
    except ImportError:
        return
    try:
        tree = parser.parse(f"{_BEFORE}{where}\n)")
    except too_deep:
        return
    except parser.PgQueryError as error:
        at = max(0, error.cursorpos - 1 - len(_BEFORE))
        if at >= len(where):  # at the bracket that is written here behind it
            last = len(where.rstrip())
            yield Flaw(
                max(0, last - 1), last, "the predicate ends too early", "write what follows, or end it before"
            )
            return
        yield Flaw(
            at, at + 1, f"PostgreSQL cannot read this: {error.message}", "write a condition on columns"
        )
        return
    at = _offsets(where)
    for _, node in parser.walk(tree):
        yield from _node_flaws(node, where, at, columns)


def _offsets(where: str) -> list[int]:
    """From the parser's bytes to characters of the predicate."""
    found = [0] * len(_BEFORE)
    for number, character in enumerate(where):
        found += [number] * len(character.encode())
    return [*found, len(where), len(where), len(where)]


def _node_flaws(node: Any, where: str, at: list[int], columns: Columns) -> Iterator[Flaw]:
    kind = node.DESCRIPTOR.name
    start = at[node.location] if getattr(node, "location", 0) > 0 else 0
    written = re.compile(_WRITTEN).match(where, start)
    end = written.end() if written else start + 1
    if kind == "ColumnRef":
        names = [part.string.sval for part in node.fields if part.HasField("string")]
        if len(names) != 1:
            yield Flaw(start, end, "a predicate names columns alone", "write the column without its table")
        elif names[0] not in columns.names:
            yield _no_column(names[0], (start, end), columns)
    elif kind == "SubLink":
        yield Flaw(start, end, "an index's predicate asks no other table", "write a condition on columns")
    elif kind == "ParamRef":
        yield Flaw(start, end, "an index's predicate takes no parameters", "write the value itself")
    elif kind == "SQLValueFunction" or (kind == "FuncCall" and _function(node) in _MOMENTS):
        yield Flaw(
            start, end, f"{where[start:end]} gives another value later", "compare with a value that stays"
        )
    elif kind == "FuncCall" and (_function(node) in _AGGREGATES or node.HasField("over")):
        yield Flaw(
            start,
            end,
            f"{where[start:end]} is of many rows, and a predicate of one",
            "write a condition on columns",
        )


def _function(node: Any) -> str:
    return str(node.funcname[-1].string.sval) if node.funcname else ""
