"""How problems are found. What they say is in tests/fixtures/syntax/errors."""

from __future__ import annotations

import pytest

from kaven_schema.source import Span
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.problems import (
    MOST_PROBLEMS,
    Problem,
    _ends_of_open_lists,
    explain_unknown_lines,
    find_bad_escape,
    first_of,
    nests_too_deep,
    open_brackets,
)
from tests.laws.reading import document


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("@@index([a", 2),
        ("])", -2),
        ("@a(b)", 0),
        ('@a("((")', 0),
        (r'@a("\"((")', 0),
        ("@a( // ((", 1),
        ('@a("// (" (', 2),
        ('@a("never closed)', 0),
    ],
)
def test_open_brackets(line, count):
    assert open_brackets(line) == count


@pytest.mark.parametrize(
    ("opened", "ends"),
    [
        ([], []),
        ([0, 0], [0, 1]),
        ([2, 0, -2], [2, 1, 2]),
        ([1, 1, -1, -1], [3, 2, 2, 3]),
        ([1, -1, 1, -1], [1, 1, 3, 3]),
        ([2, -1], [0, 1]),
        ([1, 1, -1], [0, 2, 2]),
        ([-1, 1, -1], [0, 2, 2]),
    ],
)
def test_lines_that_close_what_others_leave_open(opened, ends):
    assert _ends_of_open_lists(opened) == ends


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (r'("a\n\t\"\\\/\b\f\r")', None),
        (r'("\u00e9 \ud83c\udf89")', None),
        (r'("C:\data")', 4),
        (r'("a\\\d")', 5),
        (r'("\u12")', 2),
        (r'("\ud83c")', 2),
        (r'("\udf89")', 2),
        (r'("a", "\q")', 7),
    ],
)
def test_bad_escapes(text, place):
    found = find_bad_escape(text, 100)
    assert (found and found.span) == (None if place is None else Span(100 + place, 102 + place))


@pytest.mark.parametrize(
    ("text", "is_deep"),
    [
        ("(" * 100, False),
        ("(" * 101, True),
        ("()" * 1000, False),
        ("([" * 51, True),
        ("{a:" * 101, True),
        (f'"{"(" * 200}"', False),
    ],
)
def test_nesting(text, is_deep):
    assert nests_too_deep(text) is is_deep


def test_the_first_thousand_problems_are_told():
    problems = [Problem(Span(number, number + 1), "x") for number in range(MOST_PROBLEMS + 5)]
    assert first_of(problems[:MOST_PROBLEMS]) == problems[:MOST_PROBLEMS]
    told = first_of(problems)
    assert told[:-1] == problems[:MOST_PROBLEMS]
    assert told[-1].span == problems[MOST_PROBLEMS].span


@pytest.mark.parametrize("text", ["???\n" * 5000, "model A {\n" + "  a Int @b(?)\n" * 5000 + "}\n"])
def test_a_file_of_nothing_but_errors(text):
    assert len(document(text).diagnostics()) == MOST_PROBLEMS + 1


@pytest.mark.parametrize("opening", ["id Int @id }", "A B } // roles"])
def test_a_block_on_one_line_is_told_at_the_block_that_it_swallows(opening):
    (told,) = explain_unknown_lines([(30, "model B {\n")], BlockKind.MODEL, "5.17", opening)
    assert told.span == Span(36, 37)
    assert told.message == "the block above `model B` is written on one line, and so not closed"
    assert told.help == "put its members, and its closing `}`, on lines of their own"


@pytest.mark.parametrize("opening", ["", "// }{", "@@index([a])"])
def test_a_block_without_an_end_is_told_as_such(opening):
    (told,) = explain_unknown_lines([(30, "model B {\n")], BlockKind.MODEL, "5.17", opening)
    assert told.message == "the block above is not closed before `model B`"
