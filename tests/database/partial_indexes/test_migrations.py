"""`/// @kaven.index(…)` from the schema to the database and back, with `kaven migrate` as a user runs it."""

from __future__ import annotations

import json

import pytest

from kaven_schema.database.url import DatabaseUrl
from tests.cli.conftest import Project
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")
DEV = ("migrate", "dev", "--no-client")
INDEXES = (
    "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '% WHERE %'"
    " ORDER BY 1"
)
OPEN = r"""/// @kaven.index([tenantId, createdAt], where: "\"closedAt\" IS NULL", map: "tickets_open")"""
MARKING = "COMMENT ON INDEX \"tickets_open\" IS 'declared by @kaven.index'"
SUBJECT = r"""/// @kaven.index([subject], where: "\"closedAt\" IS NULL", unique: true)"""


@pytest.fixture
def migrating(project: Project, database: DatabaseUrl, shadow: DatabaseUrl) -> Project:
    project.environment |= {"DATABASE_URL": str(database), "SHADOW_DATABASE_URL": str(shadow)}
    project.edit(project.extended, "  subject ", "  closedAt  DateTime?\n  subject ")
    project.edit(project.extended, "  @@index([authorId])", f"  {OPEN}\n  @@index([authorId])")
    return project


def newest(project: Project) -> str:
    scripts = sorted((project.root / "prisma" / "migrations").glob("*/migration.sql"))
    return scripts[-1].read_text(encoding="utf-8")


def dev(project: Project, *arguments: str) -> str:
    """The statements of the migration that a run wrote and applied; empty where it wrote none."""
    before = set((project.root / "prisma" / "migrations").glob("*/migration.sql"))
    run = project.run(*DEV, *arguments)
    assert run.code == 0, run.err
    written = set((project.root / "prisma" / "migrations").glob("*/migration.sql")) - before
    return newest(project) if written else ""


def names(database: DatabaseUrl) -> list[object]:
    return [name for name, _ in query(database, INDEXES)]


def assert_settled(project: Project) -> None:
    """No command sees a difference, and the next `dev`, which compares the migrations with both, writes nothing."""
    assert project.run("migrate", "status").code == 0
    for states in (("database", "schema"), ("schema", "database")):
        found = project.run("migrate", "diff", "--from", states[0], "--to", states[1], "--check")
        assert (found.code, found.out) == (0, "no difference\n"), states
    assert dev(project) == ""


def test_from_the_schema_to_the_database_and_away_again(migrating: Project, database: DatabaseUrl) -> None:
    first = dev(migrating)
    made = 'CREATE INDEX IF NOT EXISTS "tickets_open" ON "tickets"("tenant_id", "created_at") WHERE "closedAt" IS NULL;'
    assert made in first
    assert names(database) == ["tickets_open"]
    assert OPEN in migrating.merged()
    assert_settled(migrating)

    migrating.edit(migrating.extended, OPEN, OPEN.replace("IS NULL", "IS NOT NULL"))
    migrating.edit(migrating.extended, "  @@index([authorId])", f"  {SUBJECT}\n  @@index([authorId])")
    changed = dev(migrating)
    assert changed.startswith('-- DropPartialIndex\nDROP INDEX "tickets_open";')
    assert 'CREATE UNIQUE INDEX IF NOT EXISTS "tickets_subject_partial_key"' in changed
    definitions = {str(name): definition for name, definition in query(database, INDEXES)}
    assert str(definitions["tickets_open"]).endswith('WHERE ("closedAt" IS NOT NULL)')

    migrating.edit(migrating.extended, OPEN.replace("IS NULL", "IS NOT NULL"), "")
    assert dev(migrating) == '-- DropPartialIndex\nDROP INDEX "tickets_open";\n'
    assert names(database) == ["tickets_subject_partial_key"]


@pytest.mark.long
def test_by_hand_then_declared(migrating: Project, database: DatabaseUrl) -> None:
    """Undeclared it is left alone, and keeps no migration from being applied; declared it is only marked."""
    migrating.edit(migrating.extended, f"  {OPEN}\n", "")
    dev(migrating)
    query(database, 'CREATE INDEX tickets_open ON tickets (tenant_id, created_at) WHERE "closedAt" IS NULL')
    migrating.edit(migrating.extended, "  closedAt ", "  due DateTime?\n  closedAt ")
    run = migrating.run(*DEV)
    assert (run.code, "--allow-drift" in run.err) == (0, False)
    assert (
        "warning[database_as_migrated]: the database was changed since its last migration, in 1 line\n"
        in run.err
    )
    query(database, 'CREATE INDEX second ON tickets (subject) WHERE "closedAt" IS NULL')
    second = SUBJECT.replace("unique: true", 'map: "second"')
    migrating.edit(
        migrating.extended, "  @@index([authorId])", f"  {OPEN}\n  {second}\n  @@index([authorId])"
    )
    run = migrating.run(*DEV)
    assert (run.code, "database_as_migrated" in run.err) == (0, False), run.err
    assert MARKING in newest(migrating)
    assert names(database) == ["second", "tickets_open"]
    assert_settled(migrating)
    assert migrating.run("migrate", "deploy").code == 0


