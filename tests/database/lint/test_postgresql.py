"""The cases on PostgreSQL itself, and the specification's own migrations."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import UnsafeNewEnumValueUsage

from kaven_schema.database.lint import lint_folder
from kaven_schema.database.url import DatabaseUrl

FIXTURES = Path(__file__).parent / "fixtures"


def run(database: DatabaseUrl, case: str) -> None:
    """Before, then the migration in one transaction."""
    for script in ("before.sql", "migration.sql"):
        with psycopg.connect(database.conninfo(), password=database.password) as connection:
            connection.execute((FIXTURES / "cases" / case / script).read_bytes())


@pytest.mark.parametrize("case", ["additive", "own_objects", "enum_widened", "null_stays_allowed"])
def test_postgresql_runs_it(database, case):
    run(database, case)


def test_postgresql_refuses_a_value_in_the_transaction_that_adds_it(database):
    with pytest.raises(UnsafeNewEnumValueUsage):
        run(database, "enum_value_used_later")


def test_the_migrations_of_the_specification_only_add():
    assert lint_folder(FIXTURES / "specification", today=date(2026, 11, 22)) == ()
