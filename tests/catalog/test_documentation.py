"""Documentation as we read it is what Prisma's own engine hands to generators."""

from __future__ import annotations

from typing import Any

import pytest

from kaven_schema.catalog.documentation import above, of_members, text_of
from kaven_schema.engines.schema_wasm import SchemaEngine
from kaven_schema.source import Source
from kaven_schema.syntax.document import read_document

SCHEMA = """\
/// lost

/// of A, first line
// nothing
///   second line, indented
model A { /// lost
  /// of the field
  // nothing
  ///   over two lines
  id String @id /// and behind it

  /// not this

  /// this, over a gap

  x Int
  /// of no attribute, but of the next field
  @@map("a")
  y Int
  /// not this either
  // because of this

  // comment
  z Int // plain
  ///
  empty Int
  //// four
  four Int?
  /// lost
}
  /// indented
  enum E {
    /// of a value
    P /// and behind
    Q
  }
model B { // nothing above
  id String @id
}
// only a comment
model C {
  id String @id
}
"""


@pytest.fixture(scope="module")
def engine() -> SchemaEngine:
    return SchemaEngine.load("5.17")


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_agrees_with_prisma(engine: SchemaEngine, line_break: str) -> None:
    text = SCHEMA.replace("\n", line_break)
    head = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n\n'
    datamodel = engine.dmmf([("schema.prisma", head + text)])["datamodel"]
    assert _ours(text) == {**_theirs(datamodel["models"], "fields"), **_theirs(datamodel["enums"], "values")}


def _theirs(blocks: list[dict[str, Any]], members: str) -> dict[str, str]:
    found = {block["name"]: block.get("documentation", "") for block in blocks}
    for block in blocks:
        found |= {f"{block['name']}.{one['name']}": one.get("documentation", "") for one in block[members]}
    return found


def _ours(text: str) -> dict[str, str]:
    found = {}
    for block in read_document(Source("schema.prisma", text)).blocks:
        found[block.name] = text_of(above(block))
        for member, lines in of_members(block.block):
            found[f"{block.name}.{member.name}"] = text_of(lines)
    return found


def test_places() -> None:
    (block, *_) = read_document(Source("schema.prisma", SCHEMA)).blocks
    for line in above(block):
        assert SCHEMA[line.span.start : line.span.end].startswith("///")
        assert SCHEMA[line.span.start : line.span.end].endswith(line.text)
    for _, lines in of_members(block.block):
        for line in lines:
            assert block.text[line.span.start : line.span.end].startswith("///")
            assert block.text[line.span.start : line.span.end].endswith(line.text)
