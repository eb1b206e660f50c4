"""Places as reports name them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.source import Source, Span


@dataclass(frozen=True, slots=True)
class Place:
    """A half-open range: lines and columns count from 1, offsets from 0, all in characters (code points)."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    offset: int
    end_offset: int


def place_of(source: Source, span: Span, path: str | None = None) -> Place:
    """Where exactly a span is; one that lies beyond the text is brought back into it."""
    start = min(max(span.start, 0), len(source.text))
    end = min(max(span.end, start), len(source.text))
    first, last = source.position(start), source.position(end)
    return Place(path or source.path, first.line, first.column, last.line, last.column, start, end)


def without_line_break(source: Source, span: Span) -> Span:
    """The span without the line breaks at its end, so that it names no line on which nothing is meant."""
    end = min(span.end, len(source.text))
    while end > span.start and source.text[end - 1] in "\r\n":
        end -= 1
    return Span(span.start, end)


def relative_path(path: str, root: Path | None) -> str:
    """The path as seen from `root` (by default the working folder), with `/`; absolute if it is outside."""
    absolute, top = os.path.abspath(path), os.path.abspath(root or os.curdir)
    if absolute.startswith(top.rstrip(os.sep) + os.sep):
        absolute = os.path.relpath(absolute, top)
    return absolute.replace(os.sep, "/")
