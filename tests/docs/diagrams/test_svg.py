from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.docs.diagrams import palette
from kaven_schema.docs.diagrams.drawing import Drawing
from kaven_schema.docs.diagrams.graphviz import Graphviz
from kaven_schema.docs.diagrams.placing import place
from kaven_schema.docs.diagrams.png import to_png
from kaven_schema.docs.diagrams.svg import Links, to_svg
from kaven_schema.docs.diagrams.views import area_named, around, of_area, whole
from tests.docs.schemas import example, tricky

SVG = "{http://www.w3.org/2000/svg}"
LINKS = Links(lambda name: f"models/{name}.html", lambda name: f"areas/{name}?a=1&b=2")


@pytest.fixture(scope="module")
def graphviz() -> Iterator[Graphviz]:
    with Graphviz() as running:
        yield running


@pytest.fixture(scope="module")
def drawing(graphviz: Graphviz) -> Drawing:
    return place(whole(example()), graphviz)


def text_of(svg: str) -> list[str]:
    return [found.text or "" for found in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_field_is_written_and_every_line_has_its_words(drawing: Drawing) -> None:
    svg = to_svg(drawing)
    assert {field.name for model in example().models for field in model.fields} <= set(text_of(svg))
    titles = {found.text for found in ET.fromstring(svg).iter(f"{SVG}title")}
    assert {relation.described for relation in example().relations} <= titles


def test_boxes_lead_to_their_pages(drawing: Drawing) -> None:
    links = [found.get("href") for found in ET.fromstring(to_svg(drawing, links=LINKS)).iter(f"{SVG}a")]
    assert {f"models/{model.name}.html" for model in example().models} <= set(links)
    assert {f"areas/{area.name}?a=1&b=2" for area in example().areas} <= set(links)


def test_nothing_of_the_schema_becomes_markup(graphviz: Graphviz) -> None:
    drawing = place(whole(tricky()), graphviz)
    svg = to_svg(drawing, links=LINKS, style=palette.standalone_style(), legend=True)
    tree = ET.fromstring(svg)
    allowed = {"svg", "title", "style", "g", "rect", "path", "text", "a"}
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} == allowed
    attributes = {name for element in tree.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or "script" in name}
    assert '</title></svg><script>alert("field")</script> \\ "' in {
        found.text for found in tree.iter(f"{SVG}title")
    }


def test_owners_are_told_by_words_and_shapes_too(drawing: Drawing) -> None:
    texts = text_of(to_svg(drawing))
    assert texts.count("yours") == 2
    assert texts.count("vendor +") == 3
    assert texts.count("+") == len(
        [f for model in example().models if not model.is_yours for f in model.fields if f.is_yours]
    )


def test_a_file_of_its_own_follows_light_and_dark(drawing: Drawing) -> None:
    svg = to_svg(drawing, style=palette.standalone_style())
    assert "prefers-color-scheme:dark" in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_light_and_dark_have_the_same_names() -> None:
    assert palette.LIGHT.keys() == palette.DARK.keys()
    assert "var(" not in palette.fixed_style("x")


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "page"),
        ("ink", "box"),
        ("ink", "yours-soft"),
        ("soft", "page"),
        ("soft", "box"),
        ("soft", "frame"),
        ("soft", "yours-soft"),
        ("link", "page"),
        ("link", "frame"),
        ("key", "box"),
        ("on", "vendor"),
        ("on", "yours"),
        ("vendor-text", "vendor-soft"),
        ("yours-text", "yours-soft"),
    ],
)
def test_text_stands_out_from_its_ground(colours: dict[str, str], ink: str, ground: str) -> None:
    """WCAG 2 AA asks for 4.5 : 1."""
    lights = sorted(luminance(colours[name]) for name in (ink, ground))
    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_png(graphviz: Graphviz) -> None:
    drawing = place(around(example(), "InvoiceItem"), graphviz)
    content = to_png(drawing)
    width, height = struct.unpack(">II", content[16:24])
    assert (content[:8], content[12:16]) == (b"\x89PNG\r\n\x1a\n", b"IHDR")
    assert width >= 2 * drawing.width - 1
    assert height >= 2 * drawing.height
    assert struct.unpack(">I", to_png(drawing, scale=0.5)[16:20])[0] < width / 3


def test_a_png_that_would_be_too_large(drawing: Drawing) -> None:
    with pytest.raises(KavenError) as caught:
        to_png(drawing, scale=8)
    assert caught.value.rule == "picture_too_large"
    assert "--scale" in caught.value.help


def test_the_documentations_own_picture(
    graphviz: Graphviz, checkout: Path, expect: Callable[[Path, str], None]
) -> None:
    drawing = place(of_area(example(), area_named(example(), "payments")), graphviz)
    svg = to_svg(drawing, style=palette.standalone_style(), legend=True)
    expect(checkout / "docs" / "images" / "erd.svg", svg)
