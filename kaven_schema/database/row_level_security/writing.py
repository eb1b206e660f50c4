"""The migration of `kaven rls`, after those that there are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.database.migrations.folder import Migration, MigrationsFolder, read_folder, write_migration
from kaven_schema.database.row_level_security.doors import doors_of
from kaven_schema.database.row_level_security.script import write_script
from kaven_schema.database.row_level_security.tables import Protection, protection_of
from kaven_schema.database.target import given_url
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.project import Project

_CREATED = re.compile(r'CREATE TABLE (?:IF NOT EXISTS )?(?:"?\w+"?\.)?"?(\w+)"?', re.IGNORECASE)
_TITLE = "row_level_security"


def write_row_level_security(project: Project, catalog: Catalog) -> Migration | None:
    """None where the migrations protect all that the merged schema has.

    Raises KavenError `row_security_no_tenant`, `row_security_incomplete`, `row_security_too_early`, and what
    `read_folder` and `write_migration` raise.
    """
    protection = protection_of(catalog, project.settings.global_models)
    folder = read_folder(project.output.parent / "migrations")
    scripts = [migration.sql for migration in folder.migrations]
    _check_tables(protection, scripts)
    sql = write_script(protection, doors_of(catalog, schema_of(project)), scripts)
    return _written(project, folder, sql) if sql else None


def _written(project: Project, folder: MigrationsFolder, sql: str) -> Migration:
    return write_migration(folder, "dev", _TITLE, sql, root=project.settings.root)


def _check_tables(protection: Protection, scripts: Sequence[str]) -> None:
    made = {name for script in scripts for name in _CREATED.findall(script)}
    if missing := [table.name for table in protection.tables if table.name not in made]:
        raise KavenError(
            "row_security_too_early",
            f"no migration makes the tables yet: {', '.join(missing)}",
            help="write that migration first: kaven migrate dev",
            exit_code=ExitCode.PROBLEMS,
        )


def schema_of(project: Project) -> str:
    """PostgreSQL's, of the tables that name none."""
    given = given_url(project.settings)
    return given.url.schema if given else "public"
