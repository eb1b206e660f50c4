"""The roles that a database needs, made in clusters that lack them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import KavenError

if TYPE_CHECKING:
    from psycopg import Connection

_NAME = r'("(?:[^"]|"")*"|[^\s";]+)'
_CREATE = re.compile(rf"CREATE ROLE {_NAME};?$")
_ALTER = re.compile(rf"ALTER ROLE {_NAME} (?:WITH|SET) .*$", re.DOTALL)
_GRANT = re.compile(rf"GRANT {_NAME} TO {_NAME}(?: WITH .*?)?(?: GRANTED BY {_NAME})?;?$", re.DOTALL)
_SUPERUSER = re.compile(rf"ALTER ROLE {_NAME} WITH SUPERUSER\b")
_GRANTED_BY = re.compile(rf" GRANTED BY {_NAME}(?=;?$)")


def missing_roles(connection: Connection, wanted: Sequence[str]) -> tuple[str, ...]:
    there = {str(name) for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    return tuple(name for name in wanted if name not in there)


def role_statements(script: str, roles: Iterable[str]) -> Iterator[str]:
    """What of pg_dumpall's script makes these roles, and no others."""
    wanted = set(roles)
    for text, made in _statements(script):
        granted = _GRANT.match(text)
        if made and _plain(made[1]) in wanted:
            yield text
        elif granted and wanted.intersection((_plain(granted[1]), _plain(granted[2]))):
            # Whoever granted it there may be nobody here.
            yield _GRANTED_BY.sub("", text)


def _statements(script: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Each, and how it makes or changes a role, if it does."""
    from kaven_schema.database.migrations.statements import split_statements

    # Newer ones frame it with commands of psql.
    lines = "\n".join(line for line in script.splitlines() if not line.startswith("\\"))
    for statement in split_statements(lines):
        text = statement.text.strip()
        yield text, _CREATE.match(text) or _ALTER.match(text)


def with_members(script: str, roles: Iterable[str]) -> tuple[str, ...]:
    """Also who is a member of them, and what all of those are members of, as far as the script makes them.

    An application logs in as a member of the roles that a database names. Superusers need no membership.
    """
    texts = [text for text, _ in _statements(script)]
    made = {_plain(found[1]) for text in texts if (found := _CREATE.match(text))}
    mighty = {_plain(found[1]) for text in texts if (found := _SUPERUSER.match(text))}
    granted = (found for text in texts if (found := _GRANT.match(text)))
    grants = [
        ends for found in granted if not mighty.intersection(ends := (_plain(found[1]), _plain(found[2])))
    ]
    wanted = dict.fromkeys(roles)
    down = _closure(wanted, grants)
    up = _closure(down, [(member, role) for role, member in grants])
    return tuple(role for role in up if role in made or role in wanted)


def _closure(roles: Iterable[str], pairs: Sequence[tuple[str, str]]) -> dict[str, None]:
    """In the order in which they are found."""
    found = dict.fromkeys(roles)
    while more := [to for of, to in pairs if of in found and to not in found]:
        found |= dict.fromkeys(more)
    return found


def printed_roles(script: str, roles: Iterable[str]) -> Iterator[str]:
    """What a bare cluster takes as it stands: no grant names a role that is not made, or is not everywhere."""
    there = set(with_members(script, roles))
    for text in role_statements(script, there):
        granted = _GRANT.match(text)
        ends = {_plain(granted[1]), _plain(granted[2])} if granted else set()
        if all(role in there or role.startswith("pg_") for role in ends):
            yield text


def make_roles(connection: Connection, script: str, missing: Sequence[str]) -> tuple[str, ...]:
    """All or none of them, and then their members; the members that could not be made.

    Raises KavenError `backup_roles_missing`.
    """
    from psycopg import Error

    if not missing:
        return ()
    try:
        _execute_all(connection, role_statements(script, missing))
    except Error as error:
        raise roles_missing(missing, str(error.diag.message_primary or error)) from None
    if left := missing_roles(connection, missing):
        raise roles_missing(left, "the backup does not say how they are made")
    members = missing_roles(connection, with_members(script, missing))
    with suppress(Error):
        _execute_all(connection, role_statements(script, members))
    return missing_roles(connection, members)


def _execute_all(connection: Connection, statements: Iterable[str]) -> None:
    with connection.transaction():
        for statement in statements:
            _execute(connection, statement)


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
