"""What the terminals take, alone. That they take what the grammar's rules do, `tests/laws` has."""

from __future__ import annotations

import pytest

from kaven_schema.source import Span
from kaven_schema.syntax.ast import BlockKind, Comment
from kaven_schema.syntax.lines import block_head, comment_node, file_items, parse_block


def taken(text: str) -> list[tuple[str | None, str]]:
    return [(item.lastgroup, item[0]) for item in file_items(text, "5.17")]


def test_a_file():
    text = "// x\n\n model A {\n}\n??\n  "
    assert taken(text) == [
        ("COMMENT_LINE", "// x\n"),
        ("EMPTY_LINES", "\n"),
        ("BLOCK", " model A {\n}"),
        ("EMPTY_LINES", "\n"),
        ("UNKNOWN_LINE", "??\n"),
        ("BLANKS", "  "),
    ]


def test_behind_a_block_that_is_never_closed_there_is_none():
    assert [name for name, _ in taken("model A {\nmodel B {\n  x\n")] == ["UNKNOWN_LINE"] * 3


def test_blocks_behind_other_unknown_lines_are_found():
    assert [name for name, _ in taken("model A\n{\nmodel B {\n}\n")] == [
        "UNKNOWN_LINE",
        "UNKNOWN_LINE",
        "BLOCK",
        "EMPTY_LINES",
    ]


@pytest.mark.parametrize(
    ("text", "kind", "name", "span"),
    [
        ("model A {\n}", BlockKind.MODEL, "A", Span(6, 7)),
        ("modelA{ x\n}", BlockKind.MODEL, "A", Span(5, 6)),
        (" generator\tmy-one {\r\n}", BlockKind.GENERATOR, "my-one", Span(11, 17)),
    ],
)
def test_heads(text, kind, name, span):
    assert block_head(text, "5.17") == (kind, name, span)


def test_equal_texts_share_one_tree():
    assert parse_block("enum A {\n  B\n}", "5.17") is parse_block("enum A {\n  B\n}", "5.17")
    assert parse_block("enum A {\n  B\n}", "5.17") is not parse_block("enum A {\n  B\n}", "6")


def test_a_comment_is_what_is_visible_of_its_line():
    assert comment_node("\u3000 // x \r\n", 10) == Comment(text="// x ")
    assert comment_node("\u3000 // x \r\n", 10).span == Span(12, 17)