@pytest.mark.long
def test_only_its_name_changes(migrating: Project, database: DatabaseUrl) -> None:
    dev(migrating)
    migrating.edit(migrating.extended, 'map: "tickets_open"', 'map: "open_tickets"')
    assert dev(migrating) == '-- RenamePartialIndex\nALTER INDEX "tickets_open" RENAME TO "open_tickets";\n'
    assert names(database) == ["open_tickets"]
    assert_settled(migrating)


@pytest.mark.long
def test_drift(migrating: Project, database: DatabaseUrl) -> None:
    dev(migrating)
    query(database, "CREATE INDEX by_hand ON tickets (subject) WHERE subject <> ''")
    query(database, "DROP INDEX tickets_open")
    run = migrating.run(*DEV)
    assert run.code == 1
    assert "Removed partial index `tickets_open`" in run.err
    assert "Added partial index `by_hand`" not in run.err
    script = migrating.run("migrate", "diff", "--from", "database", "--script")
    assert 'CREATE INDEX IF NOT EXISTS "tickets_open"' in script.out
    back = migrating.run("migrate", "diff", "--from", "schema", "--to", "database", "--script")
    assert back.out == '-- DropPartialIndex\nDROP INDEX "tickets_open";\n'
    query(database, script.out)
    assert dev(migrating) == ""
    query(database, "COMMENT ON INDEX tickets_open IS NULL")
    marking = migrating.run("migrate", "diff", "--from", "database", "--script").out
    assert marking == f"-- MarkPartialIndex\n{MARKING};\n"


def test_what_the_rest_of_the_migration_does_to_them(migrating: Project, database: DatabaseUrl) -> None:
    """A column made anew takes its indexes along; an enum's value goes only without those that name the enum."""
    guests = r"""/// @kaven.index([email], where: "role = 'MEMBER'", map: "members")"""
    migrating.edit(migrating.extended, "  tickets Ticket[]\n}", f"  tickets Ticket[]\n\n  {guests}\n}}")
    dev(migrating)
    assert names(database) == ["members", "tickets_open"]
    migrating.edit(migrating.extended, "GUEST", "VISITOR")
    migrating.edit(migrating.extended, "closedAt  DateTime?", "closedAt  Int?\n  due DateTime?")
    due = r"""/// @kaven.index([due], where: "due IS NOT NULL")"""
    migrating.edit(migrating.extended, OPEN, f"{OPEN}\n  {due}")
    run = migrating.run(*DEV, "--create-only")
    assert (run.code, "column_not_dropped" in run.err) == (1, True)
    script = newest(migrating)
    assert script.startswith('-- DropPartialIndex\nDROP INDEX "members";\n')
    made = [line.split('"')[1] for line in script.splitlines() if line.startswith("CREATE INDEX")]
    assert made == ["members", "tickets_open", "tickets_due_partial_idx"]
    query(database, script)
    assert names(database) == sorted(made)
    assert migrating.run("migrate", "diff", "--from", "database").out == "no difference\n"


@pytest.mark.long
def test_what_postgresql_refuses_is_told_before_a_migration_is_written(migrating: Project) -> None:
    dev(migrating)
    before = newest(migrating)
    migrating.edit(migrating.extended, '"closedAt\\" IS NULL', '"closedAt\\" > 3')
    run = migrating.run(*DEV)
    assert run.code == 1
    assert "error[partial_index_refused]" in run.err
    assert "operator does not exist" in run.err
    line = migrating.extended.read_text(encoding="utf-8").split("@kaven.index")[0].count("\n") + 1
    assert f"--> prisma/schema.extended.prisma:{line}:" in run.err
    assert newest(migrating) == before


@pytest.mark.long
def test_from_nothing_and_for_programs(migrating: Project) -> None:
    migrating.run("merge")
    found = json.loads(migrating.run("migrate", "diff", "--from", "empty", "--json").out)
    assert "Added partial index `tickets_open`" in found["summary"]
    assert found["script"].rstrip().endswith("IS 'declared by @kaven.index';")
    back = migrating.run("migrate", "diff", "--from", "schema", "--to", "empty", "--script").out
    assert back.startswith('-- DropPartialIndex\nDROP INDEX "tickets_open";')


def test_blame_knows_its_line(migrating: Project) -> None:
    line = migrating.extended.read_text(encoding="utf-8").splitlines().index(f"  {OPEN}") + 1
    shown = [row for row in migrating.run("blame", "Ticket").out.splitlines() if "@kaven.index" in row]
    assert len(shown) == 1
    assert f"prisma/schema.extended.prisma:{line}" in shown[0]


