"""Indexes made by hand that pending migrations declare, as `deploy` meets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.database.migrations.deploy import Deployment, DeployOptions, deploy, look
from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.database.url import DatabaseUrl
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")
FIRST = "CREATE TABLE users (id int PRIMARY KEY, email text, n int);"
SECOND = """CREATE INDEX IF NOT EXISTS "small" ON "users"("email") WHERE n < 3;
COMMENT ON INDEX "small" IS 'declared by @kaven.index';"""
COMMENTED = "SELECT count(*) FROM pg_description WHERE description = 'declared by @kaven.index'"


def written(root: Path, **scripts: str) -> None:
    for name, sql in scripts.items():
        (root / name).mkdir(parents=True)
        (root / name / "migration.sql").write_text(sql, encoding="utf-8")


def deployed(database: DatabaseUrl, root: Path) -> Deployment:
    return deploy(database, read_folder(root), DeployOptions())


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX small ON users (email) WHERE (n<3)",
        "CREATE INDEX CONCURRENTLY small ON users USING btree (email) WHERE n < 3",
    ],
    ids=["plain", "concurrently"],
)
def test_the_same_is_adopted(database: DatabaseUrl, tmp_path: Path, statement: str) -> None:
    written(tmp_path, one=FIRST)
    deployed(database, tmp_path)
    query(database, statement)
    before = query(database, "SELECT 'small'::regclass::oid")
    assert len(look(database, read_folder(tmp_path)).drift) == 1
    (warning,) = deployed(database, tmp_path).diagnostics
    assert "in 1 line" in warning.message
    assert "declare the partial index: kaven db indexes" in warning.help
    written(tmp_path, two=SECOND)
    assert look(database, read_folder(tmp_path)).drift == ()
    assert deployed(database, tmp_path) == Deployment(("two",), ())
    assert query(database, "SELECT 'small'::regclass::oid") == before
    assert query(database, COMMENTED) == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX small ON users (email) WHERE n < 4",
        "CREATE UNIQUE INDEX small ON users (email) WHERE n < 3",
        "CREATE INDEX small ON users (email)",
    ],
    ids=["predicate", "unique", "whole"],
)
def test_another_is_refused_at_its_line(database: DatabaseUrl, tmp_path: Path, statement: str) -> None:
    written(tmp_path, one=FIRST)
    deployed(database, tmp_path)
    query(database, statement)
    written(tmp_path, two=f"-- CreatePartialIndex\n{SECOND}")
    found = deployed(database, tmp_path)
    assert found.applied == ()
    refusal = next(one for one in found.diagnostics if one.rule == "partial_index_refused")
    assert "CREATE " in refusal.message
    assert refusal.labels[0].source.position(refusal.labels[0].span.start).line == 2
    assert query(database, COMMENTED) == [(0,)]


def test_what_a_migration_takes_away_first_is_in_nobodys_way(database: DatabaseUrl, tmp_path: Path) -> None:
    written(tmp_path, one=FIRST + "CREATE INDEX small ON users (n);")
    deployed(database, tmp_path)
    written(tmp_path, two=f"DROP INDEX small;\n{SECOND}")
    assert deployed(database, tmp_path) == Deployment(("two",), ())


def test_a_server_that_lets_nobody_try(database: DatabaseUrl, tmp_path: Path) -> None:
    """What cannot be looked at is told as any other drift."""
    written(tmp_path, one=FIRST)
    deployed(database, tmp_path)
    query(database, "CREATE INDEX small ON users (email) WHERE n < 3")
    written(tmp_path, two=SECOND)
    query(database, f"ALTER DATABASE {database.database} SET default_transaction_read_only = on")
    state = look(database, read_folder(tmp_path))
    assert (len(state.drift), state.refusals) == (1, ())


def test_where_it_is_not_there_it_is_made(database: DatabaseUrl, tmp_path: Path) -> None:
    written(tmp_path, one=FIRST, two=SECOND)
    assert deployed(database, tmp_path) == Deployment(("one", "two"), ())
    assert query(database, COMMENTED) == [(1,)]
