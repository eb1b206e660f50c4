"""What the services read of tenants and their members, and ask of the client."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kaven_schema.services.access import Rows
from kaven_schema.services.audit import AuditClient


class TenantRow(Protocol):
    """A row of model Tenant, with what services.extended.prisma adds."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def settings(self) -> object: ...
    @property
    def suspendedAt(self) -> datetime | None: ...  # noqa: N802 - the field's name
    @property
    def deletedAt(self) -> datetime | None: ...  # noqa: N802 - the field's name


class MemberUser(Protocol):
    """A row of model User, with the global role of schema.extended.prisma."""

    @property
    def id(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def emailVerified(self) -> bool: ...  # noqa: N802 - the field's name
    @property
    def tenantId(self) -> str | None: ...  # noqa: N802 - the field's name
    @property
    def globalRole(self) -> str | None: ...  # noqa: N802 - the field's name
    @property
    def deletedAt(self) -> datetime | None: ...  # noqa: N802 - the field's name


class Member(Protocol):
    """A row of model UserTenant."""

    @property
    def id(self) -> str: ...
    @property
    def userId(self) -> str: ...  # noqa: N802 - the field's name
    @property
    def tenantId(self) -> str: ...  # noqa: N802 - the field's name
    @property
    def role(self) -> str: ...
    @property
    def user(self) -> MemberUser | None: ...
    @property
    def tenant(self) -> TenantRow | None: ...


class TenantClient(AuditClient, Protocol):
    """A generated client that sees the rows of all tenants, or a transaction of it."""

    @property
    def user(self) -> Rows[MemberUser]: ...
    @property
    def tenant(self) -> Rows[TenantRow]: ...
    @property
    def usertenant(self) -> Rows[Member]: ...
