"""What a database holds: nothing that a dump carries may change unseen."""

from __future__ import annotations

import psycopg
import pytest

from kaven_schema.operations.backup.cluster import beside_name, read_mark
from kaven_schema.operations.backup.comparing import differences, table_changes
from kaven_schema.operations.backup.contents import read_contents, read_database
from kaven_schema.operations.backup.manifest import Contents
from tests.operations.backup.test_catalogue import NOW
from tests.operations.backup.world import World

pytestmark = pytest.mark.xdist_group("postgres")


def read(world: World) -> Contents:
    with psycopg.connect(world.owner.conninfo(), password=world.owner.password, autocommit=True) as inside:
        return read_contents(inside)


def compare(world: World, contents: Contents) -> tuple[str, ...]:
    with psycopg.connect(world.owner.conninfo(), password=world.owner.password, autocommit=True) as inside:
        return differences(inside, contents)


CHANGES = {
    "INSERT INTO tenants VALUES (9, 'nine')": "table public.tenants has 4 rows, the backup 3",
    "DROP TABLE users": "table public.users is missing, with 5000 rows",
    "CREATE TABLE more (id int)": "table public.more was not in the backup",
    "ALTER TABLE users ALTER email TYPE text": "columns: other ones, the backup has 10",
    "ALTER TABLE users DROP CONSTRAINT users_tenant_id_fkey": "constraints: 3, the backup has 4",
    "ALTER TABLE users RENAME CONSTRAINT users_tenant_id_fkey TO other": "constraints: other ones, the backup has 4",
    "DROP INDEX users_tenant": "indexes: 3, the backup has 4",
    "ALTER TABLE users ENABLE ROW LEVEL SECURITY": "row security: other ones, the backup has 3",
    "CREATE POLICY p ON users USING (true)": "policies: 1, the backup has 0",
    "CREATE VIEW v AS SELECT 1 AS x": "views and sequences: 1, the backup has 0",
    "CREATE SEQUENCE s": "views and sequences: 1, the backup has 0",
    "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'": "functions: 1, the backup has 0",
    "ALTER TYPE kind ADD VALUE 'three'": "enum values: 3, the backup has 2",
    "GRANT SELECT (email) ON users TO kaven_app": "rights: 1, the backup has 0",
    "GRANT SELECT ON users TO PUBLIC": "rights: 1, the backup has 0",
    "SELECT lo_from_bytea(0, 'a')": "large objects: 1, the backup has 0",
    "UPDATE _prisma_migrations SET rolled_back_at = now()": (
        "the last migration is none, in the backup it is 20250101000000_kaven_init"
    ),
}


@pytest.mark.parametrize("sql", CHANGES, ids=lambda sql: " ".join(sql.split()[:4]))
def test_a_change_is_seen(world: World, sql: str) -> None:
    before = read(world)
    assert compare(world, before) == ()
    world.query(sql)
    assert CHANGES[sql] in compare(world, before)


def test_partitions_and_what_is_not_dumped(world: World) -> None:
    world.query(
        "CREATE TABLE parts (id int) PARTITION BY RANGE (id);"
        "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);"
        "INSERT INTO parts VALUES (1), (2);"
        'CREATE SCHEMA other; CREATE TABLE other."Odd ""name" (id int);'
        "CREATE UNLOGGED TABLE fast AS SELECT 1 AS x; CREATE MATERIALIZED VIEW seen AS SELECT 1 AS x"
    )
    found = read(world).tables
    assert found["public.parts_1"] == 2
    assert found['other."Odd ""name"'] == 0
    assert found["public.fast"] == 1
    assert {"public.parts", "public.seen"}.isdisjoint(found)


@pytest.mark.long
def test_the_search_path_changes_nothing(world: World) -> None:
    with psycopg.connect(world.owner.conninfo(), password=world.owner.password, autocommit=True) as inside:
        before = read_contents(inside)
        inside.execute("SET search_path = ''")
        assert read_contents(inside) == before


def test_of_the_database_itself(world: World) -> None:
    world.query(f"ALTER DATABASE {world.owner.database} SET work_mem TO '5MB'")
    with psycopg.connect(world.owner.conninfo(), password=world.owner.password) as inside:
        facts = read_database(inside)
    assert (facts.name, facts.owner, facts.encoding) == (world.owner.database, "kaven_owner", "UTF8")
    assert (facts.provider, facts.grants, facts.settings) == ("libc", None, (("", "work_mem", "5MB"),))


def test_tables_that_differ() -> None:
    assert table_changes({"a": 1, "b": 2, "c": 3}, {"b": 2, "c": 4, "d": 5}) == (
        ("a", 1, -1),
        ("c", 3, 4),
        ("d", -1, 5),
    )


@pytest.mark.parametrize("name", ["app", "a" * 63, "ü" * 31])
def test_names_beside(name: str) -> None:
    found = beside_name(name, "restore", NOW)
    assert found.endswith("_restore_20261122030000")
    assert len(found.encode()) <= 63
    assert name.startswith(found.removesuffix("_restore_20261122030000"))


@pytest.mark.parametrize("text", [None, "", "my database", "[]", '{"kaven restore": ["a", "b"]}', "3"])
def test_comments_that_are_no_mark(text: str | None) -> None:
    assert read_mark(text) is None
