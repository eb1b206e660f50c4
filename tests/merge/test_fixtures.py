"""Whole merges, a folder each: what is written, byte for byte, and where each line of it comes from.

UPDATE_EXPECT=1 writes merged.prisma and origins.txt.
"""

from __future__ import annotations

import pytest

from kaven_schema.cache.blocks import BlockCache
from kaven_schema.diagnostics import Severity
from kaven_schema.proof.base_stands import find_losses
from tests.laws.engines import errors, prisma
from tests.merge.cases import CASES, Case
from tests.syntax.snippets import POSTGRESQL

EXPECTED = {
    "base.prisma",
    "extended.prisma",
    "extended",
    "merged.prisma",
    "origins.txt",
    "specification.prisma",
}
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@every_case
def test_merged(case: Case, expect):
    merged = case.compile()
    assert not [found for found in merged.diagnostics if found.severity is Severity.ERROR]
    expect(case.folder / "merged.prisma", merged.text)


@every_case
def test_origins(case: Case, expect):
    merged = case.compile()
    lines = merged.text.split("\n")[:-1]
    shown = [(merged.origin_of(number), line) for number, line in enumerate(lines, 1)]
    places = [
        (f"{origin.path.removeprefix('prisma/')}:{origin.line}" if origin else "", line)
        for origin, line in shown
    ]
    width = max(len(place) for place, _ in places)
    expect(
        case.folder / "origins.txt",
        "".join(f"{place:<{width}} | {line}".rstrip() + "\n" for place, line in places),
    )


@every_case
def test_prisma_accepts_it_and_leaves_it_as_it_is(case: Case):
    text = case.compile().text
    # The specification's example has no datasource, and without one Prisma knows no Decimal.
    assert not errors(text if "datasource" in text else POSTGRESQL + text, case.dialect)
    assert prisma(case.dialect).format(text) == text


@every_case
def test_base_stands(case: Case):
    assert find_losses(case.base.text, case.compile().text) == []


@every_case
def test_a_cached_merge_is_the_same(case: Case, tmp_path):
    anew = case.compile()
    for _ in range(2):
        cached = case.compile(BlockCache(tmp_path / "blocks", case.name))
        assert cached.text == anew.text
        assert cached.origins == anew.origins
        assert cached.diagnostics == anew.diagnostics


def test_every_expectation_has_its_case():
    for case in CASES:
        assert {path.name for path in case.folder.iterdir()} <= EXPECTED
