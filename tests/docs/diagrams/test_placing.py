"""Places by real Graphviz: nothing overlaps, everything is inside, the same picture gives the same places."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.docs.diagrams.drawing import Drawing, pack
from kaven_schema.docs.diagrams.graphviz import Graphviz
from kaven_schema.docs.diagrams.picture import Picture
from kaven_schema.docs.diagrams.placing import is_dense, place
from kaven_schema.docs.diagrams.views import around, of_area, whole
from tests.docs.schemas import example, huge, large, of_text, tricky


@pytest.fixture(scope="module")
def graphviz() -> Iterator[Graphviz]:
    with Graphviz() as running:
        yield running


def dense() -> Picture:
    """Each of 40 models refers to ten others: Graphviz took 31 s for a schema like that."""
    count, links = 40, range(1, 11)
    text = ""
    for number in range(count):
        keys = "".join(
            f"  k{step} Int\n  r{step} M{(number + step * 3) % count} "
            f'@relation("{number}x{step}", fields: [k{step}], references: [id])\n'
            for step in links
        )
        back = "".join(
            f'  b{step} M{(number - step * 3) % count}[] @relation("{(number - step * 3) % count}x{step}")\n'
            for step in links
        )
        text += f"model M{number} {{\n  id Int @id\n{keys}{back}}}\n"
    return whole(of_text(text))


def overlapping(drawing: Drawing) -> list[tuple[str, str]]:
    return [
        (one.box.name, other.box.name)
        for one, other in combinations(drawing.boxes, 2)
        if one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom
    ]


def check(drawing: Drawing, picture: Picture) -> None:
    assert [one.box.name for one in drawing.boxes] == [box.name for box in picture.boxes]
    assert overlapping(drawing) == []
    by_name = {one.box.name: one for one in drawing.boxes}
    for one in drawing.boxes:
        assert one.x >= 0
        assert one.y >= 0
        assert one.right <= drawing.width
        assert one.bottom <= drawing.height
    for frame in drawing.frames:
        models = next(wanted.models for wanted in picture.frames if wanted.name == frame.name)
        for name in models:
            one = by_name[name]
            assert frame.x <= one.x <= one.right <= frame.x + frame.width
            assert frame.y <= one.y <= one.bottom <= frame.y + frame.height


@pytest.mark.parametrize(
    "schema",
    [example, tricky, large, pytest.param(huge, marks=pytest.mark.long)],
    ids=lambda made: made.__name__,
)
def test_whole_schemas(schema, graphviz: Graphviz) -> None:
    picture = whole(schema())
    check(place(picture, graphviz), picture)


def test_areas_and_neighbours(graphviz: Graphviz) -> None:
    for area in example().areas:
        picture = of_area(example(), area)
        check(place(picture, graphviz), picture)
    for name in example().by_name:
        picture = around(example(), name)
        check(place(picture, graphviz), picture)
    star = around(large(), "Tenant")
    check(place(star, graphviz), star)


def test_lines_begin_and_end_at_the_rows_of_their_keys(graphviz: Graphviz) -> None:
    drawing = place(whole(example()), graphviz)
    by_name = {one.box.name: one for one in drawing.boxes}
    for line in drawing.links:
        for end, model, field in (
            (line.points[0], line.link.parent, line.link.parent_field),
            (line.points[-1], line.link.child, line.link.child_field),
        ):
            box = by_name[model]
            assert min(abs(end[0] - box.x), abs(end[0] - box.right)) < 3
            assert abs(end[1] - (box.y + box.box.port_y(field))) < 8


def test_each_relation_of_a_large_schema_has_a_line_or_its_key_names_the_model(graphviz: Graphviz) -> None:
    drawing = place(whole(large()), graphviz)
    lines = {(one.link.child, one.link.child_field) for one in drawing.links}
    rows = {(one.box.name, row.name): row.type for one in drawing.boxes for row in one.box.rows}
    for relation in large().relations:
        for field in relation.fields[:1]:
            key = relation.child, field
            assert key in lines or rows[key].removesuffix("?") == f"→ {relation.parent}"


def test_what_is_dense_is_not_asked_of_graphviz(graphviz: Graphviz) -> None:
    picture = dense()
    assert is_dense(picture)
    assert not is_dense(whole(large()))
    check(place(picture, graphviz), picture)


def test_the_same_picture_gives_the_same_places(graphviz: Graphviz) -> None:
    first = place(whole(tricky()), graphviz)
    with Graphviz() as another:
        assert place(whole(tricky()), another) == first


def test_graphviz_that_takes_too_long_is_stopped_and_a_grid_takes_its_place() -> None:
    with Graphviz(time_limit=0.001) as graphviz:
        picture = whole(example())
        assert graphviz.layout("digraph { a -> b }") is None
        check(place(picture, graphviz), picture)


def test_graphviz_survives_what_it_cannot_read(graphviz: Graphviz) -> None:
    assert graphviz.layout("no graph") is None
    assert graphviz.layout("digraph { n0 -> n1 }") is not None


def test_packing_keeps_the_order_and_overlaps_nothing() -> None:
    sizes = [(30.0, 10.0), (50.0, 40.0), (20.0, 20.0), (400.0, 5.0), (10.0, 10.0)]
    places = pack(sizes, 5)
    boxes = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(places, sizes, strict=True)]
    for one, other in combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    assert places == sorted(places, key=lambda place: (place[1], place[0]))
    assert pack([], 5) == []


def test_models_without_lines_stand_beside_the_others(graphviz: Graphviz) -> None:
    alone = "".join(f"model Alone{number} {{\n  id Int @id\n}}\n" for number in range(9))
    linked = (
        "model A {\n  id Int @id\n  b B[]\n}\n"
        "model B {\n  id Int @id\n  aId Int\n  a A @relation(fields: [aId], references: [id])\n}\n"
    )
    for text in (alone, linked + alone):
        picture = whole(of_text(f"// ====\n// ALL\n// ====\n{text}"))
        drawing = place(picture, graphviz)
        check(drawing, picture)
        assert len({one.x for one in drawing.boxes}) > 2


def test_an_empty_schema(graphviz: Graphviz) -> None:
    picture = whole(of_text("enum Alone {\n  X\n}\n"))
    check(place(picture, graphviz), picture)


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/node"])
def test_a_node_that_does_not_run_is_told(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Graphviz() as graphviz:
        monkeypatch.setattr(graphviz, "_node", program)
        with pytest.raises(KavenError) as caught:
            graphviz.layout("digraph { a }")
    assert caught.value.rule == "layout_failed"
    assert caught.value.help
