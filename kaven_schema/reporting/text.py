"""Diagnostics as a compiler shows them: message, place, the line itself with carets, help.

error[field_not_redeclared]: `User.email` is declared by the base
  --> prisma/schema.extended.prisma:3:3
   |
 3 |   email String @unique
   |   ^^^^^ declared again here
   |
  --> prisma/schema.base.prisma:12:3
   |
12 |   email String @unique
   |   ^^^^^ the base declares it here
   |
   = help: remove the line
   = fix: remove `email` (kaven check --fix)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kaven_schema.diagnostics import Diagnostic, Label, Severity
from kaven_schema.reporting.cells import excerpt, one_line
from kaven_schema.reporting.order import in_order, summary
from kaven_schema.reporting.places import Place, place_of, without_line_break

_BOLD, _RED, _YELLOW, _BLUE, _CYAN = "1", "1;31", "1;33", "1;34", "1;36"
_SEVERITY_COLOURS = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW}
_WIDTH = 100


def render(diagnostics: Iterable[Diagnostic], *, colour: bool = False, width: int = _WIDTH) -> str:
    """Every diagnostic and a summary line; `width` is how many cells of a source line are shown."""
    found = in_order(diagnostics)
    blocks = ["\n".join(_Block(one, colour, width).lines()) for one in found]
    return "\n\n".join([*blocks, summary(found)]) + "\n"


class _Block:
    """One diagnostic; its gutter is as wide as its longest line number."""

    def __init__(self, found: Diagnostic, colour: bool, width: int) -> None:
        self._found = found
        self._colour = colour
        self._width = width
        self._hue = _SEVERITY_COLOURS[found.severity]
        self._places = [_shown_place(label) for label in found.labels]
        self._margin = max((len(str(place.end_line)) for place in self._places), default=1)

    def lines(self) -> Iterator[str]:
        found = self._found
        head = self._paint(f"{found.severity.value}[{found.rule}]", self._hue)
        yield f"{head}{self._paint(f': {one_line(found.message)}', _BOLD)}"
        for label, place in zip(found.labels, self._places, strict=True):
            yield from self._label(label, place)
        if found.help:
            yield self._note("help", found.help)
        if found.fix:
            yield self._note("fix", f"{found.fix.title} (kaven check --fix)")

    def _label(self, label: Label, place: Place) -> Iterator[str]:
        arrow = self._paint("-->", _BLUE)
        yield f"{' ' * self._margin}{arrow} {one_line(place.path)}:{place.line}:{place.column}"
        yield self._gutter()
        if place.line == place.end_line:
            yield from self._underlined(label, place.line, place.column, place.end_column)
        else:
            yield from self._underlined(label, place.line, place.column, None)
            if place.end_line > place.line + 1:
                yield self._paint("...", _BLUE)
            yield from self._underlined(label, place.end_line, _first_column(label, place), place.end_column)
        yield self._gutter()

    def _underlined(self, label: Label, line: int, column: int, end_column: int | None) -> Iterator[str]:
        """The line and carets below it; without `end_column` up to the line's end, for the range goes on."""
        text = label.source.line_text(line)
        last = end_column is not None
        cut = excerpt(text, column - 1, len(text) if end_column is None else end_column - 1, self._width)
        yield self._gutter(str(line), cut.text)
        carets = "^" * (cut.end - cut.start) + (f" {one_line(label.text)}" if last and label.text else "")
        yield self._gutter("", " " * cut.start + self._paint(carets, self._hue))

    def _gutter(self, number: str = "", text: str = "") -> str:
        return f"{self._paint(f'{number:>{self._margin}} |', _BLUE)} {text}".rstrip()

    def _note(self, kind: str, text: str) -> str:
        sign = self._paint("=", _BLUE)
        return f"{' ' * self._margin} {sign} {self._paint(f'{kind}:', _CYAN)} {one_line(text)}"

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _first_column(label: Label, place: Place) -> int:
    """Where the last line's own text begins: its indentation is nothing to point at."""
    text = label.source.line_text(place.end_line)[: place.end_column - 1]
    return len(text) - len(text.lstrip()) + 1


def _shown_place(label: Label) -> Place:
    return place_of(label.source, without_line_break(label.source, label.span))
