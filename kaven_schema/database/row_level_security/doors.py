"""Login comes before a tenant is known: a door that shows the few columns which it needs, and nothing else."""
# ruff: noqa: S608 - every name is quoted

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.database.row_level_security.authentication import Authentication, authentication_of
from kaven_schema.database.row_level_security.names import (
    APP,
    LOGIN,
    LOGIN_DOOR,
    LOGIN_POLICY,
    MEMBERSHIPS_DOOR,
    SUPER_ADMIN,
    quoted,
)

# Always the same, null where the schema lacks one: PostgreSQL replaces no function by one of another type.
_USER = {
    "id": "id",
    "tenantId": "tenant_id",
    "passwordHash": "password_hash",
    "emailVerified": "email_verified",
    "twoFactorEnabled": "two_factor_enabled",
    "twoFactorSecret": "two_factor_secret",
    "globalRole": "global_role",
}
_MEMBERSHIP = {"tenantId": "tenant_id", "role": "role"}
_NEEDED = ("id", "email", "passwordHash")
_BOOLEANS = ("emailVerified", "twoFactorEnabled")
_TYPES = {"Boolean": "boolean", "Int": "integer", "BigInt": "bigint"}


@dataclass(frozen=True, slots=True)
class Doors:
    """Of login, and what the services have that work before a tenant is known."""

    create: tuple[str, ...]
    change: tuple[str, ...]
    authentication: Authentication


@dataclass(frozen=True, slots=True)
class Door:
    """A function: the rows of one table whose `key` is given, softly deleted ones apart."""

    name: str
    entry: Entry
    key: str
    columns: Mapping[str, str]

    @property
    def table(self) -> str:
        return quoted(self.entry.facts.schema, self.entry.facts.table)

    @property
    def table_name(self) -> str:
        return self.entry.facts.table

    @property
    def key_column(self) -> str:
        field = self.entry.facts.field(self.key)
        return field.column if field else self.key

    def reading(self) -> str:
        """The columns that the door has to see."""
        found = (
            self.entry.facts.field(name) for name in dict.fromkeys((*self.columns, self.key, "deletedAt"))
        )
        columns = ", ".join(quoted(field.column) for field in found if field)
        return f'GRANT SELECT ({columns}) ON {self.table} TO "{LOGIN}";'

    def function(self) -> str:
        alias = quoted(self.entry.facts.table)
        columns = ", ".join(f"{quoted(column)} {self._type(name)}" for name, column in self.columns.items())
        chosen = ", ".join(f"{self._value(alias, name)}::{self._type(name)}" for name in self.columns)
        deleted = self.entry.facts.field("deletedAt")
        alive = f" AND {alias}.{quoted(deleted.column)} IS NULL" if deleted else ""
        return (
            f'CREATE OR REPLACE FUNCTION "{self.name}"("wanted" {self._type(self.key)}) RETURNS TABLE ({columns})\n'
            f"    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp\n"
            f"    BEGIN ATOMIC SELECT {chosen}\n"
            f"        FROM {self.table}\n"
            f'        WHERE {self._value(alias, self.key)} = "wanted"{alive}; END;'
        )

    def _value(self, alias: str, name: str) -> str:
        field = self.entry.facts.field(name)
        return f"{alias}.{quoted(field.column)}" if field else "NULL"

    def _type(self, name: str) -> str:
        field = self.entry.facts.field(name)
        if field is None:
            return "boolean" if name in _BOOLEANS else "text"
        return "uuid" if field.native == "@db.Uuid" else _TYPES.get(field.type, "text")

    def grants(self) -> tuple[str, ...]:
        signature = f'"{self.name}"({self._type(self.key)})'
        return (
            f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC;",
            f'GRANT EXECUTE ON FUNCTION {signature} TO "{APP}", "{SUPER_ADMIN}";',
            f'ALTER FUNCTION {signature} OWNER TO "{LOGIN}";',
        )

    def policy(self) -> tuple[str, ...]:
        return (
            f'CREATE POLICY "{LOGIN_POLICY}" ON {self.table} FOR SELECT TO "{LOGIN}" USING (true);',
            self.reading(),
        )


def doors_in(catalog: Catalog) -> tuple[Door, ...]:
    """None in a schema whose users do not log in as Kaven's do."""
    user, member = catalog.by_name.get("User"), catalog.by_name.get("UserTenant")
    if user is None or not all(user.facts.field(name) for name in _NEEDED):
        return ()
    login = Door(LOGIN_DOOR, user, "email", _USER)
    if member is None or not member.facts.field("userId"):
        return (login,)
    return login, Door(MEMBERSHIPS_DOOR, member, "userId", _MEMBERSHIP)


def doors_of(catalog: Catalog, schema: str) -> Doors | None:
    """Their SQL; `schema` is PostgreSQL's, where they stand."""
    doors = doors_in(catalog)
    if not doors:
        return None
    place = quoted(schema)
    before = (f'GRANT USAGE, CREATE ON SCHEMA {place} TO "{LOGIN}";',)
    after = (f'REVOKE CREATE ON SCHEMA {place} FROM "{LOGIN}";',)
    functions = tuple(statement for door in doors for statement in (door.function(), *door.grants()))
    policies = tuple(statement for door in doors for statement in door.policy())
    again = tuple(door.reading() for door in doors)
    return Doors(
        create=(*policies, *before, *functions, *after),
        change=(*again, *before, *functions, *after),
        authentication=authentication_of(catalog, schema),
    )
