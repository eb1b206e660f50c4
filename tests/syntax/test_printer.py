"""What the laws of `tests/laws` do not say of the printer: the cases in which it does more than Prisma's formatter."""

from __future__ import annotations

import pytest

from kaven_schema.syntax.ast import (
    Arguments,
    Attribute,
    Block,
    BlockKind,
    EmptyLines,
    Field,
    FieldType,
    Schema,
)
from kaven_schema.syntax.printer import format_schema, line_members, print_block, print_schema
from tests.laws.engines import prisma
from tests.laws.reading import tree


def assert_formatted(text: str, wanted: str) -> None:
    assert format_schema(tree(text)) == wanted
    assert format_schema(tree(wanted)) == wanted
    assert prisma("5.17").format(wanted) == wanted


def test_a_comment_behind_an_opening_brace_moves_inside():
    """Prisma's formatter drops it."""
    assert_formatted("enum E { // x\n  A\n}\n", "enum E {\n  // x\n\n  A\n}\n")


@pytest.mark.parametrize("comment", ["/// x", "//// x", "//x"])
def test_documentation_behind_an_opening_brace_documents_nothing(comment):
    """So Prisma sees it, who would take it for the first member's inside the block."""
    slashes = "// " if " " in comment else "//"
    assert_formatted(f"enum E {{ {comment}\n  A\n}}\n", f"enum E {{\n  {slashes}x\n\n  A\n}}\n")


@pytest.mark.parametrize("dialect", ["6", "7"])
@pytest.mark.parametrize(
    ("opening", "line"),
    [
        ("/* x */", "  // x\n\n"),
        ("/** / x **/", "  // / x\n\n"),
        ("/**/", ""),
        ("/* * */", ""),
        ("/* x", ""),
        ("/* x */ // y", ""),
        ("/* x */ /* y */", ""),
        ("A /* x */", ""),
    ],
)
def test_one_block_comment_behind_an_opening_brace_moves_inside(dialect, opening, line):
    """It would be documentation there too; anything else that Prisma drops, is dropped."""
    text, wanted = f"enum E {{ {opening}\n  A\n}}\n", f"enum E {{\n{line}  A\n}}\n"
    assert format_schema(tree(text, dialect)) == wanted
    assert prisma(dialect).format(wanted) == wanted


@pytest.mark.parametrize("dialect", ["6", "7"])
@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("  // c\n  /* a */\n", "  // c\n  /// a\n"),
        ("  /* a */ /* b\n   * c */\n", "  /**\n   * a\n   */\n  /// b\n  /// c\n"),
        ("  /// a\n  /**/\n  /* b */\n", "  /// a\n  /// b\n"),
        ("  /* a */\n\n  /* b */\n", "  /**\n   * a\n   */\n\n  /**\n   * b\n   */\n"),
    ],
)
def test_a_block_comment_below_a_comment_becomes_lines(dialect, written, wanted):
    """Prisma's formatter would wrap it once more at each run; to Prisma it is documentation either way."""
    text, wanted = f"enum E {{\n{written}  A\n}}\n", f"enum E {{\n{wanted}  A\n}}\n"
    assert format_schema(tree(text, dialect)) == wanted
    assert format_schema(tree(wanted, dialect)) == wanted
    assert prisma(dialect).format(wanted) == wanted


def test_a_block_comment_that_comes_to_stand_below_a_comment_becomes_lines():
    text = 'enum E { // c\n  @@map("e")\n  /* a */\n  A\n}\n'
    wanted = 'enum E {\n  // c\n  /// a\n  A\n\n  @@map("e")\n}\n'
    assert format_schema(tree(text, "6")) == wanted == prisma("6").format(wanted)


def test_without_block_comments_there_is_none_behind_an_opening_brace():
    assert_formatted("enum E { /* x */\n  A\n}\n", "enum E {\n  A\n}\n")


def test_a_block_comment_behind_a_closing_brace_is_documentation_of_the_next_block():
    text = "enum E {\n  A\n} /* x */\nenum F {\n  A\n}\n"
    wanted = "enum E {\n  A\n}\n\n/**\n * x\n */\nenum F {\n  A\n}\n"
    assert format_schema(tree(text, "6")) == wanted
    assert format_schema(tree(wanted, "6")) == wanted


def test_a_comment_behind_a_closing_brace_stays_with_its_block():
    """Prisma's formatter puts it above the next block at its first run, and away from it at the second."""
    text = "enum E {\n  A\n} // x\nenum F {\n  A\n}\n"
    assert_formatted(text, "enum E {\n  A\n}\n\n// x\n\nenum F {\n  A\n}\n")


def test_documentation_behind_a_closing_brace_is_that_of_the_next_block():
    text = "enum E {\n  A\n} /// x\nenum F {\n  A\n}\n"
    assert_formatted(text, "enum E {\n  A\n}\n\n/// x\nenum F {\n  A\n}\n")


def test_attributes_above_the_fields_leave_no_gap():
    """Prisma's formatter leaves one at its first run, and removes it at the second."""
    text = 'model A {\n  @@map("a")\n\n  id Int @id\n}\n'
    assert_formatted(text, 'model A {\n  id Int @id\n\n  @@map("a")\n}\n')
    engine = prisma("5.17")
    assert engine.format(print_schema(tree(text))) == engine.format(text) != format_schema(tree(text))


def test_blocks_on_one_line_are_set_apart():
    assert_formatted("enum E {\n  A\n} enum F {\n  A\n}", "enum E {\n  A\n}\n\nenum F {\n  A\n}\n")


@pytest.mark.parametrize("text", ["", "\n\n", "  "])
def test_nothing_is_one_line_break(text):
    assert_formatted(text, "\n")


def test_a_tree_made_by_hand():
    id_ = Field(name="id", type=FieldType(name="Int"), attributes=(Attribute(name="id"),))
    empty = Attribute(name="x", arguments=Arguments())
    name = Field(name="name", type=FieldType(name="String"), attributes=(empty, Attribute(name="unique")))
    block = Block(kind=BlockKind.MODEL, name="A", members=(EmptyLines(), id_, name, EmptyLines()))
    assert (
        format_schema(Schema(items=(block,)))
        == "model A {\n  id   Int    @id\n  name String @unique @x()\n}\n"
    )


def test_lines_of_a_block_know_their_members():
    (block,) = tree('model A {\n  @@map("a")\n  // x\n  id Int @id\n\n  b Int\n}\n').blocks
    assert list(zip(print_block(block), line_members(block), strict=True)) == [
        ("model A {", None),
        ("  // x", 1),
        ("  id Int @id", 2),
        ("", None),
        ("  b Int", 4),
        ("", None),
        ('  @@map("a")', 0),
        ("}", None),
    ]


def test_columns_are_aligned_by_bytes_as_prisma_does():
    text = "model A {\n  a 名 @x\n  bb B @y\n}\n"
    assert print_schema(tree(text, "6")) == "model A {\n  a  名 @x\n  bb B   @y\n}\n"
    assert prisma("6").format(text) == print_schema(tree(text, "6"))
