"""How things are called in SQL."""

from __future__ import annotations

import hashlib
import re

SETTING = "app.tenant_id"
"""Set with SET LOCAL, in each transaction of a tenant's."""

APP, SUPER_ADMIN, LOGIN = "kaven_app", "kaven_super_admin", "kaven_login"
AUTHENTICATION = "kaven_authentication"
"""The services that work before a tenant is known: sign-up, login, sessions, memberships."""
TENANT_POLICY, OWNER_POLICY = "kaven_tenant", "kaven_owner"
SUPER_ADMIN_POLICY, LOGIN_POLICY = "kaven_super_admin", "kaven_login"
AUTHENTICATION_POLICY = "kaven_authentication"
LOGIN_DOOR, MEMBERSHIPS_DOOR = "kaven_login", "kaven_memberships"

_LONGEST = 63
_OURS = re.compile(
    r"function kaven_(?:login|memberships|sees_\w+)\(|trigger kaven_(?:reference|global_role)_|policy kaven_tenant "
)


def quoted(*parts: str) -> str:
    """`"schema"."table"`; empty parts are left out."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts if part)


def made_name(*parts: str) -> str:
    """A name of ours, cut as PostgreSQL would, but so that no two become one."""
    name = "_".join(parts)
    if len(name.encode()) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name.encode()[: _LONGEST - 9].decode(errors='ignore')}_{digest}"


def is_ours(detail: str) -> bool:
    """Whether PostgreSQL names, among what depends on something, what `kaven rls` makes."""
    return _OURS.search(detail) is not None
