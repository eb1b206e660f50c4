"""Tenants: slugs and hosts, settings, status; and who may act in which of them."""

from kaven_schema.services.tenants.authority import (
    SYSTEM,
    Access,
    AccessProblem,
    AccessRefusedError,
    By,
    Role,
    TenantStatus,
    access_to,
    require_admin,
    require_super_admin,
)
from kaven_schema.services.tenants.service import TenantProblem, Tenants, TenantStateError
from kaven_schema.services.tenants.settings import (
    Limits,
    SettingsInvalidError,
    TenantSettings,
    read_settings,
    write_settings,
)
from kaven_schema.services.tenants.shapes import Member, MemberUser, TenantClient, TenantRow
from kaven_schema.services.tenants.slugs import (
    RESERVED,
    HostProblem,
    HostRefusedError,
    SlugProblem,
    SlugRefusedError,
    Subdomains,
    check_slug,
)
from kaven_schema.services.tenants.status import status_script

__all__ = [
    "RESERVED",
    "SYSTEM",
    "Access",
    "AccessProblem",
    "AccessRefusedError",
    "By",
    "HostProblem",
    "HostRefusedError",
    "Limits",
    "Member",
    "MemberUser",
    "Role",
    "SettingsInvalidError",
    "SlugProblem",
    "SlugRefusedError",
    "Subdomains",
    "TenantClient",
    "TenantProblem",
    "TenantRow",
    "TenantSettings",
    "TenantStateError",
    "TenantStatus",
    "Tenants",
    "access_to",
    "check_slug",
    "read_settings",
    "require_admin",
    "require_super_admin",
    "status_script",
    "write_settings",
]
