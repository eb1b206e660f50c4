from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.reporting.places import place_of, relative_path, without_line_break
from kaven_schema.source import Source, Span

TEXT = Source("a.prisma", "ab\r\nc漢d\n")


def test_a_place_counts_characters():
    place = place_of(TEXT, Span(5, 6))
    assert (place.path, place.line, place.column, place.end_line, place.end_column) == (
        "a.prisma",
        2,
        2,
        2,
        3,
    )
    assert (place.offset, place.end_offset) == (5, 6)


def test_a_place_is_brought_into_the_text():
    assert place_of(TEXT, Span(-3, 99)) == place_of(TEXT, Span(0, len(TEXT.text)))


@pytest.mark.parametrize(("span", "end"), [((0, 4), 2), ((0, 3), 2), ((2, 4), 2), ((0, 5), 5), ((4, 99), 7)])
def test_a_line_break_at_the_end_names_no_further_line(span: tuple[int, int], end: int):
    assert without_line_break(TEXT, Span(*span)).end == end


def test_paths_are_relative_to_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path / "app")
    assert relative_path("prisma/a.prisma", None) == "prisma/a.prisma"
    assert relative_path("prisma/a.prisma", tmp_path) == "app/prisma/a.prisma"
    assert relative_path("../prisma/a.prisma", tmp_path) == "prisma/a.prisma"
    assert relative_path("../prisma/a.prisma", None) == str(tmp_path / "prisma" / "a.prisma")
    assert relative_path("../application/a.prisma", None) == str(tmp_path / "application" / "a.prisma")
