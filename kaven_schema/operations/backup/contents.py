"""What a database holds: rows table by table, objects kind by kind, and what it needs of its cluster."""
# ruff: noqa: S608 - every name is quoted by PostgreSQL itself

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from kaven_schema.operations.backup.manifest import Contents, DatabaseFacts, Outline

if TYPE_CHECKING:
    from psycopg import Connection

# pg_dump writes no rows of foreign tables, views and what belongs to an extension; partitions are tables.
_USERS = """\
n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
AND NOT EXISTS (SELECT 1 FROM pg_depend d
    WHERE d.classid = '{catalog}'::regclass AND d.objid = {oid} AND d.deptype = 'e')"""
_RELATIONS = f"""\
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't' AND {_USERS.format(catalog="pg_class", oid="c.oid")}"""
_TABLES = f"SELECT format('%I.%I', n.nspname, c.relname) {_RELATIONS} AND c.relkind = 'r' ORDER BY 1"
_OF_TABLE = f"""\
JOIN pg_class c ON c.oid = {{table}} JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USERS.format(catalog="pg_class", oid="c.oid")}"""
# By name, not by definition: versions of PostgreSQL word those differently.
_OUTLINES = {
    "columns": f"""\
SELECT format('%I.%I.%I %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)) FROM pg_attribute a
{_OF_TABLE.format(table="a.attrelid")} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0
AND NOT a.attisdropped""",
    "constraints": f"""\
SELECT format('%I.%I.%I %s %s', n.nspname, c.relname, o.conname, o.contype, o.convalidated) FROM pg_constraint o
{_OF_TABLE.format(table="o.conrelid")} AND o.contype IN ('p', 'u', 'f', 'c', 'x')""",
    "indexes": f"""\
SELECT format('%I.%I %I', n.nspname, c.relname, (SELECT relname FROM pg_class WHERE oid = i.indexrelid))
FROM pg_index i {_OF_TABLE.format(table="i.indrelid")} AND c.relkind IN ('r', 'p', 'm') AND i.indisvalid""",
    "triggers": f"""\
SELECT format('%I.%I.%I %s', n.nspname, c.relname, t.tgname, t.tgenabled) FROM pg_trigger t
{_OF_TABLE.format(table="t.tgrelid")} AND NOT t.tgisinternal""",
    "policies": f"""\
SELECT format('%I.%I.%I %s', n.nspname, c.relname, p.polname, p.polcmd) FROM pg_policy p
{_OF_TABLE.format(table="p.polrelid")}""",
    "row security": f"""\
SELECT format('%I.%I %s %s', n.nspname, c.relname, c.relrowsecurity, c.relforcerowsecurity)
{_RELATIONS} AND c.relkind IN ('r', 'p')""",
    "views and sequences": f"""\
SELECT format('%I.%I %s', n.nspname, c.relname, c.relkind) {_RELATIONS} AND c.relkind IN ('v', 'm', 'S', 'f')""",
    "functions": f"""\
SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {_USERS.format(catalog="pg_proc", oid="p.oid")}""",
    "enum values": f"""\
SELECT format('%I.%I %L', n.nspname, t.typname, e.enumlabel)
FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE {_USERS.format(catalog="pg_type", oid="t.oid")}""",
    # An owner has what the version of PostgreSQL gives; MAINTAIN came with 17.
    "rights": f"""\
SELECT format('%I.%I%s %s %s %s', n.nspname, c.relname, '.' || quote_ident(g.attname), coalesce(r.rolname, 'PUBLIC'),
a.privilege_type, a.is_grantable)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (SELECT NULL::name, c.relacl
    UNION ALL SELECT attname, attacl FROM pg_attribute WHERE attrelid = c.oid) g(attname, acl)
CROSS JOIN aclexplode(g.acl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relpersistence <> 't' AND {_USERS.format(catalog="pg_class", oid="c.oid")}
AND a.grantee <> c.relowner AND a.privilege_type <> 'MAINTAIN'""",
    "large objects": "SELECT oid::text FROM pg_largeobject_metadata",
}
_ROLES = """\
SELECT DISTINCT r.rolname FROM pg_roles r WHERE r.rolname NOT LIKE 'pg\\_%' AND (
    r.oid IN (SELECT refobjid FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass
        AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))
    OR r.oid IN (SELECT datdba FROM pg_database WHERE datname = current_database())
    OR r.oid IN (SELECT (aclexplode(datacl)).grantee FROM pg_database WHERE datname = current_database()))
ORDER BY 1"""
_DATABASE = """\
SELECT d.*, pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding_name
FROM pg_database d WHERE datname = current_database()"""
_GRANTS = """\
SELECT coalesce(r.rolname, ''), a.privilege_type, a.is_grantable
FROM pg_database d, aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE d.datname = current_database() ORDER BY 1, 2"""
_SETTINGS = """\
SELECT coalesce(pg_get_userbyid(nullif(setrole, 0)), ''), unnest(setconfig) FROM pg_db_role_setting
WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1, 2"""
_EXTENSIONS = "SELECT extname, extversion FROM pg_extension ORDER BY 1"
_MIGRATIONS = """\
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = '_prisma_migrations' AND c.relkind = 'r' ORDER BY n.nspname = 'public' DESC, 1"""
_HEAD = """\
SELECT migration_name FROM {table} WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL
ORDER BY migration_name DESC LIMIT 1"""


