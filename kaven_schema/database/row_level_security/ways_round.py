"""What leads past the policies without breaking any: views and functions with their owner's eyes, parts of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from kaven_schema.database.row_level_security.names import LOGIN
from kaven_schema.database.row_level_security.tables import Table

if TYPE_CHECKING:
    from psycopg import Connection

# Also those that read another view; an extension's are not the application's.
_VIEWS = """\
WITH RECURSIVE reads AS (
    SELECT r.ev_class AS view, d.refobjid AS source FROM pg_rewrite r
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
), through AS (
    SELECT view, source FROM reads UNION SELECT t.view, r.source FROM through t JOIN reads r ON r.view = t.source
)
SELECT DISTINCT one::text, c.oid::regclass::text, c.relkind = 'm' FROM through t
    JOIN pg_class c ON c.oid = t.view, unnest(%s::name[]) AS one
WHERE t.source = ANY(%s::regclass[]) AND c.relkind IN ('v', 'm') AND has_any_column_privilege(one, c.oid, 'SELECT')
    AND (c.relkind = 'm' OR NOT coalesce(c.reloptions, '{}') && ARRAY[
        'security_invoker=true', 'security_invoker=on', 'security_invoker=yes', 'security_invoker=1'])
ORDER BY 2, 1"""
_PARTS = """\
SELECT DISTINCT one::text, c.oid::regclass::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
    unnest(%s::name[]) AS one
WHERE i.inhparent = ANY(%s::regclass[]) AND NOT c.relrowsecurity AND (
    has_table_privilege(one, c.oid, 'DELETE') OR has_any_column_privilege(one, c.oid, 'SELECT, INSERT, UPDATE'))
ORDER BY 2, 1"""
_FUNCTIONS = """\
SELECT DISTINCT one::text, p.oid::regprocedure::text, pg_get_userbyid(p.proowner) FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace, unnest(%s::name[]) AS one
WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype AND p.prorettype <> 'event_trigger'::regtype
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND pg_get_userbyid(p.proowner) <> %s
    AND has_schema_privilege(one, n.oid, 'USAGE') AND has_function_privilege(one, p.oid, 'EXECUTE')
    AND NOT EXISTS (SELECT 1 FROM pg_depend
        WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
ORDER BY 2, 1"""


def ways_round(connection: Connection, roles: Sequence[str], tables: Iterable[Table]) -> Iterator[str]:
    """Those that are open to one of the roles, and show rows of every tenant."""
    protected = [table.sql for table in tables]
    for role, view, is_kept in connection.execute(_VIEWS, [[*roles], protected]):
        how = "its rows are kept, for everybody" if is_kept else "as its owner: SET (security_invoker = true)"
        yield f"{role} reads tenants' rows through the view {view}, {how}"
    for role, part in connection.execute(_PARTS, [[*roles], protected]):
        yield f"{role} reaches {part}, a part of a protected table, which has no policies of its own"


def functions_of_others(connection: Connection, roles: Sequence[str]) -> Iterator[str]:
    """What they show is for their author to say."""
    for role, function, owner in connection.execute(_FUNCTIONS, [[*roles], LOGIN]):
        yield f"{role} may call {function}, which sees what {owner} sees (SECURITY DEFINER)"