@pytest.mark.long
def test_edited_to_be_built_concurrently(migrating: Project, database: DatabaseUrl) -> None:
    """The lint advises it for large tables, in a migration of its own: the mark comes with the next."""
    dev(migrating)
    migrating.edit(migrating.extended, OPEN, SUBJECT)
    migrating.edit(migrating.extended, SUBJECT, f"{OPEN}\n  {SUBJECT}")
    assert migrating.run(*DEV, "--create-only").code == 0
    path = max((migrating.root / "prisma" / "migrations").glob("*/migration.sql"))
    made, mark = newest(migrating).split("COMMENT")
    path.write_text(made.replace("UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY"), encoding="utf-8")
    assert dev(migrating) == f"-- MarkPartialIndex\nCOMMENT{mark}"
    assert names(database) == ["tickets_open", "tickets_subject_partial_key"]
    assert_settled(migrating)


@pytest.mark.long
def test_a_predicate_on_a_value_that_comes_with_it(migrating: Project, database: DatabaseUrl) -> None:
    dev(migrating)
    visitors = r"""/// @kaven.index([email], where: "role = 'VISITOR'")"""
    migrating.edit(migrating.extended, "  GUEST", "  GUEST\n  VISITOR")
    migrating.edit(migrating.extended, "  tickets Ticket[]\n}", f"  tickets Ticket[]\n\n  {visitors}\n}}")
    refused = migrating.run(*DEV)
    assert (refused.code, "enum_value_used_later" in refused.err) == (1, True)
    path = max((migrating.root / "prisma" / "migrations").glob("*/migration.sql"))
    path.write_text(newest(migrating).partition("-- CreatePartialIndex")[0], encoding="utf-8")
    assert dev(migrating).startswith("-- CreatePartialIndex\n")
    assert names(database) == ["tickets_open", "users_email_partial_idx"]
    assert_settled(migrating)


@pytest.mark.long
@pytest.mark.parametrize(
    "spelling", [r"(\"closedAt\" is null)", r"\"closedAt\" IS NULL AND TRUE = TRUE"], ids=["same", "other"]
)
def test_spelled_otherwise(migrating: Project, spelling: str) -> None:
    """The same for PostgreSQL makes no migration; what only reasoning makes the same does."""
    dev(migrating)
    migrating.edit(migrating.extended, r"\"closedAt\" IS NULL", spelling)
    assert bool(dev(migrating)) is ("TRUE" in spelling)
    assert_settled(migrating)


@pytest.mark.long
def test_a_schema_of_its_own(migrating: Project, database: DatabaseUrl) -> None:
    query(database, "CREATE SCHEMA theirs")
    migrating.environment["DATABASE_URL"] = str(database.with_schema("theirs"))
    dev(migrating)
    found = query(database, "SELECT schemaname::text FROM pg_indexes WHERE indexname = 'tickets_open'")
    assert found == [("theirs",)]
    assert_settled(migrating)


@pytest.mark.long
def test_baseline_and_a_table_that_goes(migrating: Project, database: DatabaseUrl) -> None:
    migrating.run("merge")
    query(database, migrating.run("migrate", "diff", "--from", "empty", "--script").out)
    managed = migrating.run("migrate", "baseline")
    assert managed.code == 0, managed.err
    assert 'CREATE INDEX IF NOT EXISTS "tickets_open"' in newest(migrating)
    assert_settled(migrating)
    text = migrating.extended.read_text(encoding="utf-8")
    start = text.index("/// What a customer asks for")
    text = text[:start] + text[text.index("enum Role") :]
    migrating.extended.write_text(text.replace("  tickets Ticket[]\n", "").replace("model Tenant {\n}", ""))
    run = migrating.run(*DEV)
    assert "table_not_dropped" in run.err
    query(database, newest(migrating))
    assert migrating.run("migrate", "diff", "--from", "database").out == "no difference\n"


@pytest.mark.long
def test_a_column_gets_another_type(migrating: Project, database: DatabaseUrl) -> None:
    """The type is changed in place, which PostgreSQL refuses while a predicate compares with the old one."""
    low = r"""/// @kaven.index([subject], where: "priority = 'LOW'", map: "low")"""
    migrating.edit(migrating.extended, "  subject ", "  priority Priority @default(LOW)\n  subject ")
    migrating.edit(migrating.extended, OPEN, f"{OPEN}\n  {low}")
    migrating.extend("enum Priority {\n  LOW\n  HIGH\n}")
    dev(migrating)
    migrating.edit(migrating.extended, "Priority @default(LOW)", 'String @default("LOW")')
    migrating.edit(
        migrating.extended, 'String   @map("author_id")', 'String @map("author_id") @db.VarChar(99)'
    )
    migrating.run(*DEV, "--create-only")
    query(database, newest(migrating))
    assert names(database) == ["low", "tickets_open"]
    assert migrating.run("migrate", "diff", "--from", "database").out == "no difference\n"
