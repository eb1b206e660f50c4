"""Each kind of plan from its first step to its last, on a database."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kaven_schema.database.expand.backfill import BackfillOptions, backfill
from kaven_schema.database.expand.contracting import Contraction
from kaven_schema.database.expand.drafts import column_of
from kaven_schema.database.expand.plan import Plan, find_plan
from kaven_schema.database.expand.texts import PlanRefused
from kaven_schema.database.migrations.deploy import DeployOptions, deploy
from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from tests.database.expand.world import World
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")

PLACES = """\
INSERT INTO "Odd places" (country, code, "Title, as shown", "select", "stars (1-5) %", colour, tags, note, slug)
SELECT c, n, c || n, CASE WHEN n % 3 > 0 THEN n::text END, n, CASE n % 3 WHEN 0 THEN 'RED'::"Colour" END,
    ARRAY[c], '{"n": 1}', c || '-' || n FROM unnest(ARRAY['DE', 'FR', 'ES']) AS c, generate_series(1, 30) AS n"""
USERS = """\
INSERT INTO users (id, email, company)
SELECT n, n, CASE WHEN n % 2 = 0 THEN 'c' || n END FROM generate_series(1, 50) n"""


def finish(world: World, plan_name: str) -> list[str]:
    """All that is left after the backfill; the titles of the migrations that were written."""
    plan = find_plan(world.project.output, plan_name)
    titles: list[str] = []
    if plan.is_required:
        made = world.contract(plan)
        titles += [one.name[15:] for one in made.written]
        assert world.dev() == ()
        assert world.differences() == ""
    made = last_step(world, plan)
    titles += [one.name[15:] for one in made.written]
    assert world.dev() == ()
    assert world.differences() == ""
    assert world.lint() == ["not_null_kept"] * (plan.kind == "drop" and plan.was_required)
    return titles


def last_step(world: World, plan: Plan) -> Contraction:
    """Refused as long as the schema names the column; what the refusal says is typed in."""
    while column_of(world.project.compile().catalog, plan, plan.old):
        diagnostics, edits = world.refused(plan)
        assert [one.rule for one in diagnostics] == ["plan_column_named"]
        world.type(edits)
        if "@ignore" in world.extended.read_text("utf-8"):
            assert world.differences() == ""
    return world.contract(plan)


def test_rename(world: World) -> None:
    world.rows(USERS)
    made = world.expand("rename", "User.company", "organisation")
    assert [one.name[15:] for one in made.written] == ["dev_rename_user_company"]
    assert "  organisation String?\n" in world.extended.read_text("utf-8")
    assert world.dev() == ()
    assert world.differences() == ""
    assert world.lint() == []
    world.rows("INSERT INTO users (id, email, company) VALUES ('old', 'old', 'o')")
    world.rows("INSERT INTO users (id, email, organisation) VALUES ('new', 'new', 'n')")
    world.rows("UPDATE users SET organisation = 'later' WHERE id = '1'")
    world.rows("UPDATE users SET company = NULL WHERE id = '2'")
    world.rows("UPDATE users SET locale = 'de' WHERE id = '4'")
    for column in ("company", "organisation"):
        world.rows(
            f"INSERT INTO users (id, email, {column}) VALUES ('6', '6', 'x') ON CONFLICT (id)"
            f" DO UPDATE SET {column} = EXCLUDED.{column} || coalesce(users.{column}, '')"
        )
    assert world.rows(
        "SELECT id, company, organisation FROM users WHERE id IN ('old', 'new', '1', '2', '4', '6') ORDER BY id"
    ) == [
        ("1", "later", "later"),
        ("2", None, None),
        ("4", "c4", "c4"),
        ("6", "xxc6", "xxc6"),
        ("new", "n", "n"),
        ("old", "o", "o"),
    ]
    done = world.fill(made.plan)
    assert (done.is_complete, done.filled) == (True, 22)
    assert world.rows("SELECT count(*) FROM users WHERE company IS DISTINCT FROM organisation") == [(0,)]
    assert finish(world, made.plan.name) == ["dev_rename_user_company_contract"]
    assert world.rows("SELECT organisation FROM users WHERE id = '50'") == [("c50",)]
    assert world.rows("SELECT count(*) FROM pg_proc WHERE proname LIKE 'kaven%'") == [(0,)]


def test_rename_of_a_required_column_of_a_composite_key(world: World) -> None:
    world.rows(PLACES)
    made = world.expand("rename", "Place.title", "heading", column='The "new" heading'.replace('"', "'"))
    assert [one.name[15:] for one in made.written] == [
        "dev_rename_place_title",
        "dev_rename_place_title_index",
    ]
    assert "CREATE INDEX CONCURRENTLY" in made.written[1].sql
    assert world.dev() == ()
    assert world.differences() == ""
    assert world.lint() == []
    assert world.fill(made.plan).filled == 90
    titles = finish(world, made.plan.name)
    assert titles == [f"dev_rename_place_title_{step}" for step in ("promise", "require", "contract")]
    assert world.rows(
        """SELECT count(*) FROM "Odd places" WHERE "The 'new' heading" = country || code"""
    ) == [(90,)]
    assert "company String? // where they work" in world.extended.read_text("utf-8")


def test_rename_of_a_column_with_a_default(world: World) -> None:
    """In the release in between both columns have it: what was left out is not what was written."""
    world.rows(USERS)
    world.rows("UPDATE users SET locale = 'fr' WHERE id = '3'")
    made = world.expand("rename", "User.locale", "language")
    assert world.dev() == ()
    assert world.rows("SELECT count(*) FROM users WHERE language IS NULL") == [(50,)]
    world.rows("INSERT INTO users (id, email) VALUES ('none', 'none')")
    world.rows("INSERT INTO users (id, email, locale) VALUES ('old', 'old', 'de')")
    world.rows("INSERT INTO users (id, email, language) VALUES ('new', 'new', 'es')")
    world.rows("INSERT INTO users (id, email, language) VALUES ('same', 'same', 'en')")
    assert world.fill(made.plan).filled == 50
    expected = [
        ("3", "fr", "fr"),
        ("new", "es", "es"),
        ("none", "en", "en"),
        ("old", "de", "de"),
        ("same", "en", "en"),
    ]
    found = (
        "SELECT id, locale, language FROM users WHERE locale <> 'en' OR id IN ('none', 'same') ORDER BY id"
    )
    assert world.rows(found) == expected
    finish(world, made.plan.name)
    world.rows("INSERT INTO users (id, email) VALUES ('last', 'last')")
    assert world.rows("SELECT language FROM users WHERE id = 'last'") == [("en",)]


@pytest.mark.parametrize("field", ["colour", "tags", "note", "slug"])
def test_rename_of_each_type(world: World, field: str) -> None:
    world.rows(PLACES)
    before = world.rows(f'SELECT country, code, {field}::text FROM "Odd places" ORDER BY 1, 2')
    made = world.expand("rename", f"Place.{field}", "renamed")
    assert world.dev() == ()
    assert world.differences() == ""
    assert world.lint() == []
    world.fill(made.plan)
    finish(world, made.plan.name)
    assert world.rows('SELECT country, code, renamed::text FROM "Odd places" ORDER BY 1, 2') == before
    unique = """SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%UNIQUE%renamed%'"""
    assert len(world.rows(unique)) == (field == "slug")


