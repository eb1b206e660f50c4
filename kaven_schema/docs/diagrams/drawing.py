"""A picture with every box, line and frame in its place. Pixels; x to the right, y down."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kaven_schema.docs.diagrams.picture import Box, Link, Picture

Point = tuple[float, float]
MARGIN = 24


@dataclass(frozen=True, slots=True)
class PlacedBox:
    box: Box
    x: float
    y: float

    @property
    def right(self) -> float:
        return self.x + self.box.width

    @property
    def bottom(self) -> float:
        return self.y + self.box.height


@dataclass(frozen=True, slots=True)
class PlacedLink:
    """`points` are of a Bézier curve, from the parent's end: one, and three for each of its pieces."""

    link: Link
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class PlacedFrame:
    """`title_size` puts the title above the frame, for a picture that is looked at from far away; 0 inside."""

    name: str
    x: float
    y: float
    width: float
    height: float
    title_size: int = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    picture: Picture
    width: float
    height: float
    boxes: tuple[PlacedBox, ...]
    links: tuple[PlacedLink, ...]
    frames: tuple[PlacedFrame, ...]


def shifted(drawing: Drawing, x: float, y: float) -> Drawing:
    """Everything moved by so much; the size stays."""
    return Drawing(
        drawing.picture,
        drawing.width,
        drawing.height,
        tuple(PlacedBox(one.box, one.x + x, one.y + y) for one in drawing.boxes),
        tuple(
            PlacedLink(one.link, tuple((px + x, py + y) for px, py in one.points)) for one in drawing.links
        ),
        tuple(replace(one, x=one.x + x, y=one.y + y) for one in drawing.frames),
    )


def pack(sizes: list[tuple[float, float]], gap: float, ratio: float = 1.5) -> list[Point]:
    """Where to put rectangles so that all together are about `ratio` times as wide as high: in rows, in their order."""
    area = sum((width + gap) * (height + gap) for width, height in sizes)
    widest = max(max((width for width, _ in sizes), default=0), (area * ratio) ** 0.5)
    places: list[Point] = []
    x = y = row = 0.0
    for width, height in sizes:
        if x and x + width > widest:
            x, y, row = 0.0, y + row + gap, 0.0
        places.append((x, y))
        x, row = x + width + gap, max(row, height)
    return places
