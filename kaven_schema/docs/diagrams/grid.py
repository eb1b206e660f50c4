"""Places without Graphviz: frames in rows, in each the boxes in columns, lines as plain curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kaven_schema.docs.diagrams.drawing import (
    MARGIN,
    Drawing,
    PlacedBox,
    PlacedFrame,
    PlacedLink,
    Point,
    pack,
    shifted,
)
from kaven_schema.docs.diagrams.picture import Box, Frame, Link, Picture

FRAME_MARGIN = 18
FRAME_TITLE = 30
_GAP, _CLOSE = 36, 10
_LOOP = 44.0


def in_grid(picture: Picture, *, close: bool = False) -> Drawing:
    """Boxes by frame; those in none come last, by themselves. `close` leaves no room for lines."""
    gap = _CLOSE if close else _GAP
    by_name = {box.name: box for box in picture.boxes}
    framed = {name for frame in picture.frames for name in frame.models}
    rest = tuple(box.name for box in picture.boxes if box.name not in framed)
    groups = [*picture.frames, *([Frame("", rest)] if rest else [])]
    inner = [columns([by_name[name] for name in frame.models], gap) for frame in groups]
    edge = [(2 * FRAME_MARGIN, FRAME_MARGIN + FRAME_TITLE) if frame.name else (0, 0) for frame in groups]
    sizes = [
        (width + more, height + high) for (_, width, height), (more, high) in zip(inner, edge, strict=True)
    ]
    boxes: list[PlacedBox] = []
    frames: list[PlacedFrame] = []
    for frame, (found, _, _), size, (x, y) in zip(groups, inner, sizes, pack(sizes, gap), strict=True):
        left, top = x + MARGIN, y + MARGIN
        if frame.name:
            frames.append(PlacedFrame(frame.name, left, top, *size))
        inset = (FRAME_MARGIN, FRAME_TITLE) if frame.name else (0, 0)
        boxes += [PlacedBox(one.box, one.x + left + inset[0], one.y + top + inset[1]) for one in found]
    return _drawing(picture, boxes, frames)


def star(picture: Picture) -> Drawing:
    """The one model that all is about, and beside it the others in their frames."""
    centre = next(box for box in picture.boxes if box.is_centre)
    others = tuple(box for box in picture.boxes if box is not centre)
    beside = in_grid(replace(picture, boxes=others), close=True)
    moved = shifted(beside, centre.width + 2 * _GAP, 0)
    placed = {one.box.name: one for one in (PlacedBox(centre, MARGIN, MARGIN), *moved.boxes)}
    return replace(
        moved,
        picture=picture,
        width=moved.width + centre.width + 2 * _GAP,
        height=max(moved.height, centre.height + 2 * MARGIN),
        boxes=tuple(placed[box.name] for box in picture.boxes),
    )


def beside(drawing: Drawing, picture: Picture, more: Sequence[Box]) -> Drawing:
    """The one frame of a drawing made wider, with further boxes of the picture in it."""
    frame = drawing.frames[0]
    found, width, height = columns(more, _CLOSE * 2)
    left, top = drawing.width - MARGIN + _GAP / 2, frame.y + FRAME_TITLE
    wide = replace(
        frame,
        width=left + width + FRAME_MARGIN - frame.x,
        height=max(frame.height, FRAME_TITLE + height + FRAME_MARGIN),
    )
    placed = {one.box.name: one for one in drawing.boxes}
    placed |= {one.box.name: PlacedBox(one.box, left + one.x, top + one.y) for one in found}
    return replace(
        drawing,
        picture=picture,
        width=max(drawing.width, wide.x + wide.width + MARGIN),
        height=max(drawing.height, wide.y + wide.height + MARGIN),
        boxes=tuple(placed[box.name] for box in picture.boxes),
        frames=(wide,),
    )


def columns(boxes: Sequence[Box], gap: float) -> tuple[list[PlacedBox], float, float]:
    """Boxes below each other in columns that are about as high as wide together; then width and height of all."""
    area = sum((box.width + gap) * (box.height + gap) for box in boxes)
    highest = max([*(box.height for box in boxes), area**0.5])
    placed: list[PlacedBox] = []
    x = y = width = height = 0.0
    for box in boxes:
        if y and y + box.height > highest:
            x, y, width = x + width + gap * 2, 0.0, 0.0
        placed.append(PlacedBox(box, x, y))
        y, width = y + box.height + gap, max(width, box.width)
        height = max(height, y - gap)
    return placed, x + width, height


def _drawing(picture: Picture, boxes: list[PlacedBox], frames: list[PlacedFrame]) -> Drawing:
    by_name = {one.box.name: one for one in boxes}
    links = tuple(curve(link, by_name[link.parent], by_name[link.child]) for link in picture.links)
    right = max([*(one.right for one in boxes), *(one.x + one.width for one in frames)], default=0)
    bottom = max([*(one.bottom for one in boxes), *(one.y + one.height for one in frames)], default=0)
    order = [by_name[box.name] for box in picture.boxes]
    return Drawing(picture, right + MARGIN, bottom + MARGIN, tuple(order), links, tuple(frames))


def curve(link: Link, parent: PlacedBox, child: PlacedBox) -> PlacedLink:
    """From the side of one box to the side of the other that is nearest to it."""
    start_y = parent.y + parent.box.port_y(link.parent_field)
    end_y = child.y + child.box.port_y(link.child_field)
    start, end = _sides(parent, child)
    first: Point = (parent.right if start > 0 else parent.x, start_y)
    last: Point = (child.right if end > 0 else child.x, end_y)
    reach = max(40.0, abs(last[0] - first[0]) / 2) if start != end else _LOOP
    return PlacedLink(
        link, (first, (first[0] + start * reach, start_y), (last[0] + end * reach, end_y), last)
    )


def _sides(parent: PlacedBox, child: PlacedBox) -> tuple[int, int]:
    """1 for the right side, -1 for the left."""
    if child.x >= parent.right:
        return 1, -1
    if child.right <= parent.x:
        return -1, 1
    return 1, 1
