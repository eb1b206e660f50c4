"""`kaven erd`: one diagram of the schema in one of several forms."""

from __future__ import annotations

from dataclasses import dataclass

from kaven_schema.docs.diagrams.picture import Picture
from kaven_schema.docs.diagrams.views import area_named, around, neighbours, of_area, whole
from kaven_schema.docs.schema import DocumentedSchema
from kaven_schema.engines.progress import Progress, silent

FORMATS = ("svg", "png", "mermaid", "dbml", "text")
SUFFIXES = {
    ".svg": "svg",
    ".png": "png",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dbml": "dbml",
    ".txt": "text",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of the schema: all of it, an area, or a model with what lies up to `depth` relations away."""

    area: str = ""
    model: str = ""
    depth: int = 1


def draw(
    schema: DocumentedSchema,
    format: str,
    chosen: Chosen,
    *,
    scale: float | None = None,
    progress: Progress = silent,
) -> bytes:
    """`format` is one of FORMATS. Raises KavenError `name_unknown`, and what the layout and PNG raise."""
    if format in ("svg", "png"):
        return _drawn(_picture(schema, chosen), format, scale, progress)
    from kaven_schema.docs.formats.dbml import to_dbml
    from kaven_schema.docs.formats.mermaid import to_mermaid
    from kaven_schema.docs.formats.text import to_text

    write = {"mermaid": to_mermaid, "dbml": to_dbml, "text": to_text}[format]
    return write(schema, _models(schema, chosen)).encode()


def _picture(schema: DocumentedSchema, chosen: Chosen) -> Picture:
    if chosen.area:
        return of_area(schema, area_named(schema, chosen.area))
    return around(schema, chosen.model, chosen.depth) if chosen.model else whole(schema)


def _models(schema: DocumentedSchema, chosen: Chosen) -> set[str] | None:
    if chosen.area:
        return set(area_named(schema, chosen.area).models)
    return neighbours(schema, chosen.model, chosen.depth) if chosen.model else None


def _drawn(picture: Picture, format: str, scale: float | None, progress: Progress) -> bytes:
    from kaven_schema.docs.diagrams.graphviz import Graphviz
    from kaven_schema.docs.diagrams.palette import standalone_style
    from kaven_schema.docs.diagrams.placing import place
    from kaven_schema.docs.diagrams.png import to_png
    from kaven_schema.docs.diagrams.svg import to_svg

    with Graphviz(progress=progress) as graphviz:
        drawing = place(picture, graphviz)
    if format == "png":
        return to_png(drawing, scale=scale, progress=progress)
    return to_svg(drawing, style=standalone_style(), legend=True).encode()
