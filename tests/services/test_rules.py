"""The services' rules as a migration that a project takes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kaven_schema.database.lint import lint_folder
from kaven_schema.diagnostics import KavenError
from kaven_schema.services.rules import PARTS, rules_script, write_rules

TOP = Path(__file__).resolve().parents[2]
NAMES = [part.name for part in PARTS]
NEEDS = "".join(f'CREATE TABLE "{name}" ();\n' for part in PARTS for name in part.needs)


def migration(folder: Path, name: str, sql: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "migration.sql").write_text(sql, encoding="utf-8")


def test_written(tmp_path: Path) -> None:
    migration(tmp_path, "29990101000000_dev_last", NEEDS)
    written = write_rules(tmp_path, root=tmp_path)
    assert written.migration is not None
    assert written.migration.name == "29990101000001_dev_services_rules"
    assert written.parts == tuple(NAMES)
    script = tmp_path / written.migration.name / "migration.sql"
    assert script.read_text(encoding="utf-8") == rules_script()
    assert write_rules(tmp_path, root=tmp_path).migration is None


def test_part_by_part(tmp_path: Path) -> None:
    """Also after a migration that somebody wrote by hand."""
    migration(tmp_path, "29990101000000_dev_last", NEEDS)
    migration(tmp_path, "29990101000001_dev_audit", rules_script(["audit"]))
    assert write_rules(tmp_path, ["audit"], root=tmp_path).migration is None
    assert write_rules(tmp_path, ["money", "audit"], root=tmp_path).parts == ("money",)
    assert write_rules(tmp_path, root=tmp_path).parts == ("numbering", "history", "tenants")
    assert write_rules(tmp_path, root=tmp_path).migration is None


@pytest.mark.parametrize("name", NAMES)
def test_before_the_tables(tmp_path: Path, name: str) -> None:
    with pytest.raises(KavenError) as caught:
        write_rules(tmp_path / "migrations", [name], root=tmp_path)
    assert caught.value.rule == "services_rules_too_early"
    assert not (tmp_path / "migrations").exists()


def test_roles_of_your_own() -> None:
    assert 'FROM "web", "job""s";' in rules_script(["audit"], ["web", 'job"s'])
    assert '"kaven_app"' not in rules_script(roles=["web"])


def test_it_only_adds(tmp_path: Path) -> None:
    """By our own judgement of migrations, after those of the example."""
    for script in sorted((TOP / "prisma" / "migrations").glob("*/migration.sql")):
        migration(tmp_path, script.parent.name, script.read_text(encoding="utf-8"))
    extension = 'CREATE TABLE "number_sequences" ("id" TEXT NOT NULL);\nALTER TABLE "orders" ADD "currency" CHAR(3);\n'
    migration(
        tmp_path,
        "29990101000000_dev_services",
        f'{extension}ALTER TABLE "tenants" ADD "suspended_at" DATE;\n',
    )
    written = write_rules(tmp_path, root=tmp_path).migration
    assert written is not None
    found = lint_folder(tmp_path, today=date(2025, 3, 1))
    assert not [one for one in found if written.name in one.labels[0].source.path]


def test_every_script_is_in_it() -> None:
    scripts = (TOP / "kaven_schema" / "services").rglob("*.sql")
    assert all(script.read_text(encoding="utf-8") in rules_script() for script in scripts)
