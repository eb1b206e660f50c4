"""PostgreSQL's client programs: those of the embedded server, else the ones on PATH."""

from __future__ import annotations

import shutil

from kaven_schema.diagnostics import KavenError


def find_program(name: str) -> str:
    """`psql`, `pg_dump` … Raises KavenError `database_program_missing`."""
    from kaven_schema.database.embedded.binaries import embedded_available, program

    if embedded_available():
        return str(program(name))
    found = shutil.which(name)
    if found is None:
        raise KavenError(
            "database_program_missing",
            f"{name} is not installed",
            help="pip install 'kaven-schema[database]'",
        )
    return found
