"""Where everything stands: by Graphviz as a whole, area by area where that is too much, in a grid where it is dense.

Which way is taken follows from the picture alone, so that the same schema gives the same diagram.
"""

from __future__ import annotations

from dataclasses import replace

from kaven_schema.docs.diagrams.dot import read_layout, to_dot
from kaven_schema.docs.diagrams.drawing import Drawing
from kaven_schema.docs.diagrams.graphviz import Graphviz
from kaven_schema.docs.diagrams.grid import beside, in_grid, star
from kaven_schema.docs.diagrams.overview import by_area
from kaven_schema.docs.diagrams.picture import Picture

_AS_A_WHOLE = 40
_ALONE = 5
_MANY_LINKS, _DENSE_LINKS, _DENSE_SHARE = 350, 120, 2.5


def place(picture: Picture, graphviz: Graphviz) -> Drawing:
    """The picture with everything in its place."""
    if picture.is_star:
        return star(picture)
    if len(picture.boxes) > _AS_A_WHOLE and len(picture.frames) > 1:
        return by_area(picture, lambda part: _part(part, graphviz))
    return _part(picture, graphviz)


def _part(picture: Picture, graphviz: Graphviz) -> Drawing:
    linked = {name for link in picture.links for name in (link.parent, link.child)}
    alone = tuple(box for box in picture.boxes if box.name not in linked)
    if len(alone) < _ALONE or len(picture.frames) != 1:
        return _by_graphviz(picture, graphviz)
    frame = picture.frames[0]
    rest = tuple(name for name in frame.models if name in linked)
    if not rest:
        return in_grid(picture)
    # Graphviz would put all that have no line below each other.
    boxes = tuple(box for box in picture.boxes if box.name in linked)
    part = replace(picture, boxes=boxes, frames=(replace(frame, models=rest),))
    return beside(_by_graphviz(part, graphviz), picture, alone)


def _by_graphviz(picture: Picture, graphviz: Graphviz) -> Drawing:
    if is_dense(picture):
        return in_grid(picture)
    answer = graphviz.layout(to_dot(picture))
    return in_grid(picture) if answer is None else read_layout(picture, answer)


def is_dense(picture: Picture) -> bool:
    """Whether Graphviz would take its time, and nobody could follow the lines: it took 31 s for such a schema."""
    links = len(picture.links)
    return links > _MANY_LINKS or (links > _DENSE_LINKS and links > _DENSE_SHARE * len(picture.boxes))
