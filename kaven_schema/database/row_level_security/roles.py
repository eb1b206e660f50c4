"""The roles that row-level security needs, beside those of `kaven db`: made once in a cluster."""
# ruff: noqa: S608 - every name is quoted

from __future__ import annotations

from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.embedded.credentials import read_credentials
from kaven_schema.database.embedded.roles import DATABASE, SUPERUSER, USERS, Role
from kaven_schema.database.row_level_security.names import APP, AUTHENTICATION, LOGIN, SUPER_ADMIN, quoted

if TYPE_CHECKING:
    from kaven_schema.database.embedded import EmbeddedServer

_ATTRIBUTES = {
    APP: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
    AUTHENTICATION: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
    SUPER_ADMIN: "NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
    LOGIN: "NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
    Role.BACKUP.user: "LOGIN NOSUPERUSER BYPASSRLS NOCREATEDB NOCREATEROLE",
}
_HEADER = """\
-- Run once in a cluster, by whoever may make roles, before the migration of `kaven rls`.
-- {app} is the application's, bound by its tenant; give it a password: \\password {app}
-- {authentication} is for sign-up, login and sessions, before a tenant is known: \\password {authentication}
-- {admin} sees every tenant: CREATE ROLE backoffice LOGIN IN ROLE {admin};
-- {login} owns the door of login, and nothing connects as it. {backup} reads everything, for pg_dump.
"""


def role_script(owner: str) -> str:
    """SQL that makes the roles which are missing; `owner` is who migrates."""
    parts = [
        _HEADER.format(
            app=APP,
            authentication=AUTHENTICATION,
            admin=SUPER_ADMIN,
            login=LOGIN,
            backup=Role.BACKUP.user,
        ),
        *(_making(role, attributes) for role, attributes in _ATTRIBUTES.items()),
        *_grants(owner),
    ]
    return "\n".join(parts) + "\n"


def _making(role: str, attributes: str) -> str:
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN\n"
        f"    CREATE ROLE {quoted(role)} {attributes};\nEND IF; END $$;"
    )


def _grants(owner: str) -> tuple[str, ...]:
    """The owner gives the door away to its role, and takes the others' places to prove what they see."""
    roles = ", ".join(quoted(role) for role in (APP, AUTHENTICATION, SUPER_ADMIN))
    others = f"GRANT {roles} TO {quoted(owner)}"
    return (
        f"GRANT pg_read_all_data TO {quoted(Role.BACKUP.user)};",
        f"GRANT {quoted(LOGIN)} TO {quoted(owner)};",
        "DO $$ BEGIN IF current_setting('server_version_num')::integer >= 160000 THEN",
        f"    EXECUTE '{others} WITH INHERIT FALSE';",
        "ELSE",
        f"    {others};",
        "END IF; END $$;",
    )


def make_embedded_roles(server: EmbeddedServer) -> None:
    """What an embedded server lacks of them. It has to be up."""
    url = server.url(Role.OWNER)
    password = read_credentials(server.layout.credentials, USERS)[SUPERUSER]
    from dataclasses import replace

    with connect(replace(url, user=SUPERUSER, password=password, database=DATABASE)) as connection:
        connection.execute(role_script(Role.OWNER.user).encode())
