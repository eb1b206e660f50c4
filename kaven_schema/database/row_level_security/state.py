"""What can be told of row-level security without trying: switches, roles, and policies that are not ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.database.embedded.roles import Role
from kaven_schema.database.row_level_security.authentication import Authentication
from kaven_schema.database.row_level_security.names import (
    APP,
    AUTHENTICATION,
    AUTHENTICATION_POLICY,
    LOGIN,
    LOGIN_POLICY,
    OWNER_POLICY,
    SUPER_ADMIN,
    SUPER_ADMIN_POLICY,
    TENANT_POLICY,
)
from kaven_schema.database.row_level_security.tables import Table
from kaven_schema.database.row_level_security.ways_round import functions_of_others, ways_round
from kaven_schema.diagnostics import KavenError

if TYPE_CHECKING:
    from psycopg import Connection


class Problem(NamedTuple):
    """What lets rows through; `mend` is the statement that ends it, empty where there is more than one way."""

    text: str
    mend: str = ""


_OURS = (TENANT_POLICY, OWNER_POLICY, SUPER_ADMIN_POLICY, LOGIN_POLICY, AUTHENTICATION_POLICY)
_NEEDED = (APP, AUTHENTICATION, SUPER_ADMIN, LOGIN)
_BOUND = (APP, AUTHENTICATION)
"""What an application connects as: neither may become the other, nor anybody above the tenants."""
_SWITCHES = "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass"
_POLICIES = "SELECT polname FROM pg_policy WHERE polrelid = %s::regclass AND polpermissive ORDER BY 1"
_ROLES = "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = ANY(%s)"
_OWNS = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = %s::regclass"
_TRUNCATES = "SELECT has_table_privilege(%s, %s::regclass, 'TRUNCATE')"
_MEMBER = "SELECT current_user, pg_has_role(current_user, %s, 'MEMBER')"
# Of roles that reach more: ours, those whom policies do not bind, owners of tables, and PostgreSQL's own mighty ones.
_MEMBERSHIPS = """\
SELECT one, rolname FROM unnest(%s::name[]) AS one, pg_roles r
WHERE rolname <> one AND pg_has_role(one, oid, 'MEMBER') AND (
    rolname = ANY(%s) OR rolsuper OR rolbypassrls OR rolname ~ '^pg_(read|write)_(all_data|server_files)$'
    OR rolname = 'pg_execute_server_program'
    OR EXISTS (SELECT 1 FROM pg_class WHERE relkind IN ('r', 'p') AND relowner = r.oid))
