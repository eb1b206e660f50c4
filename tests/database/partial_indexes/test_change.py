"""What is done about partial indexes beside a script, in real databases and without Prisma's engine."""

from __future__ import annotations

import pytest

from kaven_schema.database.partial_indexes.change import Change, Declared, Place, partial_index_change
from kaven_schema.database.partial_indexes.declared import declared_in
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")
TABLE = """
CREATE TYPE "Status" AS ENUM ('ACTIVE', 'GONE');
CREATE TABLE users (id int PRIMARY KEY, email text, status "Status", n int, "deletedAt" timestamp);
"""
ACTIVE = """/// @kaven.index([email], where: "status = 'ACTIVE'", map: "active")"""
SMALL = '/// @kaven.index([email], where: "n < 3", map: "small")'
COMMENT = "COMMENT ON INDEX \"{}\" IS 'declared by @kaven.index'"


def declared(*lines: str, schema: str = "") -> Declared:
    fields = "id Int @id\n  email String\n  status String\n  n Int\n  deletedAt DateTime?"
    named = f'\n  @@schema("{schema}")' if schema else ""
    body = "\n  ".join([fields, *lines, '@@map("users")'])
    return declared_in([("schema.prisma", f"model User {{\n  {body}{named}\n}}\n")], "5.17")


def made(database: DatabaseUrl, *lines: str) -> None:
    query(database, TABLE)
    query(database, partial_index_change((), declared(*lines), "").around(""))


def leads(database: DatabaseUrl, *lines: str, script: str = "") -> Change:
    """From a database to what is declared; the database is one to try in, so it changes."""
    return partial_index_change(Place(database, may_change=True), declared(*lines), script)


def test_between_texts() -> None:
    change = partial_index_change(declared(ACTIVE, SMALL), declared(SMALL.replace("3", "4")), "SELECT 1;\n")
    assert change.around("SELECT 1;\n").startswith(
        '-- DropPartialIndex\nDROP INDEX "active";\n\n-- DropPartialIndex\nDROP INDEX "small";\n\nSELECT 1;\n'
    )
    assert [line.split("`")[3] for line in change.lines] == ["active", "small", "small"]
    assert partial_index_change(declared(ACTIVE), declared(ACTIVE), "").around("") == ""


def test_only_where_no_index_has_the_name() -> None:
    (statement,) = partial_index_change((), declared(SMALL), "").creations
    assert statement.startswith(
        'CREATE INDEX IF NOT EXISTS "small" ON "users"("email") WHERE n < 3;\nCOMMENT ON'
    )


def test_another_name(database: DatabaseUrl) -> None:
    """Nothing is built anew, whether the schema's texts tell it or a database."""
    made(database, ACTIVE, SMALL)
    other = SMALL.replace('map: "small"', 'map: "little"')
    renaming = '-- RenamePartialIndex\nALTER INDEX "small" RENAME TO "little";\n'
    assert partial_index_change(declared(ACTIVE, SMALL), declared(ACTIVE, other), "").around("") == renaming
    change = leads(database, ACTIVE, other)
    assert change.around("") == renaming
    assert "Renamed to `little` the partial index `small`" in change.summary()
    with_script = leads(
        database, ACTIVE, other, script='ALTER TABLE "users" DROP COLUMN n, ADD COLUMN n int;'
    )
    assert with_script.renames == ('ALTER INDEX "small" RENAME TO "little"',)
    assert [one.split('"')[1] for one in with_script.creations] == ["little"]


def test_another_name_and_meaning(database: DatabaseUrl) -> None:
    made(database, SMALL)
    change = leads(database, SMALL.replace('map: "small"', 'map: "little"').replace("< 3", "< 4"))
    assert (change.drops, change.renames) == (('DROP INDEX "small"',), ())


def test_there_already(database: DatabaseUrl) -> None:
    made(database, ACTIVE, SMALL)
    assert leads(database, SMALL, ACTIVE) == Change()
    other = leads(database, SMALL, ACTIVE.replace("status = 'ACTIVE'", "status = 'ACTIVE' OR FALSE"))
    assert other.drops == ('DROP INDEX "active"',)


@pytest.mark.parametrize(
    "where", ["(status='ACTIVE')", "status = 'ACTIVE'::\\\"Status\\\"", "STATUS = 'ACTIVE'"]
)
def test_another_spelling_is_the_same(database: DatabaseUrl, where: str) -> None:
    made(database, ACTIVE)
    assert leads(database, ACTIVE.replace("status = 'ACTIVE'", where)) == Change()


@pytest.mark.parametrize(
    "other",
    [
        ACTIVE.replace("email", "n"),
        ACTIVE.replace("[email]", "[email(sort: Desc)]"),
        ACTIVE.replace("[email]", '[email(ops: raw("text_pattern_ops"))]'),
        ACTIVE.replace("map:", "unique: true, map:"),
        ACTIVE.replace("map:", "type: Hash, map:"),
        ACTIVE.replace("ACTIVE", "GONE"),
    ],
    ids=["field", "order", "class", "unique", "method", "predicate"],
)
def test_another_meaning_makes_it_anew(database: DatabaseUrl, other: str) -> None:
    made(database, ACTIVE)
    change = leads(database, other)
    assert change.drops == ('DROP INDEX "active"',)
    assert len(change.creations) == 1


