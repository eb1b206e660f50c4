"""Tenants: made, found by their host, suspended, deleted and restored; each change with its record."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from kaven_schema.services.access import Clock, transaction, utc_now
from kaven_schema.services.audit import record
from kaven_schema.services.tenants.authority import (
    AccessProblem,
    AccessRefusedError,
    By,
    Role,
    TenantStatus,
    actor_id,
    lock_tenant,
    require_admin,
    require_super_admin,
)
from kaven_schema.services.tenants.settings import TenantSettings, read_settings, write_settings
from kaven_schema.services.tenants.shapes import TenantClient, TenantRow
from kaven_schema.services.tenants.slugs import SlugProblem, SlugRefusedError, Subdomains, check_slug

_UNIQUE_VIOLATION = "P2002"


class TenantProblem(StrEnum):
    UNKNOWN = "unknown"
    SUSPENDED = "suspended"
    DELETED = "deleted"
    NOT_ACTIVE = "not_active"
    NOT_SUSPENDED = "not_suspended"
    NOT_DELETED = "not_deleted"
    NO_ADMIN = "no_admin"


_MESSAGES = {
    TenantProblem.UNKNOWN: "there is no such tenant",
    TenantProblem.SUSPENDED: "the tenant is suspended",
    TenantProblem.DELETED: "the tenant is deleted",
    TenantProblem.NOT_ACTIVE: "the tenant is not active",
    TenantProblem.NOT_SUSPENDED: "the tenant is not suspended",
    TenantProblem.NOT_DELETED: "the tenant is not deleted",
    TenantProblem.NO_ADMIN: "no administrator of the tenant is left: restore it with one, `admin_id`",
}


class TenantStateError(Exception):
    """A request that does not fit the tenant's state."""

    def __init__(self, problem: TenantProblem) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Tenants:
    """`by` is the user who asks, or SYSTEM; whoever may not do it gets AccessRefusedError, and nothing is done."""

    client: TenantClient = field(repr=False)
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    async def create(self, name: str, slug: str, *, admin_id: str, by: By) -> TenantRow:
        """With its first administrator. For super admins and SYSTEM. Raises SlugRefusedError."""
        check_slug(slug)
        async with _one_slug(), transaction(self.client) as inside:
            await require_super_admin(inside, by)
            tenant = await inside.tenant.create(data={"name": name, "slug": slug})
            await self._seat_admin(inside, tenant.id, admin_id)
            after = {"name": name, "slug": slug, "status": tenant.status, "adminId": admin_id}
            await _record(inside, "tenant.created", tenant.id, by, None, after)
        return tenant

    async def of_host(self, host: str, subdomains: Subdomains) -> TenantRow | None:
        """Whose subdomain a Host header names; None for the application's own.

        Raises HostRefusedError, and TenantStateError UNKNOWN, SUSPENDED. A deleted tenant is unknown.
        """
        slug = subdomains.slug_of(host)
        if slug is None:
            return None
        tenant = await self.client.tenant.find_unique(where={"slug": slug})
        if tenant is None or tenant.deletedAt is not None or tenant.status == TenantStatus.DELETED:
            raise TenantStateError(TenantProblem.UNKNOWN)
        if tenant.status != TenantStatus.ACTIVE:
            raise TenantStateError(TenantProblem.SUSPENDED)
        return tenant

    async def change_slug(self, tenant_id: str, slug: str, *, by: By) -> None:
        """For its administrators. The old slug is free from now on. Raises SlugRefusedError, TenantStateError."""
        check_slug(slug)
        async with _one_slug(), transaction(self.client) as inside:
            tenant = await self._locked(inside, tenant_id)
            await require_admin(inside, tenant_id, by)
            _expect(tenant, TenantStatus.ACTIVE, TenantStatus.SUSPENDED)
            await inside.tenant.update_many(where={"id": tenant_id}, data={"slug": slug})
            old, new = {"slug": tenant.slug}, {"slug": slug}
            await _record(inside, "tenant.slug_changed", tenant_id, by, old, new)

    async def settings(self, tenant_id: str) -> TenantSettings:
        """Raises TenantStateError UNKNOWN, SettingsInvalidError."""
        tenant = await self.client.tenant.find_unique(where={"id": tenant_id})
        if tenant is None:
            raise TenantStateError(TenantProblem.UNKNOWN)
        return read_settings(tenant.settings)

    async def change_settings(
        self, tenant_id: str, change: Callable[[TenantSettings], TenantSettings], *, by: By
    ) -> TenantSettings:
        """What `change` makes of them; no other change comes in between.

        For its administrators; features and limits, which the tenant pays for, for super admins and SYSTEM.
        Raises SettingsInvalidError, TenantStateError.
        """
        async with transaction(self.client) as inside:
            tenant = await self._locked(inside, tenant_id)
            await require_admin(inside, tenant_id, by)
            _expect(tenant, TenantStatus.ACTIVE, TenantStatus.SUSPENDED)
            old = read_settings(tenant.settings)
            new = change(old)
            if (old.features, old.limits) != (new.features, new.limits):
                await require_super_admin(inside, by)
            written = write_settings(new)
            data = {"settings": json.dumps(written, allow_nan=False)}
            await inside.tenant.update_many(where={"id": tenant_id}, data=data)
            await _record(inside, "tenant.settings_changed", tenant_id, by, write_settings(old), written)
        return new

    async def suspend(self, tenant_id: str, *, by: By, reason: str = "") -> None:
        """Its users cannot act until it is resumed. For super admins and SYSTEM. Raises TenantStateError."""
        data = {"status": TenantStatus.SUSPENDED.value, "suspendedAt": self.clock()}
        async with transaction(self.client) as inside:
            tenant = await self._locked(inside, tenant_id)
            await require_super_admin(inside, by)
            _expect(tenant, TenantStatus.ACTIVE)
            more = {"reason": reason} if reason else None
            await self._move(inside, tenant, by, "tenant.suspended", data, more)

    async def resume(self, tenant_id: str, *, by: By) -> None:
        """For super admins and SYSTEM. Raises TenantStateError."""
        data = {"status": TenantStatus.ACTIVE.value, "suspendedAt": None}
        async with transaction(self.client) as inside:
            tenant = await self._locked(inside, tenant_id)
            await require_super_admin(inside, by)
            _expect(tenant, TenantStatus.SUSPENDED)
            await self._move(inside, tenant, by, "tenant.resumed", data)

    async def delete(self, tenant_id: str, *, by: By) -> None:
        """All rows stay, and its slug stays taken. For its administrators. Raises TenantStateError."""
        now = self.clock()
        async with transaction(self.client) as inside:
            tenant = await self._locked(inside, tenant_id)
            await require_admin(inside, tenant_id, by)
            _expect(tenant, TenantStatus.ACTIVE, TenantStatus.SUSPENDED)
            data = {"status": TenantStatus.DELETED.value, "deletedAt": now}
            if tenant.status == TenantStatus.SUSPENDED and tenant.suspendedAt is None:
                data["suspendedAt"] = now
            await self._move(inside, tenant, by, "tenant.deleted", data)

    async def restore(self, tenant_id: str, *, by: By, admin_id: str | None = None) -> None:
        """As it was: suspended if it was. For super admins and SYSTEM.

        `admin_id` is made an administrator of it. Raises TenantStateError: NO_ADMIN where none is left without that.
        """
        async with transaction(self.client) as inside:
            tenant = await self._locked(inside, tenant_id)
            await require_super_admin(inside, by)
            _expect(tenant, TenantStatus.DELETED)
            if admin_id is not None:
                await self._seat_admin(inside, tenant_id, admin_id)
            await _require_living_admin(inside, tenant_id)
            status = TenantStatus.SUSPENDED if tenant.suspendedAt else TenantStatus.ACTIVE
            data: dict[str, object] = {"status": status.value, "deletedAt": None}
            more = {"adminId": admin_id} if admin_id is not None else None
            await self._move(inside, tenant, by, "tenant.restored", data, more)

    async def _locked(self, inside: TenantClient, tenant_id: str) -> TenantRow:
        return await lock_tenant(inside, tenant_id, self.clock())

    async def _move(
        self,
        inside: TenantClient,
        tenant: TenantRow,
        by: By,
        action: str,
        data: Mapping[str, object],
        more: Mapping[str, object] | None = None,
    ) -> None:
        """`more` is for the record alone."""
        await inside.tenant.update_many(where={"id": tenant.id}, data=data)
        before = {name: getattr(tenant, name) for name in data}
        await _record(inside, action, tenant.id, by, before, {**data, **(more or {})})

    async def _seat_admin(self, inside: TenantClient, tenant_id: str, user_id: str) -> None:
        """A user who is there, and stays there until the transaction ends. Raises AccessRefusedError."""
        alive = {"id": user_id, "deletedAt": None}
        if not await inside.user.update_many(where=alive, data={"updatedAt": self.clock()}):
            raise AccessRefusedError(AccessProblem.UNKNOWN_USER)
        where, role = {"userId": user_id, "tenantId": tenant_id}, {"role": Role.TENANT_ADMIN.value}
        if not await inside.usertenant.update_many(where=where, data=role):
            await inside.usertenant.create(data={**where, **role})
        homeless = {"id": user_id, "tenantId": None}
        await inside.user.update_many(where=homeless, data={"tenantId": tenant_id})


