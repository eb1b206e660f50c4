"""One merged block, member by member. Whole merges are in `test_fixtures.py`."""

from __future__ import annotations

import pytest

from kaven_schema.merge.merger import merge_block
from kaven_schema.merge.pairing import MergedBlock, pair
from kaven_schema.source import Source
from kaven_schema.syntax.ast import Field
from kaven_schema.syntax.document import read_document
from kaven_schema.syntax.printer import print_block


def merged(base: str, *extended: str) -> list[str]:
    """The lines of a merged block, `R` being the only type that is a model."""
    result = merge_block(block(base, *extended), is_relation)
    assert len(result.parts) == len(result.block.members)
    return [line.strip() for line in print_block(result.block)][1:-1]


def block(base: str, *extended: str, kind: str = "model") -> MergedBlock:
    texts = [f"{kind} A {{{body}}}\n" for body in (base, *extended)]
    documents = [read_document(Source(f"f{number}.prisma", text)) for number, text in enumerate(texts)]
    return pair(documents[0], documents[1:]).blocks[0]


def is_relation(field: Field) -> bool:
    return field.type.name == "R"


FIELDS, RELATIONS = "// Extended fields (from f1.prisma)", "// Extended relations (from f1.prisma)"


def test_a_block_by_itself_stays_as_it_is():
    assert merged("\n  a Int\n  b R\n  c Int\n") == ["a Int", "b R", "c Int"]


def test_fields_then_relations_then_attributes():
    base = "\n  @@index([a])\n  r R\n  a Int\n"
    extended = "\n  s R\n  @@index([b])\n  b Int\n  @@unique([b])\n  t R\n"
    assert merged(base, extended) == [
        "r R",
        "a Int",
        "",
        FIELDS,
        "b Int",
        "",
        RELATIONS,
        "s R",
        "t R",
        "",
        "@@unique([b])",
        "@@index([a])",
        "@@index([b])",
    ]


@pytest.mark.parametrize(
    ("extended", "lines"),
    [
        ("\n  b Int\n", [FIELDS, "b Int"]),
        ("\n  s R\n", [RELATIONS, "s R"]),
        ("\n", []),
        ("\n  // x\n", ["// x"]),
        (" // x\n", ["// x"]),
        (" x\n  b Int\n", [FIELDS, "b Int"]),
        ("\n\n\n  b Int\n\n\n", [FIELDS, "b Int"]),
        ("\n  // x\n  b Int\n  // y\n", [FIELDS, "// x", "b Int", "", "// y"]),
        ("\n  // x\n\n  // y\n  b Int\n", [FIELDS, "// x", "", "// y", "b Int"]),
        ("\n  b Int\n  // x\n  s R\n", [FIELDS, "b Int", "", RELATIONS, "// x", "s R"]),
        ("\n  b Int\n\n  // x\n\n  s R\n", [FIELDS, "b Int", "", RELATIONS, "// x", "", "s R"]),
        ("\n  // x\n  @@id([a])\n", ["// x", "@@id([a])"]),
        ("\n  // x\n\n  @@id([a])\n", ["// x", "", "@@id([a])"]),
    ],
)
def test_what_an_extension_adds(extended, lines):
    assert merged("\n  a Int\n", extended) == ["a Int", *([""] if lines else []), *lines]


def test_a_file_that_reopens_a_block_twice_has_one_section():
    twice = MergedBlock((*block("\n  a Int\n", "\n  b Int\n").parts, block("\n", "\n  c Int\n").parts[1]))
    result = merge_block(twice, is_relation)
    assert [line.strip() for line in print_block(result.block)].count(FIELDS) == 1
    assert result.parts == (0, None, None, 1, None, 2, None)


def test_every_file_has_a_section():
    lines = merged("\n  a Int\n", "\n  b Int\n", "\n  c Int\n")
    assert lines[2:] == [FIELDS, "b Int", "", FIELDS.replace("f1", "f2"), "c Int"]


def test_values_of_an_enum():
    values = block('\n  B\n  @@map("x")\n', "\n  C\n", kind="enum")
    lines = [line.strip() for line in print_block(merge_block(values, is_relation).block)]
    assert lines == ["enum A {", "B", "", "// Extended values (from f1.prisma)", "C", "", '@@map("x")', "}"]


def test_members_know_their_part():
    result = merge_block(block("\n  a Int // x\n", "\n  // y\n  b Int\n"), is_relation)
    known = {
        part: [type(m).__name__ for m, p in zip(result.block.members, result.parts, strict=True) if p == part]
        for part in (0, 1)
    }
    assert known == {0: ["Field"], 1: ["Comment", "Field"]}
