"""What memberships must satisfy, looked at while the tenant's row is locked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kaven_schema.services.audit import record
from kaven_schema.services.tenants import By, Member, MemberUser, Role, TenantRow, read_settings
from kaven_schema.services.tenants.authority import actor_id
from kaven_schema.services.users.problems import UserProblem, UserRefusedError
from kaven_schema.services.users.shapes import UserClient


async def require_another_admin(inside: UserClient, tenant_id: str, user_id: str) -> None:
    """One who is there beside this user, and not deleted. Raises UserRefusedError."""
    where = {
        "tenantId": tenant_id,
        "userId": {"not": user_id},
        "role": Role.TENANT_ADMIN.value,
        "user": {"is": {"deletedAt": None}},
    }
    if not await inside.usertenant.count(where=where):
        raise UserRefusedError(UserProblem.LAST_ADMIN)


async def require_another_super_admin(inside: UserClient, user_id: str, now: datetime) -> None:
    """Of the last two who go at once, one stays. Raises UserRefusedError."""
    await lock_super_admins(inside, now)
    others = {"globalRole": Role.SUPER_ADMIN.value, "id": {"not": user_id}, "deletedAt": None}
    if not await inside.user.count(where=others):
        raise UserRefusedError(UserProblem.LAST_SUPER_ADMIN)


async def lock_super_admins(inside: UserClient, now: datetime) -> None:
    """Always in the same order, so that no two wait for each other."""
    where = {"globalRole": Role.SUPER_ADMIN.value}
    for user in await inside.user.find_many(where=where, order={"id": "asc"}):
        await inside.user.update_many(where={"id": user.id}, data={"updatedAt": now})


async def require_seat(inside: UserClient, tenant: TenantRow) -> None:
    """Raises UserRefusedError where the tenant's limit of users is reached."""
    limit = read_settings(tenant.settings).limits.users
    if limit is None:
        return
    where = {"tenantId": tenant.id, "user": {"is": {"deletedAt": None}}}
    if await inside.usertenant.count(where=where) >= limit:
        raise UserRefusedError(UserProblem.LIMIT_REACHED)


async def member_of(inside: UserClient, tenant_id: str, user_id: str) -> Member | None:
    where = {"tenantId": tenant_id, "userId": user_id}
    found = await inside.usertenant.find_many(where=where, take=1)
    return found[0] if found else None


async def lock_user(inside: UserClient, user_id: str, now: datetime) -> MemberUser:
    """A user who is not deleted, nor will be until the transaction ends. Raises UserRefusedError."""
    where = {"id": user_id, "deletedAt": None}
    if not await inside.user.update_many(where=where, data={"updatedAt": now}):
        raise UserRefusedError(UserProblem.UNKNOWN_USER)
    user = await inside.user.find_unique(where={"id": user_id})
    if user is None:
        raise UserRefusedError(UserProblem.UNKNOWN_USER)
    return user


def check_role(role: str) -> str:
    """A super admin is one by User.globalRole, which no tenant gives. Raises UserRefusedError."""
    if role == Role.SUPER_ADMIN:
        raise UserRefusedError(UserProblem.ROLE_NOT_ALLOWED)
    return str(role)


async def seat(inside: UserClient, tenant: TenantRow, user: MemberUser, role: str) -> None:
    """Both rows are locked. Raises UserRefusedError."""
    if await member_of(inside, tenant.id, user.id):
        raise UserRefusedError(UserProblem.ALREADY_MEMBER)
    await require_seat(inside, tenant)
    data = {"userId": user.id, "tenantId": tenant.id, "role": role}
    await inside.usertenant.create(data=data)
    if user.tenantId is None:
        await inside.user.update_many(where={"id": user.id}, data={"tenantId": tenant.id})


async def unseat(inside: UserClient, member: Member) -> None:
    """The user's primary tenant becomes another one, or none."""
    if member.role == Role.TENANT_ADMIN:
        await require_another_admin(inside, member.tenantId, member.userId)
    await inside.usertenant.delete_many(where={"id": member.id})
    left = await inside.usertenant.find_many(
        where={"userId": member.userId}, order={"createdAt": "asc"}, take=1
    )
    where = {"id": member.userId, "tenantId": member.tenantId}
    await inside.user.update_many(where=where, data={"tenantId": left[0].tenantId if left else None})


async def record_in(
    inside: UserClient,
    action: str,
    by: By,
    tenant_id: str,
    entity: tuple[str, str],
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> None:
    """`entity` is (type, id)."""
    await record(
        inside,
        action,
        entity_type=entity[0],
        entity_id=entity[1],
        before=before,
        after=after,
        user_id=actor_id(by),
        tenant_id=tenant_id,
    )
