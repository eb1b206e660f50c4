"""Partial indexes of a field that a plan changes: none is lost, none holds other rows than before."""

from __future__ import annotations

import pytest

from kaven_schema.database.expand.awaiting import check_typed
from kaven_schema.database.expand.plan import find_plan
from kaven_schema.database.expand.texts import PlanRefused
from tests.database.expand.test_plans import PLACES, finish
from tests.database.expand.world import World

pytestmark = pytest.mark.xdist_group("postgres")

BY_SLUG = '/// @kaven.index([slug(ops: raw("text_pattern_ops")), country(sort: Desc)], where: "\\"select\\" IS NULL")'
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '% WHERE (%' ORDER BY 1"


def declare(world: World, *lines: str) -> World:
    """Migrated, with rows."""
    world.edit(
        "  @@id([country, code])\n", "  @@id([country, code])\n" + "".join(f"  {one}\n" for one in lines)
    )
    world.dev("init")
    world.rows(PLACES)
    return world


def indexes(world: World) -> dict[str, str]:
    """By name; what comes after the table."""
    return {str(name): str(text).partition(" USING ")[2] for name, text in world.rows(INDEXES)}


def test_a_field_of_an_index(unmigrated: World) -> None:
    world = declare(unmigrated, BY_SLUG)
    made = world.expand("rename", "Place.slug", "path")
    assert [one.name[15:] for one in made.written] == [
        "dev_rename_place_slug",
        "dev_rename_place_slug_index",
        "dev_rename_place_slug_index",
        "dev_rename_place_slug_index_marks",
    ]
    assert world.dev() == ()
    assert world.differences() == ""
    assert world.lint() == []
    one = 'btree ({} text_pattern_ops, country DESC) WHERE ("select" IS NULL)'
    assert indexes(world) == {
        "Odd places_path_country_partial_idx": one.format("path"),
        "Odd places_slug_country_partial_idx": one.format("slug"),
    }
    world.fill(made.plan)
    finish(world, made.plan.name)
    assert indexes(world) == {"Odd places_path_country_partial_idx": one.format("path")}
    assert "kaven.index([path(" in world.extended.read_text("utf-8")


@pytest.mark.long
def test_a_unique_one(unmigrated: World) -> None:
    world = declare(unmigrated, '/// @kaven.index([slug], where: "code > 1", unique: true, map: "only_slug")')
    made = world.expand("rename", "Place.slug", "path")
    assert 'CREATE UNIQUE INDEX CONCURRENTLY "Odd places_path_partial_key"' in made.written[2].sql
    assert world.dev() == ()
    world.fill(made.plan)
    finish(world, made.plan.name)
    assert indexes(world) == {"Odd places_path_partial_key": "btree (path) WHERE (code > 1)"}


def test_a_column_of_the_predicate(unmigrated: World) -> None:
    """The copy is over the same fields: it needs a name of its own."""
    world = declare(
        unmigrated, """/// @kaven.index([slug], where: "code > 2 AND \\"select\\" <> 'stars, size'")"""
    )
    made = world.expand("rename", "Place.size", "extent")
    assert world.dev() == ()
    assert world.differences() == ""
    world.fill(made.plan)
    finish(world, made.plan.name)
    found = indexes(world)
    assert list(found) == ["Odd places_slug_extent_partial_idx"]
    assert "(extent <> 'stars, size'::text)" in found["Odd places_slug_extent_partial_idx"]


@pytest.mark.long
def test_another_type(unmigrated: World) -> None:
    world = declare(unmigrated, '/// @kaven.index([size], where: "code > 1")')
    made = world.expand("retype", "Place.size", "Int")
    assert world.dev() == ()
    world.fill(made.plan)
    finish(world, made.plan.name)
    assert indexes(world) == {"Odd places_select_v2_partial_idx": "btree (select_v2) WHERE (code > 1)"}
    assert '/// @kaven.index([size], where: "code > 1")' in world.extended.read_text("utf-8")


@pytest.mark.long
def test_a_field_that_goes(unmigrated: World) -> None:
    world = declare(
        unmigrated,
        '/// @kaven.index([size], where: "code > 1")',
        '/// @kaven.index([code], where: "code > 9")',
    )
    made = world.expand("drop", "Place.size")
    assert len(indexes(world)) == 2
    finish(world, made.plan.name)
    assert list(indexes(world)) == ["Odd places_code_partial_idx"]


@pytest.mark.long
def test_a_field_that_becomes_required(unmigrated: World) -> None:
    world = declare(unmigrated, '/// @kaven.index([size], where: "code > 1")')
    made = world.expand("require", "Place.size", using="'none'")
    world.dev()
    world.fill(made.plan)
    finish(world, made.plan.name)
    assert list(indexes(world)) == ["Odd places_select_partial_idx"]


@pytest.mark.parametrize(
    ("declared", "kind", "becomes", "words"),
    [
        ('[slug], where: "\\"select\\" IS NULL", unique: true', "rename", "extent", "null in all"),
        ('[slug], where: "length(\\"select\\") > 1"', "retype", "Int", "another thing in another type"),
    ],
)
def test_copies_that_would_hold_other_rows(
    unmigrated: World, declared: str, kind: str, becomes: str, words: str
) -> None:
    world = declare(unmigrated, f"/// @kaven.index({declared})")
    before = sorted(world.root.rglob("*.*"))
    with pytest.raises(PlanRefused) as refused:
        world.expand(kind, "Place.size", becomes)
    assert words in str(refused.value)
    assert sorted(world.root.rglob("*.*")) == before


def test_an_index_that_the_new_type_cannot_have(unmigrated: World) -> None:
    """PostgreSQL's own refusal comes before anything is written."""
    world = declare(unmigrated, '/// @kaven.index([size(ops: raw("text_pattern_ops"))], where: "code > 1")')
    with pytest.raises(PlanRefused) as refused:
        world.expand("retype", "Place.size", "Int")
    assert "text_pattern_ops" in str(refused.value)
    assert not (world.root / "prisma" / "plans").exists()


@pytest.mark.long
def test_what_was_said_to_type_is_asked_for(unmigrated: World) -> None:
    """With the copy of the index, as at the first time."""
    world = declare(unmigrated, '/// @kaven.index([slug], where: "code > 1")')
    before = world.extended.read_text("utf-8")
    made = world.expand("rename", "Place.slug", "path")
    typed = world.extended.read_text("utf-8")
    world.extended.write_text(before, encoding="utf-8")
    with pytest.raises(PlanRefused) as refused:
        check_typed(world.project, [find_plan(world.project.output, made.plan.name)])
    world.type(refused.value.edits)
    assert world.extended.read_text("utf-8") == typed
