"""The roles of the embedded database: who migrates, who works, who logs people in, who backs up."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection, sql

DATABASE = "kaven"
SUPERUSER = "postgres"


class Role(StrEnum):
    """`OWNER` migrates; `APP` is the client's, bound by row-level security; `BACKUP` reads everything.

    `AUTHENTICATION` and `SUPER_ADMIN` are what `kaven rls` knows under these names.
    """

    OWNER = "owner"
    APP = "app"
    BACKUP = "backup"
    AUTHENTICATION = "authentication"
    SUPER_ADMIN = "super_admin"

    @property
    def user(self) -> str:
        return f"kaven_{self.value}"


USERS = (SUPERUSER, *(role.user for role in Role))

# The owner makes databases of its own to try migrations in.
_ATTRIBUTES = {
    Role.OWNER: "LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB",
    Role.APP: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
    Role.BACKUP: "LOGIN NOSUPERUSER BYPASSRLS",
    Role.AUTHENTICATION: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
    Role.SUPER_ADMIN: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
}
_COMPLETE = "SELECT rolname FROM pg_authid WHERE rolcanlogin AND rolpassword IS NOT NULL"
# Said in the database itself: whatever the owner makes there, the application may use.
_GRANTS = (
    "GRANT USAGE ON SCHEMA public TO kaven_app",
    *(
        f"ALTER DEFAULT PRIVILEGES FOR ROLE kaven_owner GRANT {what} TO kaven_app"
        for what in (
            "USAGE ON SCHEMAS",
            "SELECT, INSERT, UPDATE, DELETE ON TABLES",
            "USAGE, SELECT ON SEQUENCES",
        )
    ),
)


def make_roles(superuser: Connection, passwords: Mapping[str, str]) -> None:
    """Make what is missing: an earlier run may have been killed in between."""
    from kaven_schema.database.row_level_security.roles import role_script

    for role in incomplete_roles(superuser):
        found = superuser.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role.user]).fetchone()
        superuser.execute(_making("ALTER" if found else "CREATE", role, passwords[role.user]))
    superuser.execute(role_script(Role.OWNER.user).encode())


def incomplete_roles(superuser: Connection) -> tuple[Role, ...]:
    """Those that nobody can connect as yet: a server may have been made before there was such a role."""
    complete = {name for (name,) in superuser.execute(_COMPLETE)}
    return tuple(role for role in Role if role.user not in complete)


def has_database(superuser: Connection) -> bool:
    found = superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
    return found.fetchone() is not None


def make_database(superuser: Connection) -> None:
    """An empty database under a passing name: it takes its own once it is complete."""
    superuser.execute(f"DROP DATABASE IF EXISTS {DATABASE}_new WITH (FORCE)")
    superuser.execute(f"CREATE DATABASE {DATABASE}_new OWNER {Role.OWNER.user}")
    superuser.execute(f"REVOKE ALL ON DATABASE {DATABASE}_new FROM PUBLIC")
    let_connect(superuser, f"{DATABASE}_new")


def let_connect(superuser: Connection, database: str) -> None:
    users = ", ".join(role.user for role in Role if role is not Role.OWNER)
    superuser.execute(f"GRANT CONNECT ON DATABASE {database} TO {users}".encode())


def finish_database(superuser: Connection, inside: Connection) -> None:
    """Grant what is granted inside of the new database, and give it its name in place of the old one."""
    for statement in _GRANTS:
        inside.execute(statement)
    inside.close()
    superuser.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    superuser.execute(f"ALTER DATABASE {DATABASE}_new RENAME TO {DATABASE}")


def _making(word: Literal["CREATE", "ALTER"], role: Role, password: str) -> sql.Composed:
    from psycopg import sql

    statement = sql.SQL("{} ROLE {} {} PASSWORD {}")
    name, attributes = sql.Identifier(role.user), sql.SQL(_ATTRIBUTES[role])
    return statement.format(sql.SQL(word), name, attributes, sql.Literal(password))
