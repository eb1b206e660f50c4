"""Every construct of the language: tests/fixtures/syntax/constructs/<case>.prisma, 5.17 unless <case>@6 or @7.

<case>.tree is the tree with the places of its nodes, <case>.printed what the printer makes of it; UPDATE_EXPECT=1
writes both.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.syntax.dialect import DIALECTS, Dialect
from kaven_schema.syntax.printer import print_schema
from tests.laws.engines import cannot_read, prisma
from tests.laws.reading import document, tree
from tests.syntax.outlines import outline

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "syntax" / "constructs"
CASES = sorted(path.stem for path in FOLDER.glob("*.prisma"))


def dialect_of(case: str) -> Dialect:
    _, _, dialect = case.partition("@")
    return next((known for known in DIALECTS if known == dialect), "5.17")


def text_of(case: str) -> str:
    return (FOLDER / f"{case}.prisma").read_bytes().decode()


@pytest.mark.parametrize("case", CASES)
def test_tree(case, expect):
    expect(FOLDER / f"{case}.tree", outline(document(text_of(case), dialect_of(case))))


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
