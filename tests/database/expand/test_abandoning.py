"""Plans that are given up: the schema, extended and the writers are as they were before."""

from __future__ import annotations

import pytest
from psycopg.errors import UndefinedColumn

from kaven_schema.database.expand.abandoning import Abandoned, abandon
from kaven_schema.database.expand.awaiting import check_typed
from kaven_schema.database.expand.plan import Plan, find_plan, plan_path, read_plans, write_plan
from kaven_schema.database.expand.texts import PlanRefused
from kaven_schema.database.migrations.folder import read_folder, write_migration
from kaven_schema.diagnostics import ExitCode, KavenError
from tests.database.expand.test_plans import PLACES, USERS
from tests.database.expand.world import LATER, TODAY, World

pytestmark = pytest.mark.xdist_group("postgres")

OBJECTS = """\
SELECT (SELECT count(*) FROM pg_proc WHERE proname LIKE 'kaven%')
    + (SELECT count(*) FROM pg_constraint WHERE conname LIKE 'kaven%')"""
COLUMNS = """\
SELECT table_name, column_name, is_nullable FROM information_schema.columns WHERE table_schema = 'public'
ORDER BY 1, 2"""


def give_up(world: World, plan: Plan) -> Abandoned:
    """With what it says typed in."""
    try:
        return _abandon(world, plan)
    except PlanRefused as refused:
        world.type(refused.edits)
        return _abandon(world, plan)


def _abandon(world: World, plan: Plan) -> Abandoned:
    now = find_plan(world.project.output, plan.name)
    return abandon(world.project, now, lambda: world.url, today=TODAY, expires=LATER)


def words(world: World) -> list[str]:
    """Of extended: lines that are written anew are not aligned."""
    return world.extended.read_text("utf-8").split()


def begun(world: World, *order: str, **options: str) -> Plan:
    plan = world.expand(*order, **options).plan
    assert world.dev() == ()
    return plan


ORDERS: tuple[tuple[tuple[str, ...], dict[str, str], list[str]], ...] = (
    (("rename", "User.company", "organisation"), {}, ["abandon"]),
    (("rename", "Place.title", "heading"), {}, ["promise", "require", "abandon"]),
    (("retype", "Place.stars", "Decimal @default(1)"), {}, ["abandon"]),
    (("require", "Place.size"), {"using": "'none'"}, ["abandon"]),
)


def test_everything_is_as_before(world: World) -> None:
    """Also where the new column is required by now, and the old one has left the client."""
    world.rows(f"{PLACES};{USERS}")
    text, columns = words(world), world.rows(COLUMNS)
    plans = [begun(world, *order, **options) for order, options, _ in ORDERS]
    for plan in plans[1:]:
        world.fill(plan)
        world.contract(plan)
    assert world.dev() == ()
    for plan, (_, _, titles) in zip(plans, ORDERS, strict=True):
        made = give_up(world, plan)
        assert [one.name.rpartition("_")[2] for one in made.written] == titles
    write_plan(world.project.output, plans[0], root=world.root)
    assert give_up(world, plans[0]).written == (), "killed before the plan's file was removed"
    assert words(world) == text
    assert read_plans(world.project.output) == ()
    assert world.dev() == ()
    assert world.differences() == ""
    assert world.rows(COLUMNS) == columns
    assert world.rows(OBJECTS) == [(0,)]
    assert world.lint() == []
    world.rows("UPDATE users SET company = 'x'")
    world.rows("""UPDATE "Odd places" SET "stars (1-5) %" = 2, "Title, as shown" = 't', "select" = NULL""")


def test_a_required_field_that_was_to_go(world: World) -> None:
    """Rows of the new code have none by now: that stops the deploy, not the writers."""
    columns = world.rows(COLUMNS)
    plan = begun(world, "drop", "Place.title")
    world.rows("INSERT INTO \"Odd places\" (country, code) VALUES ('XX', 1)")
    give_up(world, plan)
    stopped = world.deploy()
    assert "Title, as shown is null in some rows: give them values" in stopped.diagnostics[0].message
    world.rows("""UPDATE "Odd places" SET "Title, as shown" = 't'""")
    assert world.dev() == ()
    assert world.rows(COLUMNS) == columns


def test_migration_waits_for_the_last_step(world: World) -> None:
    """Between the line that went and the last step nothing may drop the column under its trigger."""
    plan = begun(world, "rename", "User.company", "organisation")
    for _ in range(2):
        check_typed(world.project, [plan])
        world.type(world.refused(plan)[1])
    with pytest.raises(PlanRefused) as waiting:
        check_typed(world.project, [plan])
    (found,) = waiting.value.diagnostics
    assert (found.rule, found.help) == ("plan_open", f"kaven migrate contract {plan.name}")
    made = world.contract(plan)
    write_plan(world.project.output, plan, root=world.root)
    again = world.contract(plan)
    assert (again.written, again.plan) == ((), made.plan), "killed before the step was noted"
    with pytest.raises(KavenError) as over:
        give_up(world, plan)
    assert (over.value.rule, over.value.exit_code) == ("plan_done", ExitCode.WRONG_USE)
    assert "_contract drops users.company" in over.value.message


@pytest.mark.parametrize("goes", ["old", "new"])
def test_a_column_that_was_dropped_under_its_trigger(world: World, goes: str) -> None:
    """What an older version let happen: removed while nothing has it, taken to its end where something has."""
    plan = begun(world, "rename", "User.company", "organisation")
    world.edit(*(("  company String?", "  //") if goes == "old" else ("  organisation String?\n", "")))
    column = "company" if goes == "old" else "organisation"
    sql = f'ALTER TABLE "users" DROP COLUMN "{column}";\n'
    folder = read_folder(world.migrations)
    dropping = write_migration(folder, "dev", "change", sql, root=world.root)
    end = world.contract if goes == "old" else lambda one: give_up(world, one)
    with pytest.raises(KavenError) as pending:
        end(plan)
    assert pending.value.rule == "plan_column_dropped"
    assert dropping.name in pending.value.help
    world.deploy()
    with pytest.raises(UndefinedColumn, match="has no field"):
        world.rows("INSERT INTO users (id, email) VALUES ('1', '1')")
    end(plan)
    assert world.lint() == ["column_not_dropped"]
    assert world.dev() == ()
    assert world.differences() == ""
    world.rows("INSERT INTO users (id, email) VALUES ('1', '1')")
    assert world.rows(OBJECTS) == [(0,)]
    assert plan_path(world.project.output, plan.name).exists() == (goes == "old")
