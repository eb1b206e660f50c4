"""The services that work before a tenant is known have a role of their own, which reaches their tables alone.

And nobody but a super admin, or the owner of the tables, makes anybody a super admin: neither that role, nor the
application's in one of its tenants.
"""
# ruff: noqa: S608 - the only name that is filled in is ours

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.documentation import above, text_of
from kaven_schema.catalog.scoping import scopes
from kaven_schema.database.row_level_security.names import (
    AUTHENTICATION,
    AUTHENTICATION_POLICY,
    SUPER_ADMIN,
    quoted,
)
from kaven_schema.syntax.ast import BlockKind

_ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
# What `kaven_schema.services` does with each: users and tenants are deleted softly, the log is only added to.
_MODELS = {
    "Tenant": ("SELECT", "INSERT", "UPDATE"),
    "User": ("SELECT", "INSERT", "UPDATE"),
    "UserTenant": _ALL,
    "RefreshToken": _ALL,
    "SpentRefreshToken": ("SELECT", "INSERT", "DELETE"),
    "Invitation": ("SELECT", "INSERT", "DELETE"),
    "EmailVerification": ("SELECT", "INSERT", "DELETE"),
    "AuditLog": ("INSERT",),
}
_DECLARED = re.compile(r"(?<!\S)@kaven\.authentication(?![\w.])")
_GLOBAL_ROLE = "globalRole"
GLOBAL_ROLE_TRIGGERS = ("kaven_global_role_insert", "kaven_global_role_update")
_FUNCTION = f"""\
CREATE OR REPLACE FUNCTION "kaven_keep_global_role"() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
        AND NOT pg_has_role(current_user, '{SUPER_ADMIN}', 'USAGE')
    THEN
        RAISE EXCEPTION 'only a super admin changes who is one'
            USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END $$;"""


@dataclass(frozen=True, slots=True)
class Opening:
    """One table that the role reaches, and with what."""

    name: str
    sql: str
    schema: str
    privileges: tuple[str, ...]
    is_protected: bool
    """By policies; a table of everybody's is not."""

    def create(self) -> tuple[str, ...]:
        """A policy for all that is granted; for a log that is only added to, no row can be seen by it."""
        if self.privileges == ("INSERT",):
            allowed = f'FOR INSERT TO "{AUTHENTICATION}" WITH CHECK (true)'
        else:
            allowed = f'TO "{AUTHENTICATION}" USING (true) WITH CHECK (true)'
        policy = f'CREATE POLICY "{AUTHENTICATION_POLICY}" ON {self.sql} {allowed};'
        return (policy, *self._grants()) if self.is_protected else self._grants()

    def change(self) -> tuple[str, ...]:
        """The policy stands: what it lets through, privileges limit."""
        return (f'REVOKE ALL ON {self.sql} FROM "{AUTHENTICATION}";', *self._grants())

    def _grants(self) -> tuple[str, ...]:
        return (
            f'GRANT USAGE ON SCHEMA {quoted(self.schema)} TO "{AUTHENTICATION}", "{SUPER_ADMIN}";',
            f'GRANT {", ".join(self.privileges)} ON {self.sql} TO "{AUTHENTICATION}";',
        )


@dataclass(frozen=True, slots=True)
class GlobalRole:
    """The column that says who is super admin."""

    name: str
    sql: str
    column: str

    def create(self) -> tuple[str, ...]:
        column, (on_insert, on_update) = quoted(self.column), GLOBAL_ROLE_TRIGGERS
        execute = 'EXECUTE FUNCTION "kaven_keep_global_role"();'
        inserted = (
            f'CREATE OR REPLACE TRIGGER "{on_insert}" BEFORE INSERT ON {self.sql} FOR EACH ROW\n'
            f"    WHEN (NEW.{column} IS NOT NULL) {execute}"
        )
        updated = (
            f'CREATE OR REPLACE TRIGGER "{on_update}" BEFORE UPDATE ON {self.sql} FOR EACH ROW\n'
            f"    WHEN (NEW.{column} IS DISTINCT FROM OLD.{column}) {execute}"
        )
        return _FUNCTION, inserted, updated


@dataclass(frozen=True, slots=True)
class Authentication:
    openings: tuple[Opening, ...] = ()
    global_role: GlobalRole | None = None

    def privileges(self, table: str) -> tuple[str, ...]:
        """What the role may do with a table, of all those that hold tenants' rows."""
        return next((one.privileges for one in self.openings if one.name == table), ())


def authentication_of(catalog: Catalog, schema: str = "public") -> Authentication:
    """Of a schema that has users; `schema` is PostgreSQL's, of the tables that name none."""
    return Authentication(tuple(_openings(catalog, schema)), _global_role(catalog))


def _openings(catalog: Catalog, schema: str) -> Iterator[Opening]:
    """Those of the services, and those above which the developer has written `/// @kaven.authentication`."""
    scoped = scopes(catalog)
    for entry in catalog.of_kind(BlockKind.MODEL):
        privileges = _MODELS.get(entry.name) or (_ALL if _declares(entry) else ())
        if privileges:
            facts = entry.facts
            sql, place = quoted(facts.schema, facts.table), facts.schema or schema
            yield Opening(facts.table, sql, place, privileges, entry.name in scoped)


def _declares(entry: Entry) -> bool:
    return any(_DECLARED.search(text_of(above(part.text))) for part in entry.merged.parts)


def _global_role(catalog: Catalog) -> GlobalRole | None:
    user = catalog.by_name["User"].facts
    field = user.field(_GLOBAL_ROLE)
    return GlobalRole(user.table, quoted(user.schema, user.table), field.column) if field else None