def test_retype(world: World) -> None:
    """Its field keeps its name; the lossy way back never comes forth again."""
    world.rows(PLACES)
    made = world.expand("retype", "Place.stars", "Decimal @default(1) @db.Decimal(4, 2)")
    assert world.dev() == ()
    assert world.differences() == ""
    assert world.lint() == []
    odd, new = '"Odd places"', '"stars (1-5) %_v2"'
    world.rows(f"UPDATE {odd} SET {new} = 2.75 WHERE country = 'DE' AND code = 1")
    world.rows(f"UPDATE {odd} SET tags = '{{}}' WHERE country = 'DE' AND code = 1")
    world.rows(f"UPDATE {odd} SET \"stars (1-5) %\" = 5 WHERE country = 'DE' AND code = 2")
    both = f"SELECT \"stars (1-5) %\", {new}::text FROM {odd} WHERE country = 'DE' AND code < 4 ORDER BY code"
    assert world.rows(both) == [(3, "2.75"), (5, "5.00"), (3, None)]
    assert world.fill(made.plan).is_complete
    world.rows(f"UPDATE {odd} SET slug = NULL")
    assert world.rows(both) == [(3, "2.75"), (5, "5.00"), (3, "3.00")]
    finish(world, made.plan.name)
    text = world.extended.read_text("utf-8")
    assert 'stars Decimal @default(1) @map("stars (1-5) %_v2") @db.Decimal(4, 2)' in text
    assert "Old" not in text
    assert world.rows(f"SELECT {new}::text FROM {odd} WHERE country = 'DE' AND code = 1") == [("2.75",)]


