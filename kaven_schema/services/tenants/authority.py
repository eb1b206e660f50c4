"""Who may act where. A right is a row that says so: no tenant, no membership, no id is never a right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final

from kaven_schema.services.tenants.shapes import MemberUser, TenantClient, TenantRow


class Role(StrEnum):
    """The schema's. SUPER_ADMIN counts as `User.globalRole` alone: in a membership it is a member's."""

    SUPER_ADMIN = "SUPER_ADMIN"
    TENANT_ADMIN = "TENANT_ADMIN"
    USER = "USER"


class TenantStatus(StrEnum):
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    DELETED = "DELETED"


class System(Enum):
    """The program itself: a job, a command, a sign-up that the application has decided to allow."""

    SYSTEM = "system"


SYSTEM: Final = System.SYSTEM
By = str | System
"""A user's id, or the program itself, which has to be named: None is nobody."""


class AccessProblem(StrEnum):
    """For the application's log; to whoever asked, all but TENANT_SUSPENDED are the same answer."""

    UNKNOWN_USER = "unknown_user"
    NOT_A_MEMBER = "not_a_member"
    TENANT_SUSPENDED = "tenant_suspended"
    TENANT_DELETED = "tenant_deleted"
    NOT_ADMIN = "not_admin"
    NOT_SUPER_ADMIN = "not_super_admin"


_MESSAGES = {
    AccessProblem.UNKNOWN_USER: "there is no such user",
    AccessProblem.NOT_A_MEMBER: "the user is no member of the tenant",
    AccessProblem.TENANT_SUSPENDED: "the tenant is suspended",
    AccessProblem.TENANT_DELETED: "the tenant is deleted",
    AccessProblem.NOT_ADMIN: "only an administrator of the tenant may do this",
    AccessProblem.NOT_SUPER_ADMIN: "only a super admin may do this",
}


class AccessRefusedError(Exception):
    def __init__(self, problem: AccessProblem) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a user may do in a tenant. `role` is the membership's, which a schema may have more of than Role has;
    None for a super admin who is no member.
    """

    user_id: str
    tenant_id: str
    role: str | None
    is_super_admin: bool

    @property
    def is_admin(self) -> bool:
        return self.is_super_admin or self.role == Role.TENANT_ADMIN


async def access_to(client: TenantClient, tenant_id: str, user_id: str) -> Access:
    """Raises AccessRefusedError: for all but a super admin, unless a member of an active tenant."""
    user = await _user(client, user_id)
    tenant = await client.tenant.find_unique(where={"id": tenant_id})
    where = {"userId": user.id, "tenantId": tenant_id}
    members = await client.usertenant.find_many(where=where, take=1)
    is_super_admin = _is_super_admin(user)
    if tenant is None or not (members or is_super_admin):
        raise AccessRefusedError(AccessProblem.NOT_A_MEMBER)
    if not is_super_admin:
        _refuse_inactive(tenant)
    role = members[0].role if members else None
    return Access(user_id=user.id, tenant_id=tenant.id, role=role, is_super_admin=is_super_admin)


async def require_admin(client: TenantClient, tenant_id: str, by: By) -> None:
    """Raises AccessRefusedError."""
    if by is not SYSTEM and not (await access_to(client, tenant_id, by)).is_admin:
        raise AccessRefusedError(AccessProblem.NOT_ADMIN)


async def require_super_admin(client: TenantClient, by: By) -> None:
    """Raises AccessRefusedError."""
    if by is not SYSTEM and not _is_super_admin(await _user(client, by)):
        raise AccessRefusedError(AccessProblem.NOT_SUPER_ADMIN)


async def lock_tenant(client: TenantClient, tenant_id: str, now: datetime) -> TenantRow:
    """Its row, which nobody else changes until the transaction ends: so two leaving administrators take turns.

    An UPDATE locks as FOR NO KEY UPDATE does, and needs no raw SQL. Raises AccessRefusedError.
    """
    await client.tenant.update_many(where={"id": tenant_id}, data={"updatedAt": now})
    tenant = await client.tenant.find_unique(where={"id": tenant_id})
    if tenant is None:
        raise AccessRefusedError(AccessProblem.NOT_A_MEMBER)
    return tenant


def require_active(tenant: TenantRow, by: By) -> None:
    """Nobody joins, leaves or changes in a tenant that is suspended or deleted. Raises AccessRefusedError."""
    if by is not SYSTEM:
        _refuse_inactive(tenant)


def actor_id(by: By) -> str | None:
    """As the audit log has it."""
    return None if isinstance(by, System) else by


def _refuse_inactive(tenant: TenantRow) -> None:
    if tenant.status == TenantStatus.DELETED or tenant.deletedAt is not None:
        raise AccessRefusedError(AccessProblem.TENANT_DELETED)
    if tenant.status != TenantStatus.ACTIVE:
        raise AccessRefusedError(AccessProblem.TENANT_SUSPENDED)


async def _user(client: TenantClient, user_id: str) -> MemberUser:
    user = await client.user.find_unique(where={"id": user_id})
    if user is None or user.deletedAt is not None:
        raise AccessRefusedError(AccessProblem.UNKNOWN_USER)
    return user


def _is_super_admin(user: MemberUser) -> bool:
    return user.globalRole == Role.SUPER_ADMIN
