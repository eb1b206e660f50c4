from __future__ import annotations

import pytest

from kaven_schema.source import Span
from kaven_schema.syntax.ast import Constant
from kaven_schema.syntax.dialect import DIALECTS
from kaven_schema.syntax.parser import Parser, parser_for
from kaven_schema.syntax.problems import LineSyntaxError, NestingError
from tests.running import python


@pytest.mark.parametrize("dialect", DIALECTS)
def test_equal_lines_share_one_tree(dialect):
    parser = parser_for(dialect)
    assert parser is parser_for(dialect)
    assert parser.attributes('@map("a")') is parser.attributes('@map("a")')
    assert parser.block_attribute("@@id([a])") is parser.block_attribute("@@id([a])")
    assert parser.expression("[a]") is parser.expression("[a]")


def test_spans_count_from_the_start_of_the_text():
    unique, map_ = parser_for("5.17").attributes('@unique  @map( "a" )')
    assert unique.span == Span(0, 7)
    assert map_.span == Span(9, 20)
    assert map_.arguments is not None
    assert map_.arguments.span == Span(13, 20)
    assert map_.arguments.items[0].span == Span(15, 18)


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("@a(", 3, "CLOSE"),
        ("@a(1 2)", 5, "COMMA"),
        ("@a(])", 3, "STRING"),
        ("@a) @b", 2, "ATTRIBUTE_NAME"),
        ("@a(?)", 3, ""),
    ],
)
def test_a_fault_has_its_place_and_what_could_stand_there(text, offset, expected):
    with pytest.raises(LineSyntaxError) as caught:
        parser_for("5.17").attributes(text)
    assert caught.value.offset == offset
    assert expected in caught.value.expected or not expected


def test_nesting_beyond_use_is_not_parsed():
    parser = parser_for("5.17")
    parser.expression("[" * 100 + "]" * 100)
    with pytest.raises(NestingError):
        parser.expression("[" * 101 + "]" * 101)


@pytest.mark.parametrize("text", ["a", "a.b", "true", "a-b", "1a"])
def test_words_are_constants(text):
    known_in_both = (
        {parser_for(dialect).expression(text) for dialect in DIALECTS} if not text[0].isdigit() else set()
    )
    assert known_in_both <= {Constant(name=text)}
    if text[0].isdigit():
        with pytest.raises(LineSyntaxError):
            parser_for("5.17").expression(text)


def test_what_another_run_parsed_is_taken_over():
    first, second = Parser("5.17"), Parser("5.17")
    parsed = first.attributes('@default(f([1, a], "x", b: -2.0)) @id')
    second.recall(first.parsed())
    taken = second.attributes('@default(f([1, a], "x", b: -2.0)) @id')
    assert taken == parsed
    assert [attribute.span for attribute in taken] == [attribute.span for attribute in parsed]
    assert not second.parsed()


def test_reading_attributes_that_were_kept_needs_no_lark(checkout):
    code = (
        "import sys\n"
        "from kaven_schema.syntax.parser import Parser\n"
        "parser = Parser('5.17')\n"
        "parser.recall({('attributes', '@id'): ()})\n"
        "parser.pattern('{NAME}', wide_blanks=True)\n"
        "assert 'lark' not in sys.modules, 'lark was loaded'\n"
    )
    done = python("-c", code, cwd=checkout)
    assert done.returncode == 0, done.stderr
