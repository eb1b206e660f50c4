"""A drawing as SVG. Whatever comes from the schema is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from html import escape
from math import atan2, degrees
from typing import NamedTuple

from kaven_schema.docs.diagrams.drawing import Drawing, PlacedBox, PlacedFrame, PlacedLink, Point
from kaven_schema.docs.diagrams.picture import (
    HEADER,
    OWNER_LABELS,
    ROW,
    Owner,
    Row,
    short,
    short_name,
    short_type,
    shown_title,
)


class Links(NamedTuple):
    """The addresses of the pages of models and areas by their names; None where there is none."""

    model: Callable[[str], str | None]
    area: Callable[[str], str | None]


_LEGEND = 64
_LEGEND_WIDTH = 860
# A crow's foot and its like, at the end of a line that comes from the right and ends at 0,0.
_ENDS = {
    "1": "M8-5V5M13-5V5",
    "0..1": "M8-5V5",
    "0..n": "M0-7L12 0L0 7",
}


def to_svg(
    drawing: Drawing, *, links: Links | None = None, style: str | None = None, legend: bool = False
) -> str:
    """`style` goes inside; None leaves it to the page that the picture is part of."""
    width = max(drawing.width, _LEGEND_WIDTH if legend else 0)
    height = drawing.height + (_LEGEND if legend else 0)
    title = drawing.picture.title
    w, h = _n(width), _n(height)
    size = f'viewBox="0 0 {w} {h}" width="{w}" height="{h}"'
    about = f'role="group" aria-label="{escape(_label(drawing))}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="erd" {size} {about}>',
        f"<title>{escape(title)}</title>",
    ]
    if style is not None:
        parts.append(f'<style>{style}</style><rect class="page" width="100%" height="100%"/>')
    # Lines between areas pass behind those that are in between.
    parts += [_link(link) for link in drawing.links if not link.link.parent_end]
    parts += [_frame(frame, links) for frame in drawing.frames]
    parts += [_link(link) for link in drawing.links if link.link.parent_end]
    parts += [_box(one, links) for one in drawing.boxes]
    if legend:
        parts.append(_legend(drawing))
    return "\n".join([*parts, "</svg>\n"])


def _label(drawing: Drawing) -> str:
    boxes, links = len(drawing.boxes), len(drawing.links)
    return f"Entity relationship diagram: {drawing.picture.title}, {boxes} models, {links} lines"


def _n(number: float) -> str:
    """A number as short as it can be told to a tenth of a pixel."""
    return f"{number:.1f}".removesuffix(".0")


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "") -> str:
    attributes = (f' class="{kind}"' if kind else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{_n(x)}" y="{_n(y)}"{attributes}>{escape(text, quote=False)}</text>'


def _frame(frame: PlacedFrame, links: Links | None) -> str:
    place = f'x="{_n(frame.x)}" y="{_n(frame.y)}" width="{_n(frame.width)}" height="{_n(frame.height)}"'
    if frame.title_size:
        inside = _text(frame.x, frame.y - 16, shown_title(frame.name), "far")
        title = f'<g style="font-size:{frame.title_size}px">{inside}</g>'
    else:
        title = _text(frame.x + 14, frame.y + 22, short(frame.name, max(4, int(frame.width / 9.4) - 2)))
    title = _linked(title, links and links.area(frame.name))
    return f'<g class="frame"><title>{escape(frame.name)}</title><rect {place} rx="6"/>{title}</g>'


def _linked(inside: str, address: str | None) -> str:
    return f'<a href="{escape(address)}">{inside}</a>' if address else inside


# --- boxes ----------------------------------------------------------------------------------------------------------


def _box(placed: PlacedBox, links: Links | None) -> str:
    box = placed.box
    kinds = [
        "model",
        box.owner.value,
        *(["aside"] if box.is_aside else []),
        *(["centre"] if box.is_centre else []),
    ]
    inside = "".join(_box_parts(placed))
    place = f'data-model="{escape(box.name)}" transform="translate({_n(placed.x)} {_n(placed.y)})"'
    group = f'<g class="{" ".join(kinds)}" {place}>{inside}</g>'
    return _linked(group, links and links.model(box.name))


def _box_parts(placed: PlacedBox) -> Iterator[str]:
    box = placed.box
    width, height = box.width, box.height
    radius = 11 if box.owner is Owner.YOURS else 2
    told = f"{box.name} ({OWNER_LABELS[box.owner]})" + (f": {box.title}" if box.title else "")
    yield f"<title>{escape(told)}</title>"
    yield f'<rect class="body" width="{width}" height="{height}" rx="{radius}"/>'
    yield f'<path class="head" d="{_head(width, radius, is_all=not box.rows)}"/>'
    if box.owner is Owner.EXTENDED:
        yield f'<path class="corner" d="M{width - 14} 0H{width}V14Z"/>'
    yield _text(10, 20, short_name(box.name), "name")
    if not box.is_aside:
        right = width - (18 if box.owner is Owner.EXTENDED else 10)
        yield _text(right, 19, OWNER_LABELS[box.owner], "tag", "end")
    for number, row in enumerate(box.rows):
        yield from _row(row, HEADER + ROW * number, width, box.marks_width, box.owner)


def _head(width: int, radius: int, *, is_all: bool) -> str:
    r = radius
    if is_all:
        return (
            f"M{r} 0H{width - r}Q{width} 0 {width} {r}V{HEADER - r}Q{width} {HEADER} {width - r} {HEADER}"
            f"H{r}Q0 {HEADER} 0 {HEADER - r}V{r}Q0 0 {r} 0Z"
        )
    return f"M{r} 0H{width - r}Q{width} 0 {width} {r}V{HEADER}H0V{r}Q0 0 {r} 0Z"


def _row(row: Row, top: float, width: int, marks: int, owner: Owner) -> Iterator[str]:
    mine = row.is_yours and owner is Owner.EXTENDED
    base = top + 14
    if mine:
        yield f'<rect class="mine" x="1" y="{_n(top)}" width="{width - 2}" height="{ROW}"/>'
        yield f'<rect class="bar" x="1" y="{_n(top)}" width="3" height="{ROW}"/>'
    if row.title:
        yield f"<g><title>{escape(row.title)}</title>"
    if row.marks:
        yield _text(8, base, " ".join(_shown_marks(row.marks)), "mark")
    yield _text(10 + marks, base, short_name(row.name))
    if mine:
        yield _text(2 + marks, base, "+", "plus", "end") if not row.marks else ""
    if row.type:
        yield _text(width - 10, base, short_type(row.type), "type", "end")
    if row.title:
        yield "</g>"


def _shown_marks(marks: Iterable[str]) -> list[str]:
    found = list(marks)
    return [mark for mark in found if not (mark == "U" and "PK" in found)]


# --- lines ----------------------------------------------------------------------------------------------------------


def _link(placed: PlacedLink) -> str:
    link, points = placed.link, placed.points
    kinds = "line" + (" yours" if link.is_yours else "") + ("" if link.parent_end else " bundle")
    parts = [f"<title>{escape(link.title)}</title>", f'<path d="{_path(points)}"/>']
    if link.parent_end:
        parts.append(_end(points[0], points[1], link.parent_end))
        parts.append(_end(points[-1], points[-2], link.child_end))
    elif link.count > 1:
        x, y = _middle(points)
        parts.append(_text(x, y + 4, str(link.count)))
    about = f' data-models="{escape(link.parent)} {escape(link.child)}"' if link.parent_end else ""
    return f'<g class="{kinds}"{about}>{"".join(parts)}</g>'


def _path(points: tuple[Point, ...]) -> str:
    first, *rest = (f"{_n(x)} {_n(y)}" for x, y in points)
    return f"M{first}C{' '.join(rest)}"


def _end(at: Point, towards: Point, end: str) -> str:
    turn = degrees(atan2(towards[1] - at[1], towards[0] - at[0]))
    # Beside a box lines leave it straight, whatever the curve does further on.
    turn = 0.0 if -90 < turn < 90 else 180.0
    if end == "1":
        shapes = f'<path class="end" d="{_ENDS[end]}"/>'
    else:
        circle = 12 if end == "0..1" else 16
        shapes = f'<path class="end" d="{_ENDS[end]}M{circle} 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0"/>'
    return f'<g transform="translate({_n(at[0])} {_n(at[1])}) rotate({_n(turn)})">{shapes}</g>'


def _middle(points: tuple[Point, ...]) -> Point:
    """Of the curve's middle piece."""
    start = (len(points) - 1) // 3 // 2 * 3
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points[start : start + 4]
    return (x0 + 3 * x1 + 3 * x2 + x3) / 8, (y0 + 3 * y1 + 3 * y2 + y3) / 8


