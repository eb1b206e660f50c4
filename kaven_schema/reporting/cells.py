"""How wide text is on a terminal, and a window of it that fits."""

from __future__ import annotations

from typing import NamedTuple

_TAB_WIDTH = 4
_ELLIPSIS = "…"
_REPLACEMENT = "�"
_CONTROL_PICTURES = 0x2400
_UNFIT = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_MARKS = frozenset({"Mn", "Me", "Cf"})
_SOFT_HYPHEN = "\u00ad"
_HANGUL_VOWELS_AND_FINALS = range(0x1160, 0x1200)
# Half of what is looked at of a line that nobody wrote by hand.
_FAR = 2_000


class Excerpt(NamedTuple):
    """A line made fit to show, and the cells, from 0, that a range of its characters takes."""

    text: str
    start: int
    end: int


def excerpt(line: str, start: int, end: int, width: int) -> Excerpt:
    """About `width` cells of a line around its characters from `start` to `end`; the range is never empty."""
    start = min(start, len(line))
    first = max(0, start - _FAR)
    shown, starts = _shown(line[first : start + _FAR])
    last = len(shown)
    from_cell, to_cell = starts[start - first], starts[min(max(start, end) - first, last)]
    left, right = _window(from_cell, to_cell, starts[last], width)
    kept = [index for index in range(last) if left <= starts[index] and starts[index + 1] <= right]
    if not kept:
        return Excerpt("", 0, 1)
    origin = starts[kept[0]]
    before = _ELLIPSIS if first or kept[0] else ""
    after = _ELLIPSIS if first + kept[-1] + 1 < len(line) else ""
    text = before + "".join(shown[index] for index in kept) + after
    begin = from_cell - origin + len(before)
    stop = min(to_cell, starts[kept[-1] + 1]) - origin + len(before)
    return Excerpt(text, begin, max(stop, begin + 1))


def _window(start: int, end: int, total: int, width: int) -> tuple[int, int]:
    if total <= width:
        return 0, total
    spare = max(width - (end - start), width // 4)
    left = max(0, min(start - spare // 2, total - width))
    return left, left + width


def _shown(text: str) -> tuple[list[str], list[int]]:
    """What to show for each character, and the cell at which each starts, and the last one ends."""
    shown, starts, cell = [], [0], 0
    for char in text:
        if char == "\t":
            piece, cells = _tab(cell)
        elif " " <= char <= "~":
            piece, cells = char, 1
        else:
            piece, cells = _rare(char)
        cell += cells
        shown.append(piece)
        starts.append(cell)
    return shown, starts


def _tab(cell: int) -> tuple[str, int]:
    cells = _TAB_WIDTH - cell % _TAB_WIDTH
    return " " * cells, cells


def _rare(char: str) -> tuple[str, int]:
    """A character that could move the cursor or turn the direction of the line is shown as a visible sign."""
    import unicodedata

    code, category = ord(char), unicodedata.category(char)
    if char < " ":
        return chr(_CONTROL_PICTURES + code), 1
    if category in _UNFIT or unicodedata.bidirectional(char) in _TURNING:
        return _REPLACEMENT, 1
    marks = category in _MARKS and char != _SOFT_HYPHEN
    if marks or code in _HANGUL_VOWELS_AND_FINALS:
        return char, 0
    return char, 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def one_line(text: str) -> str:
    """Text that can neither break the line nor move the cursor."""
    if text.isprintable():
        return text
    return "".join(_shown(" ".join(text.splitlines()))[0])
