"""Every construct of the language: tests/fixtures/syntax/constructs/<case>.prisma, 5.17 unless <case>@6.

<case>.tree is the tree with the places of its nodes, <case>.printed what the printer makes of it; UPDATE_EXPECT=1
writes both.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kaven_schema.syntax.dump import dump_document
from kaven_schema.syntax.parser import Dialect
from kaven_schema.syntax.printer import print_schema
from tests.laws.engines import cannot_read, prisma
from tests.laws.reading import document, tree

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "syntax" / "constructs"
CASES = sorted(path.stem for path in FOLDER.glob("*.prisma"))


def dialect_of(case: str) -> Dialect:
    return "6" if case.endswith("@6") else "5.17"


def text_of(case: str) -> str:
    return (FOLDER / f"{case}.prisma").read_bytes().decode()


def outline(value: Any, indent: str = "") -> Iterator[str]:
    """A dumped tree, a node a line: what it is, what it says, where it stands."""
    children = {name: item for name, item in value.items() if isinstance(item, dict | list) and name != "at"}
    said = [f"{name}={item!r}" for name, item in value.items() if name not in ("node", "at", *children) and item]
    line, column, end_line, end_column = value["at"]
    yield " ".join([f"{indent}{value['node']} {line}:{column}-{end_line}:{end_column}", *said]) + "\n"
    for child in children.values():
        for item in child if isinstance(child, list) else [child]:
            yield from outline(item, indent + "  ")


@pytest.mark.parametrize("case", CASES)
def test_tree(case, expect):
    dumped = dump_document(document(text_of(case), dialect_of(case)))
    expect(FOLDER / f"{case}.tree", "".join(line for item in dumped["items"] for line in outline(item)))


@pytest.mark.parametrize("case", CASES)
def test_printed(case, expect):
    printed = print_schema(tree(text_of(case), dialect_of(case)))
    expect(FOLDER / f"{case}.printed", printed)
    assert print_schema(tree(printed, dialect_of(case))) == printed


@pytest.mark.parametrize("case", CASES)
def test_prisma_reads_it_and_formats_both_alike(case):
    text, dialect = text_of(case), dialect_of(case)
    assert not cannot_read(text, dialect)
    printed = print_schema(tree(text, dialect))
    assert prisma(dialect).format(printed) == prisma(dialect).format(text)


def test_every_expectation_has_its_case():
    assert {path.stem for path in FOLDER.iterdir()} == set(CASES)
