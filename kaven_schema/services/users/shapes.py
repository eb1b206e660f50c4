"""What the services read of invitations and verifications, and ask of the client."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kaven_schema.services.access import Rows
from kaven_schema.services.tenants import TenantClient


class Invited(Protocol):
    """A row of model Invitation, of services.extended.prisma."""

    @property
    def id(self) -> str: ...
    @property
    def tenantId(self) -> str: ...  # noqa: N802 - the field's name
    @property
    def email(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def expiresAt(self) -> datetime: ...  # noqa: N802 - the field's name
    @property
    def createdAt(self) -> datetime: ...  # noqa: N802 - the field's name


class Verification(Protocol):
    """A row of model EmailVerification, of services.extended.prisma."""

    @property
    def id(self) -> str: ...
    @property
    def userId(self) -> str: ...  # noqa: N802 - the field's name
    @property
    def email(self) -> str: ...
    @property
    def expiresAt(self) -> datetime: ...  # noqa: N802 - the field's name


class Ended(Protocol):
    """A row of model RefreshToken, of which nothing is read."""


class OpenClient(Protocol):
    """Of what was sent by e-mail, and is open."""

    @property
    def invitation(self) -> Rows[Invited]: ...
    @property
    def emailverification(self) -> Rows[Verification]: ...


class UserClient(TenantClient, OpenClient, Protocol):
    """A generated client whose schema has what services.extended.prisma adds, or a transaction of it."""

    @property
    def refreshtoken(self) -> Rows[Ended]: ...
