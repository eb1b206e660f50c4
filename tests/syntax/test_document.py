from __future__ import annotations

import pytest

from kaven_schema.source import Span
from kaven_schema.syntax.ast import BlockKind, Comment, EmptyLines
from kaven_schema.syntax.document import BlockText
from tests.laws.reading import document, tree

TEXT = """\
// head

  model A {
    id Int @id
    other B @relation(fields: [id],
  }
enum B {
  X,
}
enum C {
  X,
}
junk
"""


def test_items_stand_in_the_order_of_the_file():
    items = document(TEXT).items
    shown = [(item.kind, item.name) if isinstance(item, BlockText) else type(item) for item in items]
    assert shown == [
        Comment,
        EmptyLines,
        (BlockKind.MODEL, "A"),
        EmptyLines,
        (BlockKind.ENUM, "B"),
        EmptyLines,
        (BlockKind.ENUM, "C"),
        EmptyLines,
    ]


def test_blocks_know_their_place_without_being_read():
    for block in document(TEXT).blocks:
        assert TEXT[block.offset :].startswith(block.text)
        assert block.text[slice(*block.name_span)] == block.name
        assert block.text.endswith("}")


def test_equal_blocks_share_one_tree_and_not_its_place():
    first, second = document("enum E {\n  A\n}\n\nenum E {\n  A\n}\n").blocks
    assert first.parsed() is second.parsed()
    assert first.label(first.name_span).span == Span(5, 6)
    assert second.label(second.name_span).span == Span(21, 22)


def test_diagnostics_come_in_the_order_of_the_file():
    found = document(TEXT).diagnostics()
    lines = [
        label.source.position(label.span.start).line for diagnostic in found for label in diagnostic.labels
    ]
    assert lines == [5, 8, 11, 13]


def test_a_bad_line_hides_no_other():
    lines = ["id Int @id", "a: Int", "b Int", "c [Int]", "d Int", "e Int @x(", "f Int", "g", "h Int"]
    read = document("model A {\n" + "".join(f"  {line}\n" for line in lines) + "}\n\nmodel B {\n  a!\n}\n")
    assert [field.name for field in read.blocks[0].block.fields] == ["id", "b", "d", "f", "h"]
    assert len(read.diagnostics()) == 5


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_list_over_several_lines_is_one_error(newline):
    text = "model A {\n  id Int @id\n  @@index([\n    id,\n    id\n  ])\n  @@unique([\n    id])\n}\n"
    found = document(text.replace("\n", newline)).diagnostics()
    assert [label.source.position(label.span.start) for d in found for label in d.labels] == [(3, 3), (7, 3)]


def test_behind_a_block_without_an_end_nothing_more_is_said():
    assert len(document("model A {\n  id Int @id\n\nmodel B {\n  id Int\n").diagnostics()) == 1


@pytest.mark.parametrize("text", ["", "\n", " ", "\t \n  ", "// x", "// x\n"])
def test_files_without_a_block(text):
    assert tree(text).blocks == ()
    assert not document(text).diagnostics()