async def _require_living_admin(inside: TenantClient, tenant_id: str) -> None:
    where = {
        "tenantId": tenant_id,
        "role": Role.TENANT_ADMIN.value,
        "user": {"is": {"deletedAt": None}},
    }
    if not await inside.usertenant.count(where=where):
        raise TenantStateError(TenantProblem.NO_ADMIN)


async def _record(
    inside: TenantClient,
    action: str,
    tenant_id: str,
    by: By,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
) -> None:
    await record(
        inside,
        action,
        entity_type="Tenant",
        entity_id=tenant_id,
        before=before,
        after=after,
        user_id=actor_id(by),
        tenant_id=tenant_id,
    )


@asynccontextmanager
async def _one_slug() -> AsyncIterator[None]:
    """Each project's client has an error class of its own; Prisma's code is the same in all."""
    try:
        yield
    except Exception as error:
        if getattr(error, "code", None) != _UNIQUE_VIOLATION:
            raise
        raise SlugRefusedError(SlugProblem.TAKEN) from None


def _expect(tenant: TenantRow, *allowed: TenantStatus) -> None:
    """A schema may have further statuses: they are none of those that are allowed."""
    status = TenantStatus.DELETED if tenant.deletedAt is not None else tenant.status
    if status not in allowed:
        raise TenantStateError(_problem(status, allowed))


def _problem(status: str, allowed: tuple[TenantStatus, ...]) -> TenantProblem:
    if status == TenantStatus.DELETED:
        return TenantProblem.DELETED
    if TenantStatus.DELETED in allowed:
        return TenantProblem.NOT_DELETED
    return TenantProblem.NOT_ACTIVE if TenantStatus.ACTIVE in allowed else TenantProblem.NOT_SUSPENDED