def test_what_people_made_by_hand_stays_until_it_is_declared(database: DatabaseUrl) -> None:
    query(database, TABLE)
    query(database, "CREATE INDEX small ON users (email) WHERE n < 3")
    assert leads(database) == Change()
    assert leads(database, SMALL).around("") == f"-- MarkPartialIndex\n{COMMENT.format('small')};\n"
    query(database, COMMENT.format("small"))
    assert leads(database).around("") == '-- DropPartialIndex\nDROP INDEX "small";\n'


def test_broken_ones_are_made_anew(database: DatabaseUrl) -> None:
    query(database, TABLE)
    query(database, "INSERT INTO users (id, email, n) VALUES (1, 'a', 1), (2, 'a', 1)")
    once = SMALL.replace("map:", "unique: true, map:")
    with pytest.raises(Exception, match="could not create unique index"):
        query(database, "CREATE UNIQUE INDEX CONCURRENTLY small ON users (email) WHERE n < 3")
    query(database, "DELETE FROM users")
    assert leads(database, once).drops == ('DROP INDEX "small"',)


def test_a_script_takes_some_along(database: DatabaseUrl) -> None:
    made(database, ACTIVE, SMALL)
    change = leads(database, ACTIVE, SMALL, script='ALTER TABLE "users" DROP COLUMN n, ADD COLUMN n bigint;')
    assert change.drops == ()
    assert [one.split('"')[1] for one in change.creations] == ["small"]


def test_a_script_that_they_stand_in_the_way_of(database: DatabaseUrl) -> None:
    made(database, ACTIVE, SMALL)
    change = leads(database, ACTIVE, SMALL, script='ALTER TABLE "users" ALTER COLUMN status TYPE text;')
    assert change.drops == ('DROP INDEX "active"', 'DROP INDEX "small"')
    assert len(change.creations) == 2


def test_a_script_that_something_else_stands_in_the_way_of(database: DatabaseUrl) -> None:
    """Deploying it tells what; no index would help."""
    made(database, ACTIVE)
    query(database, "CREATE VIEW of_n AS SELECT n FROM users")
    assert leads(database, ACTIVE, script='ALTER TABLE "users" DROP COLUMN n;') == Change()


def test_a_type_that_is_made_anew(database: DatabaseUrl) -> None:
    made(database, ACTIVE, SMALL)
    script = """BEGIN;
        CREATE TYPE "Status_new" AS ENUM ('ACTIVE');
        ALTER TABLE "users" ALTER COLUMN "status" TYPE "Status_new" USING ("status"::text::"Status_new");
        ALTER TYPE "Status" RENAME TO "Status_old";
        ALTER TYPE "Status_new" RENAME TO "Status";
        DROP TYPE "Status_old";
        COMMIT;"""
    change = leads(database, ACTIVE, SMALL, script=script)
    assert change.drops == ('DROP INDEX "active"',)
    assert [one.split('"')[1] for one in change.creations] == ["active"]


def test_what_postgresql_refuses(database: DatabaseUrl) -> None:
    query(database, TABLE)
    with pytest.raises(KavenError) as caught:
        leads(database, SMALL.replace("n < 3", "now() > '2020-01-01'"))
    assert caught.value.rule == "partial_index_refused"
    assert "IMMUTABLE" in caught.value.message
    assert caught.value.exit_code == 1


def test_a_schema_that_is_named(database: DatabaseUrl) -> None:
    """`@@schema` of the schema that one is in anyway."""
    made(database, SMALL)
    assert partial_index_change(Place(database), declared(SMALL, schema="public"), "") == Change()


def test_from_what_is_declared_to_a_database(database: DatabaseUrl) -> None:
    made(database, SMALL)
    there = Place(database)
    assert partial_index_change(declared(SMALL), there, "") == Change()
    other = partial_index_change(declared(ACTIVE), there, "")
    assert other.drops == ('DROP INDEX "active"',)
    assert other.creations == ("CREATE INDEX small ON public.users USING btree (email) WHERE (n < 3)",)


def test_between_databases(database: DatabaseUrl, shadow: DatabaseUrl) -> None:
    made(database, SMALL)
    made(shadow, SMALL.replace("3", "4"))
    query(database, "CREATE INDEX by_hand ON users (n) WHERE n > 5")
    change = partial_index_change(Place(shadow), Place(database), "")
    assert change.drops == ('DROP INDEX "small"',)
    assert change.creations[0].endswith("WHERE (n < 3)")
    assert "by_hand" not in change.summary()
    assert partial_index_change(Place(database), Place(database), "") == Change()


def test_a_role_that_may_not_ask(database: DatabaseUrl, shared_server) -> None:
    """Not being allowed to look is no difference."""
    from kaven_schema.database.embedded import Role

    made(database, SMALL)
    query(database, "REVOKE SELECT ON users FROM kaven_app")
    app = shared_server.url(Role.APP).with_database(database.database)
    with pytest.raises(KavenError) as caught:
        partial_index_change(Place(app), declared(SMALL), "")
    assert caught.value.rule == "database_refused"
