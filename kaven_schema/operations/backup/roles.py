"""The roles that a database needs, made in clusters that lack them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import KavenError

if TYPE_CHECKING:
    from psycopg import Connection

_NAME = r'("(?:[^"]|"")*"|[^\s";]+)'
_CREATE = re.compile(rf"CREATE ROLE {_NAME};?$")
_ALTER = re.compile(rf"ALTER ROLE {_NAME} (?:WITH|SET) .*$", re.DOTALL)
_GRANT = re.compile(rf"GRANT {_NAME} TO {_NAME}(?: WITH .*?)?(?: GRANTED BY {_NAME})?;?$", re.DOTALL)
_GRANTED_BY = re.compile(rf" GRANTED BY {_NAME}(?=;?$)")


def missing_roles(connection: Connection, wanted: Sequence[str]) -> tuple[str, ...]:
    there = {str(name) for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    return tuple(name for name in wanted if name not in there)


def role_statements(script: str, roles: Iterable[str]) -> Iterator[str]:
    """What of pg_dumpall's script makes these roles, and no others."""
    from kaven_schema.database.migrations.statements import split_statements

    wanted = set(roles)
    # Newer ones frame it with commands of psql.
    lines = "\n".join(line for line in script.splitlines() if not line.startswith("\\"))
    for statement in split_statements(lines):
        text = statement.text.strip()
        made = _CREATE.match(text) or _ALTER.match(text)
        granted = _GRANT.match(text)
        if made and _plain(made[1]) in wanted:
            yield text
        elif granted and wanted.intersection((_plain(granted[1]), _plain(granted[2]))):
            # Whoever granted it there may be nobody here.
            yield _GRANTED_BY.sub("", text)


def make_roles(connection: Connection, script: str, missing: Sequence[str]) -> None:
    """All or none of them. Raises KavenError `backup_roles_missing`."""
    from psycopg import Error

    if not missing:
        return
    try:
        with connection.transaction():
            for statement in role_statements(script, missing):
                _execute(connection, statement)
    except Error as error:
        raise roles_missing(missing, str(error.diag.message_primary or error)) from None
    if left := missing_roles(connection, missing):
        raise roles_missing(left, "the backup does not say how they are made")


def _execute(connection: Connection, statement: str) -> None:
    """Roles that are granted to ours, or to which ours are granted, may not be here; then that means nothing."""
    from psycopg.errors import UndefinedObject

    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except UndefinedObject:
        if not statement.startswith("GRANT"):
            raise


def roles_missing(missing: Sequence[str], problem: str) -> KavenError:
    return KavenError(
        "backup_roles_missing",
        f"the cluster has no role {', '.join(missing)}: {problem}",
        help="have them made by whoever may: kaven backup restore NAME --roles | psql; then restore again",
    )


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
