"""Users: signed up without any right, verified by e-mail, deleted and restored; each change with its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from kaven_schema.services.access import Clock, transaction, utc_now
from kaven_schema.services.audit import record
from kaven_schema.services.refresh_tokens.tokens import digest_of, new_token
from kaven_schema.services.tenants import SYSTEM, By, Role, TenantStatus, require_super_admin
from kaven_schema.services.tenants.authority import AccessRefusedError, actor_id, lock_tenant
from kaven_schema.services.users.emails import normal_email
from kaven_schema.services.users.problems import UserProblem, UserRefusedError
from kaven_schema.services.users.seats import lock_user, require_another_admin, require_another_super_admin
from kaven_schema.services.users.shapes import UserClient
from kaven_schema.services.users.tokens import MailedToken

VERIFICATION_LIFETIME = timedelta(hours=24)

_UNIQUE_VIOLATION = "P2002"


@dataclass(frozen=True, slots=True)
class Users:
    """`lifetime` is an e-mail verification's. `by` is the user who asks, or SYSTEM."""

    client: UserClient = field(repr=False)
    lifetime: timedelta = field(default=VERIFICATION_LIFETIME, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    async def sign_up(self, email: str, name: str, password_hash: str) -> tuple[str, MailedToken]:
        """The new user's id, and the token that verifies the address. The user is in no tenant, and may do nothing.

        Raises UserRefusedError: answer EMAIL_TAKEN as a success, or the form tells who is a user.
        """
        address = normal_email(email)
        data = {"email": address, "name": name, "passwordHash": password_hash}
        try:
            async with transaction(self.client) as inside:
                user = await inside.user.create(data=data)
                mailed = await self._open(inside, user.id, address)
                await _record(
                    inside, "user.created", user.id, user.id, None, {"email": address, "name": name}
                )
        except Exception as error:
            if getattr(error, "code", None) != _UNIQUE_VIOLATION:
                raise
            raise UserRefusedError(UserProblem.EMAIL_TAKEN) from None
        return user.id, mailed

    async def ask_verification(self, user_id: str) -> MailedToken:
        """A new token; an earlier one is worth nothing any more. Raises UserRefusedError."""
        async with transaction(self.client) as inside:
            user = await lock_user(inside, user_id, self.clock())
            if user.emailVerified:
                raise UserRefusedError(UserProblem.ALREADY_VERIFIED)
            await inside.emailverification.delete_many(where={"userId": user_id})
            return await self._open(inside, user_id, user.email)

    async def verify_email(self, token: str) -> str:
        """Once, and for the address that it was sent to; the user's id. Raises UserRefusedError."""
        digest, now = digest_of(token), self.clock()
        async with transaction(self.client) as inside:
            found = await inside.emailverification.find_unique(where={"token": digest})
            if found is None:
                raise UserRefusedError(UserProblem.TOKEN_INVALID)
            user = await lock_user(inside, found.userId, now)
            where = {"token": digest, "expiresAt": {"gt": now}}
            if user.email != found.email or not await inside.emailverification.delete_many(where=where):
                raise UserRefusedError(UserProblem.TOKEN_INVALID)
            data = {"emailVerified": True, "emailVerifiedAt": now}
            await inside.user.update_many(where={"id": user.id}, data=data)
            before = {"emailVerified": False}
            await _record(inside, "user.email_verified", user.id, user.id, before, data)
        return user.id

    async def delete(self, user_id: str, *, by: By) -> None:
        """Softly, with all sessions ended. By the user, a super admin or SYSTEM. Raises UserRefusedError."""
        now = self.clock()
        async with transaction(self.client) as inside:
            locked = await self._lock_tenants(inside, user_id)
            was_super_admin = await self._check_super_admins(inside, user_id)
            user = await lock_user(inside, user_id, now)
            if user.globalRole == Role.SUPER_ADMIN and not was_super_admin:
                raise UserRefusedError(UserProblem.CHANGED_MEANWHILE)  # appointed before the lock was taken
            await _require_self(inside, user_id, by)
            await self._check_admins(inside, user_id, locked)
            await inside.user.update_many(where={"id": user_id}, data={"deletedAt": now})
            await inside.refreshtoken.delete_many(where={"userId": user_id})
            await inside.emailverification.delete_many(where={"userId": user_id})
            await _record(inside, "user.deleted", user_id, by, {"deletedAt": None}, {"deletedAt": now})

    async def restore(self, user_id: str, *, by: By) -> None:
        """With the memberships that were there. For super admins and SYSTEM. Raises UserRefusedError."""
        async with transaction(self.client) as inside:
            await require_super_admin(inside, by)
            user = await inside.user.find_unique(where={"id": user_id})
            where = {"id": user_id, "deletedAt": {"not": None}}
            if user is None or not await inside.user.update_many(where=where, data={"deletedAt": None}):
                raise UserRefusedError(UserProblem.NOT_DELETED)
            old, new = {"deletedAt": user.deletedAt}, {"deletedAt": None}
            await _record(inside, "user.restored", user_id, by, old, new)

    async def _lock_tenants(self, inside: UserClient, user_id: str) -> frozenset[str]:
        """Always in the same order: two who are deleted at once do not wait for each other."""
        members = await inside.usertenant.find_many(where={"userId": user_id})
        tenants = sorted(member.tenantId for member in members)
        for tenant_id in tenants:
            await lock_tenant(inside, tenant_id, self.clock())
        return frozenset(tenants)

    async def _check_super_admins(self, inside: UserClient, user_id: str) -> bool:
        """Whether the user is one, and then all of them are locked."""
        if not await inside.user.count(where={"id": user_id, "globalRole": Role.SUPER_ADMIN.value}):
            return False
        await require_another_super_admin(inside, user_id, self.clock())
        return True

    async def _check_admins(self, inside: UserClient, user_id: str, locked: frozenset[str]) -> None:
        """Now nobody joins this user to a tenant: what was joined before the lock was taken is seen here."""
        where = {"userId": user_id, "role": Role.TENANT_ADMIN.value}
        for member in await inside.usertenant.find_many(where=where, include={"tenant": True}):
            if member.tenantId not in locked:
                raise UserRefusedError(UserProblem.CHANGED_MEANWHILE)
            if member.tenant is None or member.tenant.status != TenantStatus.DELETED:
                await require_another_admin(inside, member.tenantId, user_id)

    async def _open(self, inside: UserClient, user_id: str, email: str) -> MailedToken:
        token, expires = new_token(), self.clock() + self.lifetime
        data = {"userId": user_id, "email": email, "token": digest_of(token), "expiresAt": expires}
        row = await inside.emailverification.create(data=data)
        return MailedToken(token=token, id=row.id, email=email, expires_at=expires)


async def _require_self(inside: UserClient, user_id: str, by: By) -> None:
    if by in (user_id, SYSTEM):
        return
    try:
        await require_super_admin(inside, by)
    except AccessRefusedError:
        raise UserRefusedError(UserProblem.NOT_YOURSELF) from None


async def _record(
    inside: UserClient,
    action: str,
    user_id: str,
    by: By,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
) -> None:
    await record(
        inside,
        action,
        entity_type="User",
        entity_id=user_id,
        before=before,
        after=after,
        user_id=actor_id(by),
    )
