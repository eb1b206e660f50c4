"""Every case in every format, against the files beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.reporting import FORMATS, render
from tests.reporting.cases import CASES, FIXTURES


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_report(case: str, format: str, expect, checkout: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(checkout)
    (FIXTURES / case).mkdir(exist_ok=True)
    expect(FIXTURES / case / f"expected.{format}", render(format, CASES[case](), version="1.2.3"))


def test_every_fixture_belongs_to_a_case():
    assert {path.name for path in FIXTURES.iterdir()} == set(CASES)
    for case in CASES:
        sources = {label.source.path for found in CASES[case]() for label in found.labels}
        named = {f"prisma/{path.name}" for path in (FIXTURES / case).glob("*.prisma")}
        assert named == sources - {"prisma/empty.prisma"}
