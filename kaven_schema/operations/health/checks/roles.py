"""Who may do what: the application's role, whoever backs up, and the policies that bind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

from kaven_schema.database.embedded.roles import Role
from kaven_schema.database.row_level_security.authentication import Authentication, authentication_of
from kaven_schema.database.row_level_security.doors import doors_in
from kaven_schema.database.row_level_security.names import OWNER_POLICY, SETTING, TENANT_POLICY
from kaven_schema.database.row_level_security.state import Problem, problems
from kaven_schema.database.row_level_security.tables import Table, protection_of
from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.health.deployment import Deployment
from kaven_schema.operations.health.finding import Colour, Finding

if TYPE_CHECKING:
    from psycopg import Connection

_SHOWN = 5
_ME = "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
_OWNED = """\
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname = %s AND pg_has_role(current_user, c.relowner, 'MEMBER')
ORDER BY 1"""
_BACKUP = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s"
_SWITCHED = "SELECT count(*) FROM pg_class WHERE relrowsecurity AND oid = ANY(%s::regclass[])"
_EXISTING = "SELECT t FROM unnest(%s::text[]) t WHERE to_regclass(t) IS NOT NULL"
_CONDITION = (
    "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = %s::regclass AND polname = %s"
)


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


def policies(deployment: Deployment) -> Iterator[Finding]:
    """What can be seen of row-level security without trying it; `kaven rls verify` tries."""
    try:
        tables = protection_of(deployment.catalog, deployment.settings.global_models).tables
    except KavenError as error:
        yield Finding("policies", Colour.YELLOW, error.message, error.help)
        return
    connection = deployment.as_owner
    present = {name for (name,) in connection.execute(_EXISTING, [[table.sql for table in tables]])}
    missing = [table.name for table in tables if table.sql not in present]
    there = [table for table in tables if table.sql in present]
    switched = connection.execute(_SWITCHED, [[table.sql for table in there]]).fetchone()
    if not switched or not switched[0]:
        what = "no table has row-level security: tenants are kept apart by the application alone"
        yield Finding("policies", Colour.YELLOW, what, "kaven rls; kaven migrate deploy")
        return
    if missing:
        what = f"{len(missing)} tables are not there: {', '.join(missing[:_SHOWN])}"
        yield Finding("policies", Colour.RED, what, "kaven migrate deploy")
    faults = [*problems(connection, there, _early(deployment)), *_lost(connection, there)]
    for fault in faults[:_SHOWN]:
        yield Finding("policies", Colour.RED, fault.text, _mend(fault))
    if len(faults) > _SHOWN:
        yield Finding(
            "policies", Colour.RED, f"… and {len(faults) - _SHOWN} more", "see all: kaven rls verify"
        )
    if not (faults or missing):
        yield Finding("policies", Colour.GREEN, f"{len(there)} tables are bound by their tenant's policy")


def _mend(fault: Problem) -> str:
    return f"{fault.mend or 'close that way'}; then prove it: kaven rls verify"


def _early(deployment: Deployment) -> Authentication:
    """What works before a tenant is known, where the schema has it."""
    catalog = deployment.catalog
    return authentication_of(catalog, deployment.direct.url.schema) if doors_in(catalog) else Authentication()


def _lost(connection: Connection, tables: Sequence[Table]) -> Iterator[Problem]:
    for table, policy in product(tables, (TENANT_POLICY, OWNER_POLICY)):
        found = connection.execute(_CONDITION, [table.sql, policy]).fetchone()
        if found is None:
            yield Problem(f"{table.name}: the policy {policy} is gone", f"CREATE {_policy(table, policy)}")
        elif policy == TENANT_POLICY and SETTING not in str(found[0]):
            text = f"{table.name}: the policy {policy} does not ask for the tenant any more"
            yield Problem(text, f"ALTER {_policy(table, policy)}")


def _policy(table: Table, name: str) -> str:
    """As `kaven rls` writes it, on one line."""
    condition = "(" + " ".join(table.condition.split()) + ")" if name == TENANT_POLICY else "(true)"
    to = "" if name == TENANT_POLICY else "TO CURRENT_USER "
    return f'POLICY "{name}" ON {table.sql} {to}USING {condition} WITH CHECK {condition}'