def test_retype_with_an_expression(world: World) -> None:
    world.rows(PLACES)
    using = """CASE WHEN "select"::int % 2 = 0 THEN 'BLUE' ELSE 'RED' END::"Colour\""""
    made = world.expand("retype", "Place.size", "Colour", using=using, back="'1'")
    assert world.dev() == ()
    assert world.fill(made.plan).filled == 90
    finish(world, made.plan.name)
    found = world.rows('SELECT "select_v2", count(*) FROM "Odd places" GROUP BY 1 ORDER BY 1')
    assert found == [("RED", 60), ("BLUE", 30)]


def test_retype_between_text_and_enum(world: World) -> None:
    world.rows(PLACES)
    made = world.expand("retype", "Place.colour", "String")
    assert world.dev() == ()
    world.rows(
        """INSERT INTO "Odd places" (country, code, "Title, as shown", colour_v2) VALUES ('IT', 1, 't', 'BLUE')"""
    )
    world.fill(made.plan)
    finish(world, made.plan.name)
    assert world.rows('SELECT DISTINCT colour_v2 FROM "Odd places" ORDER BY 1') == [
        ("BLUE",),
        ("RED",),
        (None,),
    ]


def test_values_that_cannot_be_converted(world: World) -> None:
    """They are told of before a plan begins, and before anything of a backfill is written."""
    world.rows(PLACES)
    world.rows("""UPDATE "Odd places" SET "select" = 'large' WHERE code = 5""")
    with pytest.raises(KavenError) as refused:
        world.expand("retype", "Place.size", "Int")
    assert refused.value.rule == "plan_values_refused"
    assert "3 rows" in refused.value.message
    assert "country=DE, code=5" in refused.value.message
    assert not (world.root / "prisma" / "plans").exists()
    world.rows("""UPDATE "Odd places" SET "select" = '5' WHERE code = 5""")
    made = world.expand("retype", "Place.size", "Int")
    assert world.dev() == ()
    world.rows("""UPDATE "Odd places" SET "select" = 'small' WHERE code = 7 AND country = 'FR'""")
    done = world.fill(made.plan)
    assert (done.is_complete, done.hopeless, done.keys, done.filled) == (False, 1, ("country=FR, code=7",), 0)
    assert world.rows('SELECT count(*) FROM "Odd places" WHERE select_v2 IS NOT NULL') == [(0,)]
    with pytest.raises(KavenError) as early:
        world.contract(made.plan)
    assert early.value.rule == "plan_values_refused"
    world.rows("""UPDATE "Odd places" SET "select" = '7' WHERE code = 7 AND country = 'FR'""")
    assert world.fill(made.plan).is_complete
    finish(world, made.plan.name)


