"""A large schema: each area laid out by itself, the areas put side by side, between them one line for all relations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kaven_schema.docs.diagrams.drawing import (
    MARGIN,
    Drawing,
    PlacedFrame,
    PlacedLink,
    Point,
    pack,
    shifted,
)
from kaven_schema.docs.diagrams.picture import (
    FONT_SIZE,
    Box,
    Frame,
    Link,
    Picture,
    Row,
    shown_title,
    text_width,
)

_GAP, _TITLE = 96, 64
_NEAR, _FAR, _MANY_AREAS = 26, 56, 12
_Bundles = dict[tuple[int, int], list[Link]]


def by_area(picture: Picture, place: Callable[[Picture], Drawing]) -> Drawing:
    """`place` lays out one area. Lines within it stay; of others the key names the model (→)."""
    area_of = {name: number for number, frame in enumerate(picture.frames) for name in frame.models}
    inner: list[list[Link]] = [[] for _ in picture.frames]
    between: _Bundles = {}
    for link in picture.links:
        one, other = area_of[link.parent], area_of[link.child]
        if one == other:
            inner[one].append(link)
        else:
            between.setdefault((one, other), []).append(link)
    parts = [
        place(_part(picture, frame, links, between))
        for frame, links in zip(picture.frames, inner, strict=True)
    ]
    size = _FAR if len(parts) > _MANY_AREAS else _NEAR
    places = pack([_slot(part, size) for part in parts], _GAP)
    moved = [shifted(part, x, y + _TITLE) for part, (x, y) in zip(parts, places, strict=True)]
    return _together(picture, moved, between, size)


def _slot(part: Drawing, size: int) -> tuple[float, float]:
    """The room of an area, its title above it among that."""
    return max(part.width - 2 * MARGIN, *(_title_width(frame, size) for frame in part.frames)), (
        part.height - 2 * MARGIN
    )


def _title_width(frame: PlacedFrame, size: int) -> float:
    return text_width(shown_title(frame.name)) * size / FONT_SIZE


def _part(picture: Picture, frame: Frame, links: list[Link], between: _Bundles) -> Picture:
    wanted = set(frame.models)
    elsewhere = {
        (link.child, link.child_field): link.parent
        for bundle in between.values()
        for link in bundle
        if link.child in wanted
    }
    boxes = tuple(_told(box, elsewhere) for box in picture.boxes if box.name in wanted)
    return Picture(frame.name, boxes, tuple(links), (frame,))


def _told(box: Box, elsewhere: dict[tuple[str, str], str]) -> Box:
    """With the names of the models to which no line leads."""
    return replace(box, rows=tuple(_named(box.name, row, elsewhere) for row in box.rows))


def _named(model: str, row: Row, elsewhere: dict[tuple[str, str], str]) -> Row:
    target = elsewhere.get((model, row.name))
    return replace(row, type=f"→ {target}") if target else row


def _together(picture: Picture, parts: list[Drawing], between: _Bundles, size: int) -> Drawing:
    frames = [replace(frame, title_size=size) for part in parts for frame in part.frames]
    bundles = [_bundle(frames[one], frames[other], links) for (one, other), links in between.items()]
    boxes = {one.box.name: one for part in parts for one in part.boxes}
    return Drawing(
        picture,
        max(max(frame.x + frame.width, frame.x + _title_width(frame, size)) for frame in frames) + MARGIN,
        max(frame.y + frame.height for frame in frames) + MARGIN,
        tuple(boxes[box.name] for box in picture.boxes),
        tuple(link for part in parts for link in part.links) + tuple(bundles),
        tuple(frames),
    )


def _bundle(parent: PlacedFrame, child: PlacedFrame, links: list[Link]) -> PlacedLink:
    names = sorted({f"{link.child} → {link.parent}" for link in links})
    title = f"{len(links)} relation{'s' * (len(links) > 1)} from {child.name} to {parent.name}: {', '.join(names)}"
    link = Link(
        parent.name, child.name, "", "", "", "", title, all(one.is_yours for one in links), len(links)
    )
    return PlacedLink(link, _across(parent, child))


def _across(parent: PlacedFrame, child: PlacedFrame) -> tuple[Point, ...]:
    """A curve from the middle of one frame's side to that of the other which faces it."""
    if child.x >= parent.x + parent.width or parent.x >= child.x + child.width:
        right = child.x > parent.x
        first = (parent.x + parent.width * right, parent.y + parent.height / 2)
        last = (child.x + child.width * (not right), child.y + child.height / 2)
        half = (last[0] - first[0]) / 2
        return first, (first[0] + half, first[1]), (last[0] - half, last[1]), last
    below = child.y > parent.y
    first = (parent.x + parent.width / 2, parent.y + parent.height * below)
    last = (child.x + child.width / 2, child.y + child.height * (not below))
    half = (last[1] - first[1]) / 2
    return first, (first[0], first[1] + half), (last[0], last[1] - half), last
