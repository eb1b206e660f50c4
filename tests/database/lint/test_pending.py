"""The lint before a deploy, on a real database."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.database.lint import ACCEPTED_FILE, judge_pending, ways_on
from kaven_schema.database.migrations.deploy import Deployment, DeployOptions, deploy
from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import Severity
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")

ONE, TWO = "20250101000000_dev_one", "20250102000000_dev_two"
TABLE, DROP, INDEX = "create table a (x int);", "alter table a drop column x;", "create index i on a (x);"


def write(folder: Path, name: str, sql: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "migration.sql").write_text(sql, encoding="utf-8")


def accept(folder: Path, rule: str, expires: str) -> None:
    lines = (
        "[[break]]",
        f'migration = "{TWO}"',
        f'rule = "{rule}"',
        'reason = "test"',
        f"expires = {expires}",
    )
    (folder / ACCEPTED_FILE).write_text("\n".join(lines), encoding="utf-8")


def run(database: DatabaseUrl, folder: Path) -> Deployment:
    return deploy(database, read_folder(folder), DeployOptions(), judge=judge_pending)


def found(deployment: Deployment) -> list[tuple[str, Severity]]:
    return [(one.rule, one.severity) for one in deployment.diagnostics]


@pytest.mark.parametrize("is_first", [True, False])
def test_break_is_refused(database: DatabaseUrl, tmp_path: Path, is_first: bool) -> None:
    write(tmp_path, ONE, TABLE)
    if not is_first:
        run(database, tmp_path)
    write(tmp_path, TWO, DROP)
    deployment = run(database, tmp_path)
    assert deployment.applied == ()
    assert found(deployment) == [("column_not_dropped", Severity.ERROR)]
    assert query(database, "SELECT to_regclass('a')::text") == [(None if is_first else "a",)]


@pytest.mark.parametrize(
    ("expires", "rules"), [("2999-01-01", []), ("2020-01-01", ["accepted_break_current"])]
)
def test_accepted_break(database: DatabaseUrl, tmp_path: Path, expires: str, rules: list[str]) -> None:
    write(tmp_path, ONE, TABLE)
    run(database, tmp_path)
    write(tmp_path, TWO, DROP)
    accept(tmp_path, "column_not_dropped", expires)
    assert [rule for rule, _ in found(run(database, tmp_path))] == rules


def test_accepted_break_does_not_expire_for_a_new_database(database: DatabaseUrl, tmp_path: Path) -> None:
    write(tmp_path, ONE, TABLE)
    write(tmp_path, TWO, DROP)
    accept(tmp_path, "column_not_dropped", "2020-01-01")
    assert run(database, tmp_path).applied == (ONE, TWO)


def test_entry_that_matches_nothing(database: DatabaseUrl, tmp_path: Path) -> None:
    write(tmp_path, ONE, TABLE)
    run(database, tmp_path)
    write(tmp_path, TWO, "create table b ();")
    accept(tmp_path, "column_not_dropped", "2999-01-01")
    assert found(run(database, tmp_path)) == [("accepted_break_matches", Severity.ERROR)]


def test_warnings_are_told_where_there_are_rows(database: DatabaseUrl, tmp_path: Path) -> None:
    write(tmp_path, ONE, TABLE)
    run(database, tmp_path)
    write(tmp_path, TWO, INDEX)
    deployment = run(database, tmp_path)
    assert found(deployment) == [("index_created_concurrently", Severity.WARNING)]
    assert deployment.applied == (TWO,)


def test_warnings_are_counted_in_a_new_database(database: DatabaseUrl, tmp_path: Path) -> None:
    write(tmp_path, ONE, TABLE)
    write(tmp_path, TWO, INDEX)
    deployment = run(database, tmp_path)
    assert found(deployment) == [("migrations_only_add", Severity.WARNING)]
    assert deployment.applied == (ONE, TWO)


def test_ways_on(database: DatabaseUrl, tmp_path: Path) -> None:
    """What is to be pasted is what is accepted."""
    write(tmp_path, ONE, TABLE)
    write(tmp_path, TWO, "alter table a rename x to y; alter table a rename y to z; drop table a;")
    text = ways_on(run(database, tmp_path).diagnostics, tmp_path)
    assert text.count("[[break]]") == 2
    assert str(tmp_path / ACCEPTED_FILE) in text
    (tmp_path / ACCEPTED_FILE).write_text(text[text.index("[[break]]") :], encoding="utf-8")
    assert run(database, tmp_path).applied == (ONE, TWO)


def test_no_ways_on_where_the_script_is_wrong(database: DatabaseUrl, tmp_path: Path) -> None:
    write(tmp_path, ONE, "create tabel a ();")
    assert ways_on(run(database, tmp_path).diagnostics, tmp_path) == ""
