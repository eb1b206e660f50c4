"""Who is in which tenant, as what. Every change locks the tenant's row first, then the user's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from kaven_schema.services.access import Clock, transaction, utc_now
from kaven_schema.services.refresh_tokens.tokens import digest_of, new_token
from kaven_schema.services.tenants import (
    Access,
    By,
    Member,
    Role,
    TenantRow,
    access_to,
    require_admin,
    require_super_admin,
)
from kaven_schema.services.tenants.authority import lock_tenant, require_active
from kaven_schema.services.users.emails import normal_email
from kaven_schema.services.users.problems import UserProblem, UserRefusedError
from kaven_schema.services.users.seats import (
    check_role,
    lock_user,
    member_of,
    record_in,
    require_another_admin,
    require_seat,
    seat,
    unseat,
)
from kaven_schema.services.users.shapes import Invited, UserClient
from kaven_schema.services.users.tokens import MailedToken

INVITATION_LIFETIME = timedelta(days=7)

_USER, _INVITATION = "User", "Invitation"


@dataclass(frozen=True, slots=True)
class Memberships:
    """`by` is the user who asks, or SYSTEM; who may not gets AccessRefusedError, and nothing is done."""

    client: UserClient = field(repr=False)
    lifetime: timedelta = field(default=INVITATION_LIFETIME, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    async def access(self, tenant_id: str, user_id: str) -> Access:
        """What the user may do in the tenant: ask at each request. Raises AccessRefusedError."""
        return await access_to(self.client, tenant_id, user_id)

    async def of_user(self, user_id: str) -> Sequence[Member]:
        """Each with its `tenant`, oldest first."""
        return await self.client.usertenant.find_many(
            where={"userId": user_id}, include={"tenant": True}, order={"createdAt": "asc"}
        )

    async def of_tenant(self, tenant_id: str, *, by: By) -> Sequence[Member]:
        """Each with its `user`, oldest first; for administrators."""
        await require_admin(self.client, tenant_id, by)
        where = {"tenantId": tenant_id, "user": {"is": {"deletedAt": None}}}
        return await self.client.usertenant.find_many(
            where=where, include={"user": True}, order={"createdAt": "asc"}
        )

    async def invite(self, tenant_id: str, email: str, *, by: By, role: str = Role.USER) -> MailedToken:
        """For administrators. An earlier invitation of the address is worth nothing any more.

        Raises UserRefusedError.
        """
        address, given = normal_email(email), check_role(role)
        async with transaction(self.client) as inside:
            tenant = await self._locked(inside, tenant_id, by)
            await require_admin(inside, tenant_id, by)
            where: dict[str, object] = {"tenantId": tenant_id, "user": {"is": {"email": address}}}
            if await inside.usertenant.count(where=where):
                raise UserRefusedError(UserProblem.ALREADY_MEMBER)
            await require_seat(inside, tenant)
            await inside.invitation.delete_many(where={"tenantId": tenant_id, "email": address})
            mailed = await self._open(inside, tenant_id, address, given)
            after = {"email": address, "role": given}
            await record_in(inside, "user.invited", by, tenant_id, (_INVITATION, mailed.id), None, after)
        return mailed

    async def invitations(self, tenant_id: str, *, by: By) -> Sequence[Invited]:
        """Those that are open; for administrators."""
        await require_admin(self.client, tenant_id, by)
        where = {"tenantId": tenant_id, "expiresAt": {"gt": self.clock()}}
        return await self.client.invitation.find_many(where=where, order={"createdAt": "asc"})

    async def withdraw(self, tenant_id: str, invitation_id: str, *, by: By) -> bool:
        """For administrators; False where it was not open."""
        async with transaction(self.client) as inside:
            await self._locked(inside, tenant_id, by)
            await require_admin(inside, tenant_id, by)
            where = {"id": invitation_id, "tenantId": tenant_id}
            if not await inside.invitation.delete_many(where=where):
                return False
            before = {"id": invitation_id}
            await record_in(
                inside, "user.invitation_withdrawn", by, tenant_id, (_INVITATION, invitation_id), before, None
            )
        return True

    async def join(self, token: str, user_id: str) -> str:
        """Accept an invitation, once; the tenant's id. Raises UserRefusedError, AccessRefusedError.

        The token counts for the user whose address was invited, whoever else has got hold of it; and stays open until
        they have verified that address: NOT_VERIFIED.
        """
        digest = digest_of(token)
        async with transaction(self.client) as inside:
            found = await inside.invitation.find_unique(where={"token": digest})
            if found is None:
                raise UserRefusedError(UserProblem.TOKEN_INVALID)
            tenant = await self._locked(inside, found.tenantId, user_id)
            user = await lock_user(inside, user_id, self.clock())
            if user.email.lower() != found.email:
                raise UserRefusedError(UserProblem.TOKEN_INVALID)
            if not user.emailVerified:
                raise UserRefusedError(UserProblem.NOT_VERIFIED)
            where = {"id": found.id, "token": digest, "expiresAt": {"gt": self.clock()}}
            if not await inside.invitation.delete_many(where=where):
                raise UserRefusedError(UserProblem.TOKEN_INVALID)
            await seat(inside, tenant, user, found.role)
            after = {"role": found.role}
            await record_in(inside, "user.joined", user_id, tenant.id, (_USER, user_id), None, after)
        return tenant.id

    async def add(self, tenant_id: str, user_id: str, *, by: By, role: str = Role.USER) -> None:
        """Without an invitation; for super admins and SYSTEM. Raises UserRefusedError."""
        given = check_role(role)
        async with transaction(self.client) as inside:
            tenant = await self._locked(inside, tenant_id, by)
            await require_super_admin(inside, by)
            user = await lock_user(inside, user_id, self.clock())
            await seat(inside, tenant, user, given)
            await record_in(inside, "user.added", by, tenant_id, (_USER, user_id), None, {"role": given})

    async def leave(self, tenant_id: str, user_id: str) -> None:
        """The user's own wish. Raises UserRefusedError LAST_ADMIN, NOT_A_MEMBER."""
        await self._end(tenant_id, user_id, user_id, "user.left")

    async def remove(self, tenant_id: str, user_id: str, *, by: By) -> None:
        """For administrators. Raises UserRefusedError LAST_ADMIN, NOT_A_MEMBER."""
        await self._end(tenant_id, user_id, by, "user.removed")

    async def change_role(self, tenant_id: str, user_id: str, role: str, *, by: By) -> None:
        """For administrators. Raises UserRefusedError LAST_ADMIN, NOT_A_MEMBER, ROLE_NOT_ALLOWED."""
        given = check_role(role)
        async with transaction(self.client) as inside:
            await self._locked(inside, tenant_id, by)
            await require_admin(inside, tenant_id, by)
            await lock_user(inside, user_id, self.clock())
            member = await self._member(inside, tenant_id, user_id)
            if member.role == Role.TENANT_ADMIN and given != Role.TENANT_ADMIN:
                await require_another_admin(inside, tenant_id, user_id)
            await inside.usertenant.update_many(where={"id": member.id}, data={"role": given})
            old, new = {"role": member.role}, {"role": given}
            await record_in(inside, "user.role_changed", by, tenant_id, (_USER, user_id), old, new)

    async def _end(self, tenant_id: str, user_id: str, by: By, action: str) -> None:
        async with transaction(self.client) as inside:
            await self._locked(inside, tenant_id, by)
            if by == user_id:
                await lock_user(inside, user_id, self.clock())
            else:
                await require_admin(inside, tenant_id, by)
            member = await self._member(inside, tenant_id, user_id)
            await unseat(inside, member)
            before = {"role": member.role}
            await record_in(inside, action, by, tenant_id, (_USER, user_id), before, None)

    async def _locked(self, inside: UserClient, tenant_id: str, by: By) -> TenantRow:
        tenant = await lock_tenant(inside, tenant_id, self.clock())
        require_active(tenant, by)
        return tenant

    async def _member(self, inside: UserClient, tenant_id: str, user_id: str) -> Member:
        member = await member_of(inside, tenant_id, user_id)
        if member is None:
            raise UserRefusedError(UserProblem.NOT_A_MEMBER)
        return member

    async def _open(self, inside: UserClient, tenant_id: str, email: str, role: str) -> MailedToken:
        token, now = new_token(), self.clock()
        expires = now + self.lifetime
        row = await inside.invitation.create(
            data={
                "tenantId": tenant_id,
                "email": email,
                "role": role,
                "token": digest_of(token),
                "expiresAt": expires,
            }
        )
        return MailedToken(token=token, id=row.id, email=email, expires_at=expires)
