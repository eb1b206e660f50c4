"""A migration's script, read whole: a statement that is wrong does not hide the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.acts import acts_of
from kaven_schema.database.lint.blocks import acts_in_block
from kaven_schema.database.lint.parser import Parsed, SqlError, parse_sql
from kaven_schema.database.lint.words import words_of
from kaven_schema.database.migrations.statements import split_statements
from kaven_schema.diagnostics import Diagnostic, Label, Severity
from kaven_schema.source import Source, Span


class Script(NamedTuple):
    acts: tuple[Act, ...]
    problems: tuple[Diagnostic, ...]


def read_script(source: Source) -> Script:
    """Raises KavenError `sql_parser_missing`."""
    problems: list[Diagnostic] = []
    acts: list[Act] = []
    for number, statement in enumerate(_statements(source, problems)):
        acts += acts_of(statement, source.text, number)
        if statement.kind == "do_stmt":
            try:
                acts += acts_in_block(statement, source.text, number)
            except SqlError as error:
                problems.append(_problem(source, error.message, error.offset))
    return Script(tuple(acts), tuple(problems))


def _statements(source: Source, problems: list[Diagnostic]) -> Iterator[Parsed]:
    try:
        yield from parse_sql(source.text)
    except SqlError as error:
        if "\0" in source.text:
            problems.append(_problem(source, error.message, error.offset))
            return
        yield from _one_by_one(source, problems)


def _one_by_one(source: Source, problems: list[Diagnostic]) -> Iterator[Parsed]:
    for statement in split_statements(source.text):
        try:
            parsed = parse_sql(statement.text)
        except SqlError as error:
            problems.append(_problem(source, error.message, statement.start + error.offset))
            continue
        for one in parsed:
            yield _moved(one, statement.start)


def _moved(parsed: Parsed, offset: int) -> Parsed:
    return Parsed(parsed.kind, parsed.node, parsed.span.shifted(offset), lambda at: parsed.at(at) + offset)


def _problem(source: Source, message: str, offset: int) -> Diagnostic:
    word = next(words_of(source.text, Span(offset, len(source.text))), None)
    span = word.span if word and word.span.start == offset else Span(offset, offset)
    return Diagnostic(
        "sql_syntax",
        Severity.ERROR,
        f"PostgreSQL's parser says: {message}",
        (Label(source, span),),
        "mend the statement; what stands before the sign may be wrong too",
    )
