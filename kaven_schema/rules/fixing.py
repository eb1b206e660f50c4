"""Edits that mend extended, and their application to the text."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from itertools import takewhile

from kaven_schema.diagnostics import Diagnostic, Edit, Fix
from kaven_schema.merge.pairing import Part
from kaven_schema.source import Source, Span
from kaven_schema.syntax.ast import BlockAttribute, EnumValue, Field

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def remove_line(part: Part, span: Span) -> Edit:
    """Remove the line on which `span` stands; spans here count from the start of the part's block."""
    text = part.text.text
    start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
    line_break = _LINE_BREAK.search(text, span.end)
    return replace(part, Span(start, line_break.end() if line_break else span.end), "")


def insert(part: Part, offset: int, text: str) -> Edit:
    return replace(part, Span(offset, offset), text)


def replace(part: Part, span: Span, text: str) -> Edit:
    return Edit(part.text.source, span.shifted(part.text.offset), text)


def make_optional(part: Part, declared: Field) -> Edit:
    """Write `?` behind a field's type."""
    return insert(part, declared.type.span.end, "?")


def add_lines(part: Part, lines: Iterable[str]) -> Edit:
    """Write lines behind the last field or value above the block attributes, indented as that is."""
    text = part.text.text
    last = _last_declaration(part)
    line_break = _LINE_BREAK.search(text, last.end)
    assert line_break is not None, "a block's first line and its fields end with a line break"
    start = max(text.rfind("\n", 0, last.start), text.rfind("\r", 0, last.start)) + 1
    indent = text[start : last.start] if start else "  "
    # Before the line break: what other fixes add below the last line is to stay below.
    return insert(part, line_break.start(), "".join(f"{line_break[0]}{indent}{line}" for line in lines))


def _last_declaration(part: Part) -> Span:
    above = takewhile(lambda line: not isinstance(line, BlockAttribute), part.block.members)
    declared = [line.span for line in above if isinstance(line, Field | EnumValue)]
    return declared[-1] if declared else Span(0, part.block.name_span.end)


def add_block(source: Source, head: str, lines: Iterable[str]) -> Edit:
    """Write a block at the end of a file, with an empty line before it."""
    found = _LINE_BREAK.search(source.text)
    line_break = found[0] if found else "\n"
    block = line_break.join([f"{head} {{", *(f"  {line}" for line in lines), "}"])
    end = len(source.text)
    is_line_open = bool(source.text) and not source.text.endswith(("\n", "\r"))
    written = line_break * 2 + block if is_line_open else line_break + block + line_break
    return Edit(source, Span(end, end), written)


# --- application ----------------------------------------------------------------------------------------


def apply_fixes(diagnostics: Iterable[Diagnostic]) -> dict[str, str]:
    """The new text of every file that the fixes change, by its path.

    A fix is applied as a whole or not at all: where two overlap the first wins, and the other is left for the
    next run. Equal edits count once.
    """
    return apply_and_tell(diagnostics)[0]


def apply_and_tell(diagnostics: Iterable[Diagnostic]) -> tuple[dict[str, str], tuple[Fix, ...]]:
    """As `apply_fixes`, and the fixes that were applied."""
    files: dict[str, _FileEdits] = {}
    taken = [found.fix for found in diagnostics if found.fix and _take(found.fix, files)]
    return {path: edits.applied() for path, edits in files.items() if edits.taken}, tuple(taken)


def _take(fix: Fix, files: dict[str, _FileEdits]) -> bool:
    for edit in fix.edits:
        files.setdefault(edit.source.path, _FileEdits(edit.source.text))
    has_room = all(files[edit.source.path].has_room_for(edit) for edit in fix.edits)
    if has_room:
        for edit in fix.edits:
            files[edit.source.path].take(edit)
    return has_room


class _FileEdits:
    """The edits of one file that are taken so far; none overlaps another."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.taken: dict[tuple[Span, str], None] = {}
        self.replaced: list[Span] = []
        self.inserted_at: list[int] = []

    def has_room_for(self, edit: Edit) -> bool:
        if (edit.span, edit.replacement) in self.taken:
            return True
        start, end = edit.span
        before = bisect_left(self.replaced, Span(end, end)) - 1
        if before >= 0 and self.replaced[before].end > start:
            return False
        return start == end or bisect_right(self.inserted_at, start) == bisect_left(self.inserted_at, end)

    def take(self, edit: Edit) -> None:
        if (edit.span, edit.replacement) in self.taken:
            return
        self.taken[edit.span, edit.replacement] = None
        if edit.span.start == edit.span.end:
            insort(self.inserted_at, edit.span.start)
        else:
            insort(self.replaced, edit.span)

    def applied(self) -> str:
        pieces: list[str] = []
        at = 0
        for span, replacement in sorted(self.taken, key=lambda edit: edit[0]):
            pieces += [self.text[at : span.start], replacement]
            at = span.end
        return "".join(pieces) + self.text[at:]
