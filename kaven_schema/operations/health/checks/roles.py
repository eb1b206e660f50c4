"""Who may do what: the application's role, and whoever backs up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kaven_schema.database.embedded.roles import Role
from kaven_schema.operations.health.deployment import Deployment
from kaven_schema.operations.health.finding import Colour, Finding

if TYPE_CHECKING:
    from psycopg import Connection

_ME = "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
_OWNED = """\
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname = %s AND pg_has_role(current_user, c.relowner, 'MEMBER')
ORDER BY 1"""
_BACKUP = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s"


def roles(deployment: Deployment) -> Iterator[Finding]:
    """The application is bound by policies, owns nothing; the backup's role is bound by none."""
    yield from _application(deployment.as_application, deployment.application.url.schema)
    yield from _backup(deployment.as_owner)


def _application(connection: Connection, schema: str) -> Iterator[Finding]:
    name, is_super, bypasses, makes_roles, makes_databases = connection.execute(_ME).fetchone() or ("",) * 5
    begin = "give the application a role of its own: kaven rls roles"
    faults = []
    if is_super:
        faults.append(Finding("roles", Colour.RED, f"the application is {name}, a superuser", begin))
    if bypasses and not is_super:
        do = f'ALTER ROLE "{name}" NOBYPASSRLS'
        faults.append(Finding("roles", Colour.RED, f"{name}, the application's, has BYPASSRLS", do))
    owned = [] if is_super else [str(table) for (table,) in connection.execute(_OWNED, [schema])]
    if owned:
        what = f"{name}, the application's, owns {len(owned)} tables ({owned[0]} …) and may change them"
        faults.append(Finding("roles", Colour.RED, what, begin))
    if (makes_roles or makes_databases) and not is_super:
        do = f'ALTER ROLE "{name}" NOCREATEROLE NOCREATEDB'
        what = f"{name}, the application's, may make roles or databases"
        faults.append(Finding("roles", Colour.YELLOW, what, do))
    yield from faults or [
        Finding("roles", Colour.GREEN, f"{name}, the application's, owns nothing, bypasses nothing")
    ]


def _backup(connection: Connection) -> Iterator[Finding]:
    name = Role.BACKUP.user
    found = connection.execute(_BACKUP, [name]).fetchone()
    if found is None:
        what = f"there is no role {name} to back up with"
        yield Finding("roles", Colour.YELLOW, what, "kaven rls roles | psql, as a superuser")
    elif not (found[0] or found[1]):
        do = f'ALTER ROLE "{name}" BYPASSRLS'
        what = f"{name} lacks BYPASSRLS: under row-level security its backups would be empty"
        yield Finding("roles", Colour.RED, what, do)
    else:
        yield Finding("roles", Colour.GREEN, f"{name} sees every row")
