"""What DO blocks hide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.acts import acts_of
from kaven_schema.database.lint.dynamic import constant_text
from kaven_schema.database.lint.parser import Parsed, SqlError, parse_block, parse_sql
from kaven_schema.source import Span

_QUERIES = {"PLpgSQL_stmt_execsql": "sqlstmt", "PLpgSQL_stmt_fors": "query", "PLpgSQL_stmt_perform": "expr"}
_DYNAMIC = {"PLpgSQL_stmt_dynexecute": "query", "PLpgSQL_stmt_dynfors": "query"}


def acts_in_block(parsed: Parsed, text: str, number: int) -> Iterator[Act]:
    """The acts of each statement inside, in order, at their own places. Raises SqlError."""
    arguments = {wrapped.def_elem.defname: wrapped.def_elem for wrapped in parsed.node.args}
    language = arguments["language"].arg.string.sval if "language" in arguments else "plpgsql"
    if language != "plpgsql":
        yield _unread(f"a DO block in {language}", parsed.span, number)
        return
    written = arguments["as"]
    body, start = written.arg.string.sval, _body_start(text, parsed.at(written.location))
    verbatim = text.startswith(body, start)
    try:
        tree = parse_block(body)
    except SqlError as error:
        raise SqlError(error.message, start + error.offset if verbatim else parsed.span.start) from None
    for kind, statement in _statements(tree):
        place = _line_span(body, start, statement.get("lineno", 1)) if verbatim else parsed.span
        yield from _acts(kind, statement, place, text, number)


def _body_start(text: str, offset: int) -> int:
    mark = re.compile(r"\$\w*\$|[eE]?'").match(text, offset)
    return mark.end() if mark else offset


def _line_span(body: str, start: int, number: int) -> Span:
    lines = body.splitlines(keepends=True)
    begin = start + sum(map(len, lines[: number - 1]))
    line = lines[number - 1] if number <= len(lines) else ""
    return Span(begin + len(line) - len(line.lstrip()), begin + len(line.rstrip()))


def _statements(tree: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(tree, list):
        for item in tree:
            yield from _statements(item)
    elif isinstance(tree, dict):
        for kind, value in tree.items():
            if kind in _QUERIES or kind in _DYNAMIC:
                yield kind, value
            yield from _statements(value)


def _acts(kind: str, statement: dict[str, Any], place: Span, text: str, number: int) -> Iterator[Act]:
    sql = statement[_QUERIES.get(kind) or _DYNAMIC[kind]]["PLpgSQL_expr"]["query"]
    if kind in _DYNAMIC:
        constant = constant_text(sql)
        if constant is None:
            yield _unread("EXECUTE of a text made at run time", place, number)
            return
        sql = constant
    offset = text.find(sql, place.start)
    if kind in _DYNAMIC or offset < 0:
        offset = -1
    try:
        inner = parse_sql(sql)
    except SqlError as error:
        raise SqlError(error.message, offset + error.offset if offset >= 0 else place.start) from None
    for one in inner:
        for act in acts_of(one, sql, number):
            span = act.span.shifted(offset) if offset >= 0 else place
            yield replace(act, span=span, is_hidden=True)


def _unread(what: str, span: Span, number: int) -> Act:
    return Act(verb="dynamic", node=None, span=span, statement=number, name=what, is_hidden=True)
