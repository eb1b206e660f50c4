"""Ratios side by side, as text, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Result, Unit

_UNITS: dict[Unit, str] = {"cpu": "ms", "peak": "MB", "wall": "ms"}
_HEADINGS = ("what", "kaven", "min", "against", "median", "min", "ratio", "target")
_LEFT = (0, 3)


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians and minima of both sides, in the row's unit."""

    ours: float
    ours_least: float
    theirs: float
    theirs_least: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison. `start_up` is taken off both sides, then each is divided by its share."""

    what: str
    ours: Result
    against: str
    theirs: Result
    target: float | None = None
    unit: Unit = "cpu"
    shares: tuple[float, float] = (1, 1)
    start_up: Result | None = None

    @property
    def failure(self) -> str:
        return self.ours.failure or self.theirs.failure or (self.start_up.failure if self.start_up else "")

    def figures(self) -> Figures | None:
        """None where one of the sides failed."""
        if self.failure:
            return None
        return Figures(*self._side(self.ours, self.shares[0]), *self._side(self.theirs, self.shares[1]))

    def _side(self, result: Result, share: float) -> tuple[float, float]:
        off = self.start_up
        middle = result.median(self.unit) - (off.median(self.unit) if off else 0)
        least = result.minimum(self.unit) - (off.minimum(self.unit) if off else 0)
        return middle / share, least / share


def as_json(rows: Sequence[Row], about: Sequence[str]) -> dict[str, object]:
    return {"about": list(about), "rows": [_plain(row) for row in rows]}


def _plain(row: Row) -> dict[str, object]:
    figures = row.figures()
    return {
        "what": row.what,
        "against": row.against,
        "unit": _UNITS[row.unit],
        "kaven": figures and {"median": figures.ours, "minimum": figures.ours_least},
        "other": figures and {"median": figures.theirs, "minimum": figures.theirs_least},
        "ratio": figures and figures.ratio,
        "target": row.target,
        "failure": row.failure or None,
    }


def as_text(rows: Sequence[Row], about: Sequence[str]) -> str:
    cells = [_HEADINGS, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join([*about, "", *("  ".join(_padded(row, widths)).rstrip() for row in cells)])


def as_markdown(rows: Sequence[Row], about: Sequence[str]) -> str:
    rule = [":---" if column in _LEFT else "---:" for column in range(len(_HEADINGS))]
    lines = [" | ".join(cells) for cells in (_HEADINGS, rule, *map(_cells, rows))]
    return "\n".join([*(f"- {line}" for line in about), "", *(f"| {line} |" for line in lines)])


def _cells(row: Row) -> tuple[str, ...]:
    target = f"≤ {row.target:g} ×" if row.target else ""
    figures = row.figures()
    if figures is None:
        return (row.what, "", "", f"{row.against}: failed, {row.failure}", "", "", "", target)
    unit = _UNITS[row.unit]
    return (
        row.what,
        f"{_rounded(figures.ours)} {unit}",
        _rounded(figures.ours_least),
        row.against,
        f"{_rounded(figures.theirs)} {unit}",
        _rounded(figures.theirs_least),
        f"{figures.ratio:.3f} ×",
        target,
    )


def _rounded(figure: float) -> str:
    return f"{figure:.2f}" if figure < 10 else f"{figure:.0f}"


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    aligned = zip(range(len(cells)), cells, widths, strict=True)
    return [f"{cell:<{width}}" if column in _LEFT else f"{cell:>{width}}" for column, cell, width in aligned]
