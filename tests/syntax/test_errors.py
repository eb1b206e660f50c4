"""Every syntax error is told with its place: tests/fixtures/syntax/errors/<case>.prisma, 5.17 unless <case>@6.

<case>.txt is where the errors are and the rule of each, <case>.report what people read; UPDATE_EXPECT=1 writes both.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.reporting import render
from kaven_schema.source import Source
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.document import SYNTAX_ERROR, Document, read_document
from tests.laws.engines import cannot_read

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "syntax" / "errors"
CASES = sorted(path.stem for path in FOLDER.glob("*.prisma"))


def dialect_of(case: str) -> Dialect:
    return "6" if case.endswith("@6") else "5.17"


def text_of(case: str) -> str:
    return (FOLDER / f"{case}.prisma").read_bytes().decode()


def read_case(case: str) -> Document:
    return read_document(Source(f"{case}.prisma", text_of(case)), dialect_of(case))


@pytest.mark.parametrize("case", CASES)
def test_places(case, expect):
    found = read_case(case).diagnostics()
    assert found
    for diagnostic in found:
        assert diagnostic.rule == SYNTAX_ERROR
        assert diagnostic.message
        assert "\n" not in diagnostic.message + diagnostic.help
    lines = [f"{diagnostic.rule} {place(label)}\n" for diagnostic in found for label in diagnostic.labels]
    expect(FOLDER / f"{case}.txt", "".join(lines))


def place(label) -> str:
    start, end = (label.source.position(offset) for offset in label.span)
    return f"{start.line}:{start.column}-{end.line}:{end.column}"


@pytest.mark.parametrize("case", CASES)
def test_report(case, expect):
    expect(FOLDER / f"{case}.report", render("text", read_case(case).diagnostics()))


@pytest.mark.parametrize("case", CASES)
def test_prisma_refuses_it_too(case):
    # Nesting that nobody means is refused before it takes the stack.
    assert cannot_read(text_of(case), dialect_of(case)) or case == "nested_too_deep"


def test_every_expectation_has_its_case():
    assert {path.stem for path in FOLDER.iterdir()} == set(CASES)
