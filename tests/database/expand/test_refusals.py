"""What no plan begins with, and when none goes on. Nothing is written then."""

from __future__ import annotations

import pytest

from kaven_schema.database.expand.plan import Plan, find_plan, read_plans
from kaven_schema.database.expand.texts import PlanRefused
from kaven_schema.diagnostics import KavenError
from tests.database.expand.world import World

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture
def before(world: World) -> list[str]:
    return sorted(str(path) for path in world.root.rglob("*.*") if ".kaven" not in path.parts)


def untouched(world: World) -> list[str]:
    return sorted(str(path) for path in world.root.rglob("*.*") if ".kaven" not in path.parts)


@pytest.mark.parametrize(
    ("kind", "field", "becomes", "words"),
    [
        ("rename", "User.email", "mail", "base's (prisma/schema.base.prisma:15)"),
        ("retype", "User.email", "Int", "only a release of its vendor"),
        ("require", "User.email", "", "base's"),
        ("drop", "User.email", "", "base's"),
        ("rename", "Task.user", "owner", "is a relation"),
        ("rename", "Task.userId", "ownerId", "holds the foreign key of the relation user"),
        ("drop", "Place.code", "", "part of the key"),
        ("rename", "Place.serial", "number", "autoincrement()"),
        ("rename", "Place.title", "size", "exists already"),
        ("require", "Place.title", "", "is required already"),
        ("require", "Place.tags", "", "is a list"),
        ("require", "Place.size", "", "nothing to put"),
        ("retype", "Place.title", "String", "has that type already"),
        ("retype", "Place.title", "Int?", "is required, and the new type is not"),
        ("retype", "Place.stars", "String", "needs in its own form"),
    ],
)
def test_fields_that_no_plan_changes(
    world: World,
    before: list[str],
    kind: str,
    field: str,
    becomes: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(world.root)
    with pytest.raises(PlanRefused) as refused:
        world.expand(kind, field, becomes)
    assert words in str(refused.value)
    assert refused.value.diagnostics[0].labels
    assert refused.value.diagnostics[0].help
    assert untouched(world) == before


@pytest.mark.parametrize(
    ("kind", "field", "becomes", "options", "rule"),
    [
        ("rename", "User.compani", "x", {}, "plan_field_unknown"),
        ("rename", "Nobody", "x", {}, "plan_field_unknown"),
        ("rename", "User.company", "9x", {}, "plan_field_invalid"),
        ("rename", "User.company", "other", {"column": "email"}, "plan_column_taken"),
        ("retype", "User.company", "Int @unique", {}, "plan_type_invalid"),
        ("retype", "User.company", "Int\n  more Int", {}, "plan_type_invalid"),
        ("retype", "User.company", "Int }", {}, "plan_type_invalid"),
        ("retype", "User.company", "Int", {"using": "nothing + 1"}, "plan_sql_refused"),
        ("retype", "User.company", "Boolean", {"back": "nothing"}, "plan_sql_refused"),
        ("retype", "Place.tags", "Int", {}, "plan_sql_refused"),
        ("require", "Place.size", "", {"using": "NULL"}, "plan_values_refused"),
    ],
)
def test_orders_that_cannot_be(
    world: World, before: list[str], kind: str, field: str, becomes: str, options: dict[str, str], rule: str
) -> None:
    world.rows("""INSERT INTO "Odd places" (country, code, "Title, as shown") VALUES ('DE', 1, 't')""")
    with pytest.raises(KavenError) as refused:
        world.expand(kind, field, becomes, **options)
    assert refused.value.rule == rule
    assert refused.value.help
    assert untouched(world) == before


def test_schema_that_is_ahead_of_its_migrations(world: World) -> None:
    world.edit("  locale  String", "  nick String?\n  locale  String")
    with pytest.raises(KavenError) as refused:
        world.expand("rename", "User.company", "organisation")
    assert refused.value.rule == "plan_not_current"


def test_steps_in_the_wrong_order(world: World) -> None:
    world.rows("""INSERT INTO "Odd places" (country, code, "Title, as shown") VALUES ('DE', 1, 't')""")
    plan = world.expand("rename", "Place.title", "heading").plan
    for step in (world.fill, world.contract):
        with pytest.raises(KavenError) as early:
            step(plan)
        assert (early.value.rule, early.value.help) == ("plan_not_expanded", "kaven migrate deploy")
    world.dev()
    with pytest.raises(KavenError) as unfilled:
        world.contract(plan)
    assert (unfilled.value.rule, "1 row " in unfilled.value.message) == ("plan_incomplete", True)
    world.fill(plan)
    world.contract(plan)
    with pytest.raises(KavenError) as not_applied:
        world.contract(plan)
    assert not_applied.value.rule == "plan_not_tightened"
    world.rows('ALTER TABLE "Odd places" DISABLE TRIGGER USER')
    with pytest.raises(KavenError) as off:
        world.fill(plan)
    assert "switched off" in off.value.message


@pytest.mark.parametrize("tightened", [False, True])
def test_database_that_was_never_filled_stops_by_itself(world: World, tightened: bool) -> None:
    """Elsewhere all steps may come in one deploy: then the data is safe, and the error says what to do."""
    field, column = ("Place.title", "heading") if tightened else ("User.company", "organisation")
    plan = world.expand("rename", field, column).plan
    world.dev()
    if tightened:
        world.contract(plan)
        world.rows(
            """ALTER TABLE "Odd places" DISABLE TRIGGER USER;
            INSERT INTO "Odd places" (country, code, "Title, as shown") VALUES ('DE', 1, 't');
            ALTER TABLE "Odd places" ENABLE TRIGGER USER"""
        )
    else:
        world.type(world.refused(plan)[1])
        world.type(world.refused(plan)[1])
        world.contract(plan)
        world.rows(
            "ALTER TABLE users DISABLE TRIGGER USER; INSERT INTO users (id, email, company) VALUES ('1', '1', 'c');"
            " ALTER TABLE users ENABLE TRIGGER USER"
        )
    stopped = world.deploy()
    assert stopped.applied == ()
    assert f"run kaven migrate backfill {plan.name}" in stopped.diagnostics[0].message
    assert world.fill(plan).filled == 1
    assert len(world.deploy().applied) == 1 + tightened


def test_rows_that_security_hides_count(world: World) -> None:
    """Under FORCE the owner sees no row: that is no proof that none is left."""
    world.rows("INSERT INTO users (id, email, company) VALUES ('1', '1', 'c')")
    plan = world.expand("rename", "User.company", "organisation").plan
    world.dev()
    world.rows("ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY")
    with pytest.raises(KavenError) as unseen:
        world.fill(plan)
    assert unseen.value.rule == "backfill_refused"
    assert "CREATE POLICY" in unseen.value.help
    with pytest.raises(KavenError) as contracted:
        world.contract(plan)
    assert contracted.value.rule == "plan_incomplete"


def test_one_plan_at_a_time_for_a_column(world: World) -> None:
    """The next one has a name of its own."""
    first = world.expand("drop", "Place.size").plan
    with pytest.raises(PlanRefused) as refused:
        world.expand("drop", "Place.size")
    assert refused.value.diagnostics[0].rule == "plan_open"
    world.type(world.refused(first)[1])
    world.contract(first)
    world.dev()
    world.edit("  stars   Int", "  size    String?\n  stars   Int")
    world.dev()
    assert world.expand("drop", "Place.size").plan.name == f"{first.name}_2"


def test_documentation_goes_with_what_it_documents(world: World) -> None:
    before = world.extended.read_text("utf-8")
    world.edit(
        "  locale  String", "  /// Where\n  /// they live\n  city    String? /// now\n  locale  String"
    )
    world.dev()
    plan = world.expand("drop", "User.city").plan
    assert "city String? @ignore /// now" in world.extended.read_text("utf-8")
    world.type(world.refused(plan)[1])
    assert world.extended.read_text("utf-8") == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind = ", "Invalid value"),
        ('kind = "rename"\n', "lacks model"),
        ('kind = "x"\nmodel = "a"\nfield = "b"\ntable = "c"\ncolumn = "d"\n', "no kind x"),
        ("extra = 1\n", "no key extra"),
        ("model = 1\n", "wrong type"),
        ('expand = "x"\n', "wrong type"),
    ],
)
def test_broken_plan_file(world: World, text: str, words: str) -> None:
    path = world.root / "prisma" / "plans" / "x.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KavenError) as refused:
        read_plans(world.project.output)
    assert refused.value.rule == "plan_file_invalid"
    assert words in refused.value.message


def test_plan_file_keeps_every_name(world: World) -> None:
    from kaven_schema.database.expand.plan import write_plan

    plan = Plan(
        name="odd",
        kind="retype",
        model="M",
        field="f",
        schema='a"b',
        table="t\\\x7f\n",
        column="ü 'x'",
        fill="'%'",
    )
    write_plan(world.project.output, plan, root=world.root)
    assert find_plan(world.project.output, "odd") == plan
    with pytest.raises(KavenError) as unknown:
        find_plan(world.project.output, "other")
    assert (unknown.value.rule, unknown.value.help) == ("plan_unknown", "name one of: odd")