ORDER BY 1, 2"""
# Of tables and views that are neither the system's nor an extension's, whoever was granted it: PUBLIC, too.
_REACHED = """\
SELECT c.oid::regclass::text, what FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace,
    unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS what
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (has_table_privilege(%s::name, c.oid, what)
        OR what IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege(%s::name, c.oid, what))
    AND has_schema_privilege(%s::name, n.oid, 'USAGE')
    AND NOT EXISTS (SELECT 1 FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
ORDER BY 1, 2"""
_UNIQUE = """\
SELECT i.indrelid::regclass::text, ARRAY(SELECT attname::text FROM unnest(i.indkey::smallint[]) n
    JOIN pg_attribute ON attrelid = i.indrelid AND attnum = n)
FROM pg_index i WHERE i.indisunique AND NOT i.indisprimary AND i.indrelid = %s::regclass"""


def check_roles(connection: Connection) -> None:
    """Raises KavenError `row_security_role_missing`, where nothing could be tried."""
    found = {name for name, *_ in connection.execute(_ROLES, [[*_NEEDED]])}
    missing = [role for role in _NEEDED if role not in found]
    if missing:
        raise _nobody(f"there is no role {missing[0]}", "have the roles made by whoever may make roles")
    for role in _NEEDED:
        user, is_member = connection.execute(_MEMBER, [role]).fetchone() or ("", False)
        if not is_member:
            raise _nobody(
                f"{user}, who is connected, may not take the role {role}",
                "connect as the owner of the tables, by DIRECT_URL or DATABASE_URL; or have that one made a member",
            )


def _nobody(what: str, advice: str) -> KavenError:
    return KavenError(
        "row_security_role_missing",
        f"{what}, by whose eyes the proof would look",
        help=f"{advice}: kaven rls roles | psql",
    )


def problems(connection: Connection, tables: Iterable[Table], early: Authentication) -> Iterator[Problem]:
    tables = tuple(tables)
    yield from _role_problems(connection)
    yield from _reached(connection, early)
    yield from map(Problem, ways_round(connection, _BOUND, tables))
    for table in tables:
        yield from _table_problems(connection, table)


def _role_problems(connection: Connection) -> Iterator[Problem]:
    wanted = {**dict.fromkeys(_NEEDED, False), Role.BACKUP.user: True}
    for name, is_super, bypasses in connection.execute(_ROLES, [[*wanted]]):
        if is_super:
            yield Problem(f"{name} is a superuser, whom no policy binds", f'ALTER ROLE "{name}" NOSUPERUSER')
        elif bypasses and not wanted[name]:
            yield Problem(f"{name} has BYPASSRLS: no policy binds it", f'ALTER ROLE "{name}" NOBYPASSRLS')
        elif wanted[name] and not bypasses:
            text = f"{name} lacks BYPASSRLS: its backups would be empty, without an error"
            yield Problem(text, f'ALTER ROLE "{name}" BYPASSRLS')
    for name, other in connection.execute(_MEMBERSHIPS, [[*_BOUND], [*_NEEDED]]):
        text = f"{name} is a member of {other}, and reaches what that does"
        yield Problem(text, f'REVOKE "{other}" FROM "{name}"')


def _reached(connection: Connection, early: Authentication) -> Iterator[Problem]:
    """What the role of authentication may do beyond what it needs, with whatever table."""
    given = {
        (name, what)
        for one in early.openings
        for row in connection.execute("SELECT %s::regclass::text", [one.sql])
        for name in row
        for what in one.privileges
    }
    for name, what in connection.execute(_REACHED, [AUTHENTICATION] * 3):
        if (name, what) not in given:
            text = f"{AUTHENTICATION} may {what} {name}, which it does not need"
            yield Problem(text, f'REVOKE {what} ON {name} FROM "{AUTHENTICATION}"')


def _table_problems(connection: Connection, table: Table) -> Iterator[Problem]:
    switches = connection.execute(_SWITCHES, [table.sql]).fetchone() or (False, False)
    force = f"ALTER TABLE {table.sql} FORCE ROW LEVEL SECURITY"
    if not switches[0]:
        mend = f"ALTER TABLE {table.sql} ENABLE ROW LEVEL SECURITY" + ("" if switches[1] else f"; {force}")
        yield Problem(f"{table.name}: row-level security is not enabled", mend)
    elif not switches[1]:
        yield Problem(f"{table.name}: row-level security is not forced, so its owner goes round it", force)
    for (name,) in connection.execute(_POLICIES, [table.sql]):
        if name not in _OURS:
            text = f"{table.name}: the policy {name} is not ours, and lets more through"
            yield Problem(text, f'DROP POLICY "{name}" ON {table.sql}')
    (owner,) = connection.execute(_OWNS, [table.sql]).fetchone() or ("",)
    if owner in (*_BOUND, LOGIN):
        yield Problem(f"{table.name} belongs to {owner}, who can switch its policies off")
    (truncates,) = connection.execute(_TRUNCATES, [APP, table.sql]).fetchone() or (False,)
    if truncates:
        text = f"{table.name}: {APP} may TRUNCATE it, which asks no policy"
        yield Problem(text, f'REVOKE TRUNCATE ON {table.sql} FROM "{APP}"')


def policies_of(connection: Connection, table: Table) -> list[str]:
    """The names of ours that a table has."""
    return [name for (name,) in connection.execute(_POLICIES, [table.sql]) if name in _OURS]


def notes(connection: Connection, tables: Iterable[Table]) -> Iterator[str]:
    """What row-level security cannot help: a UNIQUE over all tenants tells that a value is taken."""
    yield from functions_of_others(connection, _BOUND)
    for table in tables:
        for name, columns in connection.execute(_UNIQUE, [table.sql]):
            if table.tenant_column not in columns:
                shown = ", ".join(columns)
                yield f"{name} ({shown}) is unique over all tenants: one can tell that another has a value"
