"""Whether row-level security hides rows of a table from whoever is connected."""
# ruff: noqa: S608 - what is filled in is a literal, or a name that is quoted

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.database.row_level_security.names import (
    APP,
    AUTHENTICATION,
    OWNER_POLICY,
    SUPER_ADMIN,
    quoted,
)

if TYPE_CHECKING:
    from psycopg import Connection

# As PostgreSQL chooses the policies of a role; 0 is PUBLIC.
_BINDS = """\
polrelid = {table} AND EXISTS (SELECT FROM unnest(polroles) AS role WHERE role = 0 OR pg_has_role(role, 'USAGE'))"""
_LIMIT = f"NOT polpermissive AND polcmd IN ('*', 'r', 'w') AND {_BINDS}"
_HIDES = f"""\
row_security_active({{table}}) AND (
    EXISTS (SELECT FROM pg_policy WHERE {_LIMIT})
    OR EXISTS (SELECT FROM unnest('{{{{r,w}}}}'::"char"[]) AS wanted WHERE NOT EXISTS (SELECT FROM pg_policy
        WHERE polpermissive AND polcmd IN ('*', wanted) AND pg_get_expr(polqual, polrelid) = 'true'
            AND coalesce(pg_get_expr(polwithcheck, polrelid), 'true') = 'true' AND {_BINDS})))"""
_FACTS = f"""\
SELECT current_user::text, oid::regclass::text, pg_get_userbyid(relowner)::text, pg_has_role(relowner, 'USAGE'),
    (SELECT min(polname)::text FROM pg_policy WHERE {_LIMIT}),
    EXISTS (SELECT FROM pg_policy WHERE polrelid = {{table}} AND polname = '{OWNER_POLICY}')
FROM pg_class WHERE oid = {{table}}"""


class Hidden(NamedTuple):
    """What is wrong, and what ends it."""

    message: str
    help: str


def hides_rows(table: str) -> str:
    """A condition in SQL: not every row of the `table`, an oid, can be proved to be seen and written.

    False for whom no policy binds, and for whom one lets through whatever row there is.
    """
    return _HIDES.format(table=table)


def find_hidden(connection: Connection, oid: int) -> Hidden | None:
    """None where every row is seen."""
    found = connection.execute(f"SELECT {hides_rows(str(oid))}".encode()).fetchone()
    facts = connection.execute(_FACTS.format(table=oid).encode()).fetchone()
    if not (found and found[0] and facts):
        return None
    user, table, owner, is_owner, limit, has_policy = facts
    message = f"row-level security hides rows of {table} from {user}"
    if not is_owner:
        return Hidden(message, f"connect as {owner}, who owns {table}")
    return Hidden(message, f"let it see every row: {_opening(table, limit, has_policy=has_policy)}")


def _opening(table: str, limit: str | None, *, has_policy: bool) -> str:
    """SQL for the owner of a table: a policy of one's own binds those whom it is for, and ours shows all."""
    if limit:
        others = ", ".join(quoted(role) for role in (APP, AUTHENTICATION, SUPER_ADMIN))
        return f"ALTER POLICY {quoted(limit)} ON {table} TO {others}"
    policy = f"POLICY {quoted(OWNER_POLICY)} ON {table}"
    first = f"DROP {policy}; " if has_policy else ""
    return f"{first}CREATE {policy} TO CURRENT_USER USING (true) WITH CHECK (true)"
