from __future__ import annotations

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.docs.diagrams.picture import Owner
from kaven_schema.docs.diagrams.views import area_named, around, hubs, of_area, whole
from tests.docs.schemas import example, large, tricky


def test_a_small_schema_is_shown_with_all_fields_and_lines() -> None:
    picture = whole(example())
    assert {box.name for box in picture.boxes} == set(example().by_name)
    assert len(picture.box("User").rows) == len(example().by_name["User"].fields)
    assert len(picture.links) == len(example().relations)
    assert picture.notes == ()


def test_a_large_schema_is_shown_with_keys_and_without_lines_to_hubs() -> None:
    picture = whole(large())
    assert hubs(large()) == {"Tenant", "User"}
    assert not [link for link in picture.links if link.parent in ("Tenant", "User")]
    rows = {row.name: row.type for row in picture.box("CatalogRecord").rows}
    assert rows["tenantId"] == "→ Tenant"
    assert rows["ownerId"] == "→ User?"
    assert "title" not in rows
    assert "Tenant, User" in picture.notes[0]


def test_whose_boxes_and_rows_are() -> None:
    boxes = {box.name: box for box in whole(example()).boxes}
    assert boxes["Order"].owner is Owner.VENDOR
    assert boxes["User"].owner is Owner.EXTENDED
    assert boxes["Ticket"].owner is Owner.YOURS
    assert [row.name for row in boxes["Tenant"].rows if row.is_yours] == ["country"]


def test_an_area_shows_its_neighbours_by_name() -> None:
    picture = of_area(example(), area_named(example(), "order"))
    assert {box.name for box in picture.boxes if not box.is_aside} == {
        "Order",
        "OrderItem",
        "OrderStatusHistory",
    }
    assert {box.name for box in picture.boxes if box.is_aside} == {"Tenant"}
    assert picture.box("Tenant").rows == ()


def test_an_area_with_very_many_neighbours_leaves_them_out() -> None:
    picture = of_area(large(), area_named(large(), "Core"))
    assert {box.name for box in picture.boxes} == {"Tenant", "User", "UserTenant"}
    assert "more models of other areas" in picture.notes[-1]


@pytest.mark.parametrize(
    ("depth", "names"),
    [
        (0, {"Order"}),
        (1, {"Order", "Tenant", "OrderItem", "OrderStatusHistory"}),
        (9, set(example().by_name)),
    ],
)
def test_a_model_and_what_is_near(depth: int, names: set[str]) -> None:
    picture = around(example(), "Order", depth)
    assert {box.name for box in picture.boxes} == names
    assert [box.name for box in picture.boxes if box.is_centre] == ["Order"]


def test_a_model_with_very_many_neighbours_is_a_star() -> None:
    picture = around(large(), "Tenant")
    assert picture.is_star
    assert not picture.links
    assert len(picture.boxes) > 20


def test_a_model_related_to_itself() -> None:
    picture = around(tricky(), "Part")
    assert [(link.parent, link.child) for link in picture.links] == [("Line", "Part"), ("Part", "Part")]


@pytest.mark.parametrize("name", ["", "orders", "e"])
def test_an_area_that_there_is_not_or_not_once(name: str) -> None:
    with pytest.raises(KavenError) as caught:
        area_named(example(), name)
    assert (caught.value.rule, caught.value.exit_code) == ("name_unknown", ExitCode.WRONG_USE)
    assert caught.value.help


def test_a_model_that_there_is_not() -> None:
    with pytest.raises(KavenError) as caught:
        around(example(), "Usr")
    assert caught.value.help == "did you mean `User`?"