def test_require(world: World) -> None:
    world.rows(PLACES)
    made = world.expand("require", "Place.size", using="'unknown, ' || country")
    assert made.edits.edits == ()
    assert world.dev() == ()
    assert world.differences() == ""
    assert world.lint() == []
    world.rows("""INSERT INTO "Odd places" (country, code, "Title, as shown") VALUES ('IT', 1, 't')""")
    assert world.rows("""SELECT "select" FROM "Odd places" WHERE country = 'IT'""") == [("unknown, IT",)]
    with pytest.raises(KavenError) as early:
        world.contract(made.plan)
    assert early.value.rule == "plan_incomplete"
    assert world.fill(made.plan).filled == 30
    titles = finish(world, made.plan.name)
    assert titles == [f"dev_require_place_size_{step}" for step in ("promise", "require", "contract")]
    assert world.rows("SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND conname LIKE 'kaven%'") == [
        (0,)
    ]
    assert 'size    String  @map("select")' in world.extended.read_text("utf-8").replace(
        "size String", "size    String "
    )


def test_require_of_bases_model_needs_a_default(world: World) -> None:
    with pytest.raises(PlanRefused) as refused:
        world.expand("require", "User.company", using="''")
    assert [one.rule for one in refused.value.diagnostics] == ["extension_field_has_database_default"]


@pytest.mark.parametrize(("field", "loosened"), [("title", True), ("stars", False), ("size", False)])
def test_drop(world: World, field: str, loosened: bool) -> None:
    world.rows(PLACES)
    made = world.expand("drop", f"Place.{field}")
    assert len(made.written) == loosened
    assert world.dev() == ()
    assert world.differences() == ""
    without = "INSERT INTO \"Odd places\" (country, code{}) VALUES ('IT', 1{})"
    title = "" if loosened else ", 't'"
    world.rows(without.format(', "Title, as shown"' if title else "", title))
    titles = finish(world, made.plan.name)
    assert titles == [f"dev_drop_place_{field}_contract"]
    assert world.rows('SELECT count(*) FROM "Odd places"') == [(91,)]


def test_contract_writes_its_own_entry(world: World) -> None:
    made = world.expand("rename", "Place.title", "heading")
    world.dev()
    accepted = world.migrations / "accepted-breaks.toml"
    accepted.write_text("# ours\n", encoding="utf-8")
    finish(world, made.plan.name)
    text = accepted.read_text(encoding="utf-8")
    assert text.startswith("# ours\n\n[[break]]\n")
    assert text.count("[[break]]") == 4
    for rule in ("column_not_dropped", "constraint_not_dropped", "object_not_dropped", "not_null_kept"):
        assert json.dumps(rule) in text
    with pytest.raises(KavenError) as done:
        world.contract(made.plan)
    assert done.value.rule == "plan_done"


def test_elsewhere_in_another_schema(world: World, shadow: DatabaseUrl) -> None:
    """The same migrations on a database whose URL names a schema; a writer that searches another one is served."""
    made = world.expand("retype", "Place.colour", "String")
    query(shadow, "CREATE SCHEMA theirs")
    theirs = replace(shadow, options={**shadow.options, "schema": "theirs"})
    assert len(deploy(theirs, read_folder(world.migrations), DeployOptions()).applied) == 2
    table = 'theirs."Odd places"'
    query(shadow, f"ALTER TABLE {table} DISABLE TRIGGER USER")
    query(theirs, PLACES)
    query(shadow, f"ALTER TABLE {table} ENABLE TRIGGER USER")
    columns = 'country, code, "Title, as shown", colour_v2'
    query(shadow, f"INSERT INTO {table} ({columns}) VALUES ('IT', 1, 't', 'BLUE')")
    assert query(shadow, f"SELECT colour FROM {table} WHERE country = 'IT'") == [("BLUE",)]
    assert backfill(theirs, made.plan, BackfillOptions(batch=7)).filled == 30
    assert query(shadow, f"SELECT count(*) FROM {table} WHERE colour_v2 IS DISTINCT FROM colour::text") == [
        (0,)
    ]
