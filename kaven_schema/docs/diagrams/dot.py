"""A picture as Graphviz takes it, and what Graphviz answers. No text of the user's is in it: boxes are numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kaven_schema.docs.diagrams.drawing import (
    MARGIN,
    Drawing,
    PlacedBox,
    PlacedFrame,
    PlacedLink,
    Point,
)
from kaven_schema.docs.diagrams.grid import curve
from kaven_schema.docs.diagrams.picture import HEADER, ROW, Box, Link, Picture

_FRAME_TITLE = 26
_TITLE = (
    '<<TABLE BORDER="0" CELLSPACING="0"><TR>'
    f'<TD FIXEDSIZE="TRUE" WIDTH="10" HEIGHT="{_FRAME_TITLE}"></TD></TR></TABLE>>'
)
_ASIDE = 5
_GRAPH = "graph [rankdir=LR nodesep=0.32 ranksep=0.9 splines={splines} newrank=false]"


def to_dot(picture: Picture, splines: str = "true") -> str:
    numbers = {box.name: number for number, box in enumerate(picture.boxes)}
    lines = ["digraph {", _GRAPH.format(splines=splines), "node [shape=plain] edge [arrowhead=none]"]
    lines += [f"n{number} [label={_table(box)}]" for number, box in enumerate(picture.boxes)]
    for number, frame in enumerate(picture.frames):
        inside = " ".join(f"n{numbers[name]}" for name in frame.models)
        # The label keeps room for the title; what it says, we draw ourselves.
        lines.append(f"subgraph cluster_{number} {{ margin=18 label={_TITLE} {inside} }}")
    lines += [_edge(link, numbers, picture) for link in drawn_links(picture)]
    return "\n".join([*lines, "}"])


def drawn_links(picture: Picture) -> list[Link]:
    """Those that Graphviz is asked for: it leads a model's line to itself around half the picture."""
    return [link for link in picture.links if link.parent != link.child]


def _table(box: Box) -> str:
    cells = [("h", HEADER), *((f"f{number}", ROW) for number in range(len(box.rows)))]
    if box.rows:
        cells.append(("e", box.height - HEADER - ROW * len(box.rows)))
    rows = "".join(
        f'<TR><TD PORT="{port}" FIXEDSIZE="TRUE" WIDTH="{box.width}" HEIGHT="{height}"></TD></TR>'
        for port, height in cells
    )
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>>'


def _edge(link: Link, numbers: Mapping[str, int], picture: Picture) -> str:
    parent, child = numbers[link.parent], numbers[link.child]
    tail = _port(picture.boxes[parent], link.parent_field)
    head = _port(picture.boxes[child], link.child_field)
    return f"n{parent}:{tail}:e -> n{child}:{head}:w"


def _port(box: Box, field: str) -> str:
    number = box.row_number(field)
    return "h" if number is None else f"f{number}"


def read_layout(picture: Picture, answer: Mapping[str, Any]) -> Drawing:
    """`answer` has `size`, `nodes` (centres), `edges` and `frames`, with y upwards as Graphviz counts."""
    width, height = answer["size"]

    def point(place: list[float]) -> Point:
        return place[0] + MARGIN, height - place[1] + MARGIN

    boxes = tuple(
        _placed(box, point(place)) for box, place in zip(picture.boxes, answer["nodes"], strict=True)
    )
    by_name = {one.box.name: one for one in boxes}
    loops = [
        curve(link, by_name[link.parent], by_name[link.child])
        for link in picture.links
        if link.parent == link.child
    ]
    right = max([width + MARGIN, *(x for loop in loops for x, _ in loop.points)])
    return Drawing(
        picture,
        right + MARGIN,
        height + 2 * MARGIN,
        boxes,
        (*_lines(picture, answer, point), *loops),
        tuple(
            PlacedFrame(frame.name, *point([left, top]), right - left, top - bottom)
            for frame, (left, bottom, right, top) in zip(picture.frames, answer["frames"], strict=True)
        ),
    )


def _placed(box: Box, centre: Point) -> PlacedBox:
    return PlacedBox(box, centre[0] - box.width / 2, centre[1] - box.height / 2)


def _lines(picture: Picture, answer: Mapping[str, Any], point: Any) -> Iterator[PlacedLink]:
    ends: dict[tuple[str, str], set[str]] = {}
    for link in picture.links:
        ends.setdefault((link.parent, link.parent_field), set()).add(link.parent_end)
    for link, places in zip(drawn_links(picture), answer["edges"], strict=True):
        points = [point(place) for place in places]
        if len(ends[link.parent, link.parent_field]) > 1:
            # Where lines of two kinds begin at one field, each kind begins at a place of its own.
            aside = -_ASIDE if link.parent_end == "1" else _ASIDE
            points[:2] = [(x, y + aside) for x, y in points[:2]]
        yield PlacedLink(link, tuple(points))
