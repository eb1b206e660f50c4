from __future__ import annotations

import pytest

from kaven_schema.source import Span
from kaven_schema.syntax.ast import Array, BlockKind, Constant, NumericLiteral, StringLiteral
from tests.laws.reading import tree

SCHEMA = """\
model A { // x
  id   Int    @id
  name String @map("n") @db.VarChar(20)

  /// y
  @@index([name], map: "i")
}

enum B {
  C @map("c")
}

generator c {
  provider = "x"
}
"""


def test_blocks_look_at_themselves():
    schema = tree(SCHEMA)
    model, enum, generator = schema.blocks
    assert [block.name for block in schema.blocks] == ["A", "B", "c"]
    assert [field.name for field in model.fields] == ["id", "name"]
    assert [attribute.attribute.name for attribute in model.attributes] == ["index"]
    assert [value.name for value in enum.values] == ["C"]
    assert [line.name for line in generator.properties] == ["provider"]
    assert not model.values
    assert not model.properties
    assert not enum.fields
    assert not generator.attributes


def test_attributes_are_found_by_name():
    _, name = tree(SCHEMA).blocks[0].fields
    map_ = name.attribute("map")
    assert map_ is not None
    assert map_.argument("name", "") == StringLiteral(raw='"n"')
    assert name.attribute("unique") is None
    (value,) = tree(SCHEMA).blocks[1].values
    assert value.attribute("map") is not None
    assert value.attribute("ignore") is None


def test_arguments_are_found_by_name_or_by_having_none():
    (index,) = tree(SCHEMA).blocks[0].attributes
    assert index.attribute.argument("fields", "") == Array(elements=(Constant(name="name"),))
    assert index.attribute.argument("map") == StringLiteral(raw='"i"')
    assert index.attribute.argument("type") is None
    assert index.attribute.arguments is not None
    assert [argument.name for argument in index.attribute.arguments] == ["", "map"]
    id_ = tree(SCHEMA).blocks[0].fields[0].attribute("id")
    assert id_ is not None
    assert id_.argument("map") is None


def test_places_within_a_line_count_from_the_block():
    name = tree(SCHEMA).blocks[0].fields[1]
    native = name.attribute("db.VarChar")
    assert native is not None
    assert SCHEMA[slice(*name.place_of(native))] == "@db.VarChar(20)"


def test_places_make_no_difference():
    moved = tree("\n\n" + SCHEMA.replace("  id", "      id"))
    assert moved.blocks == tree(SCHEMA).blocks
    assert hash(moved.blocks) == hash(tree(SCHEMA).blocks)
    assert NumericLiteral(text="1", span=Span(1, 2)) == NumericLiteral(text="1")
    assert NumericLiteral(text="1.0") != NumericLiteral(text="1.00")


@pytest.mark.parametrize(("text", "is_documentation"), [("// x", False), ("/// x", True), ("//// x", True)])
def test_documentation(text, is_documentation):
    (comment,) = tree(text).items
    assert comment.is_documentation is is_documentation  # type: ignore[union-attr]


def test_kinds_with_fields():
    assert [kind.value for kind in BlockKind if kind.has_fields] == ["model", "view", "type"]
