"""The grammar says how a file, a body and a line are read; what reads them faster reads them the same.

A file and a body are rows of terminals, so regular expressions made of the grammar's terminals take them apart. Here
Lark does it, with the grammar's own rules `schema` and `*_body`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import strategies as st
from lark import Lark, UnexpectedInput

from kaven_schema.syntax.ast import Attribute, BlockKind
from kaven_schema.syntax.builder import LineBuilder
from kaven_schema.syntax.dialect import DIALECTS, Dialect, grammar_text
from kaven_schema.syntax.document import BlockText
from kaven_schema.syntax.lines import BLANK, LinePatterns
from kaven_schema.syntax.parser import WIDE_BLANKS, parser_for
from kaven_schema.syntax.printer import print_attribute
from kaven_schema.syntax.problems import LineSyntaxError
from kaven_schema.syntax.tables import START_RULES, build_parser
from tests.laws import strategies
from tests.laws.law import law
from tests.laws.reading import document
from tests.laws.test_syntax_laws import FIXTURES

FILE_RULES = ("schema", "model_body", "enum_body", "config_body")
BODY_RULES = {
    BlockKind.ENUM: "enum_body",
    BlockKind.DATASOURCE: "config_body",
    BlockKind.GENERATOR: "config_body",
}
Terminal = tuple[str, int, int]

right_and_wrong = st.one_of(
    [st.tuples(st.just(dialect), strategies.schema_texts(dialect)) for dialect in DIALECTS]
    + [
        st.tuples(st.just(dialect), strategies.mutations(strategies.schema_texts(dialect)))
        for dialect in DIALECTS
    ]
)


@cache
def grammar(dialect: Dialect) -> Lark:
    return build_parser(grammar_text(dialect), FILE_RULES)


@cache
def line_grammar(dialect: Dialect) -> Lark:
    """With Lark's own lexer, and tables that it makes now."""
    return build_parser(grammar_text(dialect), START_RULES, transformer=LineBuilder())


def by_lark(text: str, dialect: Dialect, rule: str) -> list[Terminal]:
    found: Any = grammar(dialect).parse(text, start=rule)
    return [(token.type, token.start_pos, token.end_pos) for token in found.children]


def by_patterns(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[Terminal]:
    found = [
        (item.lastgroup or "", item.start() - start, item.end() - start)
        for item in pattern.finditer(text, start, end)
    ]
    return [terminal for terminal in found if terminal[0] != "BLANKS"]


def assert_read_alike(text: str, dialect: Dialect) -> None:
    assert_taken_apart_alike(text, dialect, LinePatterns(parser_for(dialect), wide=True))
    if set(text).isdisjoint(WIDE_BLANKS):
        assert_taken_apart_alike(text, dialect, LinePatterns(parser_for(dialect), wide=False))


def assert_taken_apart_alike(text: str, dialect: Dialect, patterns: LinePatterns) -> None:
    assert by_patterns(patterns.file, text, 0, len(text)) == by_lark(text, dialect, "schema")
    for item in document(text, dialect).items:
        if isinstance(item, BlockText):
            head = patterns.head.match(item.text)
            assert head
            start, end = head.end(), len(item.text[: item.text.rindex("}")].rstrip(BLANK))
            rule = BODY_RULES.get(item.kind, "model_body")
            by_rule = by_lark(item.text[start:end], dialect, rule)
            assert by_patterns(patterns.body(item.kind), item.text, start, end) == by_rule


@law(right_and_wrong, examples=60)
def test_files_and_bodies_are_taken_apart_as_the_grammar_says(case):
    dialect, text = case
    assert_read_alike(text, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_fixtures_are_taken_apart_as_the_grammar_says(dialect):
    files = sorted(FIXTURES.rglob("*.prisma"))
    assert len(files) > 50
    for file in files:
        assert_read_alike(file.read_bytes().decode(), dialect)


right_lines = st.one_of(
    [st.tuples(st.just(dialect), strategies.attributes(dialect).map(print_attribute)) for dialect in DIALECTS]
)
lines = st.one_of(
    right_lines,
    right_lines.flatmap(lambda case: st.tuples(st.just(case[0]), strategies.mutations(st.just(case[1])))),
)


@law(lines, examples=150)
def test_lines_are_read_as_larks_own_lexer_reads_them(case):
    dialect, text = case
    assert by_our_lexer(text, dialect) == by_larks_lexer(text, dialect)


def by_our_lexer(text: str, dialect: Dialect) -> tuple[Attribute, ...] | None:
    try:
        return parser_for(dialect).attributes(text)
    except LineSyntaxError:
        return None


def by_larks_lexer(text: str, dialect: Dialect) -> Any:
    try:
        return line_grammar(dialect).parse(text, start="attributes")
    except UnexpectedInput:
        return None