def read_contents(connection: Connection, counted: Callable[[str], object] = str) -> Contents:
    """In the snapshot of the transaction, if there is one. `counted` is told each table that is."""
    return Contents(
        tables=count_rows(connection, counted),
        outlines=read_outlines(connection),
        extensions={str(name): str(version) for name, version in connection.execute(_EXTENSIONS)},
        roles=tuple(str(name) for (name,) in connection.execute(_ROLES)),
        migration=migration_head(connection),
    )


def count_rows(connection: Connection, counted: Callable[[str], object] = str) -> dict[str, int]:
    """By the table's SQL name."""
    found: dict[str, int] = {}
    for table in table_names(connection):
        found[table] = _number(connection, f"SELECT count(*) FROM ONLY {table}")
        counted(table)
    return found


def table_names(connection: Connection) -> tuple[str, ...]:
    return tuple(str(table) for (table,) in connection.execute(_TABLES.encode()))


def read_outlines(connection: Connection) -> dict[str, Outline]:
    found = {}
    with connection.transaction():
        # Types are named with their schema unless that is searched: on both sides alike.
        connection.execute("SET LOCAL search_path = pg_catalog")
        for kind, sql in _OUTLINES.items():
            names = sorted(str(row[0]) for row in connection.execute(sql.encode()))
            found[kind] = Outline(len(names), sha256("\n".join(names).encode()).hexdigest())
    return found


def migration_head(connection: Connection) -> str:
    """The last migration that is applied; empty where none is, or there is no table of them."""
    table = connection.execute(_MIGRATIONS.encode()).fetchone()
    found = connection.execute(_HEAD.format(table=table[0]).encode()).fetchone() if table else None
    return str(found[0]) if found else ""


def read_database(connection: Connection) -> DatabaseFacts:
    from psycopg.rows import dict_row

    with connection.cursor(row_factory=dict_row) as cursor:
        facts = cursor.execute(_DATABASE).fetchone()
    assert facts is not None
    grants = tuple((str(who), str(what), bool(on)) for who, what, on in connection.execute(_GRANTS))
    settings = ((str(role), *str(line).partition("=")[::2]) for role, line in connection.execute(_SETTINGS))
    return DatabaseFacts(
        name=str(facts["datname"]),
        owner=str(facts["owner"]),
        encoding=str(facts["encoding_name"]),
        provider=_provider(facts),
        collate=str(facts["datcollate"]),
        ctype=str(facts["datctype"]),
        # Its name changed twice: 15 and 16 have daticulocale, 17 datlocale.
        locale=str(facts.get("datlocale") or facts.get("daticulocale") or ""),
        grants=grants if facts["datacl"] is not None else None,
        settings=tuple((role, name, value) for role, name, value in settings),
    )


def _provider(facts: Mapping[str, Any]) -> str:
    letter = facts.get("datlocprovider", "c")
    letter = letter.decode() if isinstance(letter, bytes) else str(letter)
    return {"i": "icu", "b": "builtin"}.get(letter, "libc")


def _number(connection: Connection, sql: str) -> int:
    found = connection.execute(sql.encode()).fetchone()
    assert found is not None
    return int(found[0])