# --- legend ---------------------------------------------------------------------------------------------------------


def _legend(drawing: Drawing) -> str:
    top = drawing.height + 8
    notes = " ".join(drawing.picture.notes)
    parts = [
        _sample(24, top, Owner.VENDOR, "the vendor's"),
        _sample(164, top, Owner.EXTENDED, "with fields of yours (+)"),
        _sample(390, top, Owner.YOURS, "yours"),
        _ends(490, top),
    ]
    if notes:
        parts.append(_text(24, top + 40, notes))
    return f'<g class="legend">{"".join(parts)}</g>'


def _sample(x: float, y: float, owner: Owner, text: str) -> str:
    radius = 7 if owner is Owner.YOURS else 2
    corner = '<path class="corner" d="M20 0H30V10Z"/>' if owner is Owner.EXTENDED else ""
    return (
        f'<g class="model {owner.value}" transform="translate({_n(x)} {_n(y)})">'
        f'<rect class="body" width="30" height="18" rx="{radius}"/>'
        f'<path class="head" d="M{radius} 0H{30 - radius}Q30 0 30 {radius}V9H0V{radius}Q0 0 {radius} 0Z"/>'
        f"{corner}</g>{_text(x + 38, y + 13, text)}"
    )


def _ends(x: float, y: float) -> str:
    found = []
    for number, (end, text) in enumerate((("1", "one"), ("0..1", "none or one"), ("0..n", "any number"))):
        at = x + (0, 76, 208)[number]
        line = f'<path d="M{_n(at)} {_n(y + 9)}h26"/>{_end((at, y + 9), (at + 1, y + 9), end)}'
        found.append(f'<g class="line">{line}</g>{_text(at + 32, y + 13, text)}')
    return "".join(found)
