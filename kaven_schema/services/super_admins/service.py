"""All tenants, for a super admin who is proved to be one: in one transaction, with the record of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kaven_schema.services.access import Clock, transaction, utc_now
from kaven_schema.services.access_tokens import AccessTokens
from kaven_schema.services.audit import acting, record
from kaven_schema.services.super_admins.shapes import (
    OfficeClient,
    SuperAdminProblem,
    SuperAdminRefusedError,
)
from kaven_schema.services.tenants import By, Role
from kaven_schema.services.tenants.authority import actor_id
from kaven_schema.services.users.seats import lock_super_admins, lock_user, require_another_super_admin
from kaven_schema.services.users.shapes import UserClient

_ClientT = TypeVar("_ClientT", bound=OfficeClient)

# A superuser, or who has BYPASSRLS, would see all rows whatever the policies say.
_CONNECTION = """\
SELECT NOT rolsuper AND NOT rolbypassrls AND EXISTS (
    SELECT 1 FROM pg_roles WHERE rolname = 'kaven_super_admin' AND pg_has_role(current_user, oid, 'USAGE')
) AS fits FROM pg_roles WHERE rolname = current_user"""
_RIGHT_CONNECTION = [{"fits": True}]


@dataclass(frozen=True, slots=True)
class SuperAdmins(Generic[_ClientT]):
    """`client` is the back office's. Nothing else hands it out: all tenants are reached through `acting` alone.

    `tokens` verify the access tokens of `acting_with`.
    """

    client: _ClientT = field(repr=False)
    tokens: AccessTokens | None = None
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    def acting(self, user_id: str, *, reason: str) -> AbstractAsyncContextManager[_ClientT]:
        """A transaction over the rows of all tenants, for a user whose row says SUPER_ADMIN, to its end.

        What is recorded in it has the user as its actor; the first record is the reason. Raises
        SuperAdminRefusedError, which is recorded too.
        """
        return self._proved(user_id, reason)

    @asynccontextmanager
    async def acting_with(self, token: str, *, reason: str) -> AsyncIterator[_ClientT]:
        """The same for the bearer of an access token, whose session has not ended. Raises AccessTokenRefusedError."""
        if self.tokens is None:
            raise ValueError("SuperAdmins was made without `tokens`, which verify access tokens")
        said = self.tokens.verify(token).identity
        if not said.is_super_admin:
            raise await self._refusal(said.user_id, reason, SuperAdminProblem.NO_SUPER_ADMIN)
        async with self._proved(said.user_id, reason, session_id=said.session_id) as inside:
            yield inside

    async def appoint(self, user_id: str, *, by: By, reason: str) -> None:
        """By a super admin, or SYSTEM, which the first one needs. Raises SuperAdminRefusedError, UserRefusedError."""
        async with self._by(by, reason) as inside:
            await lock_user(inside, user_id, self.clock())
            where = {"id": user_id, "globalRole": None}
            if not await inside.user.update_many(where=where, data={"globalRole": Role.SUPER_ADMIN.value}):
                raise SuperAdminRefusedError(SuperAdminProblem.IS_ONE)
            await _record(inside, "super_admin.appointed", user_id, actor_id(by), reason)

    async def dismiss(self, user_id: str, *, by: By, reason: str) -> None:
        """With all sessions ended. One is left. Raises SuperAdminRefusedError, UserRefusedError LAST_SUPER_ADMIN."""
        async with self._by(by, reason) as inside:
            await require_another_super_admin(inside, user_id, self.clock())
            where = {"id": user_id, "globalRole": Role.SUPER_ADMIN.value}
            if not await inside.user.update_many(where=where, data={"globalRole": None}):
                raise SuperAdminRefusedError(SuperAdminProblem.NO_SUPER_ADMIN)
            await inside.refreshtoken.delete_many(where={"userId": user_id})
            await _record(inside, "super_admin.dismissed", user_id, actor_id(by), reason)

    def _by(self, by: By, reason: str) -> AbstractAsyncContextManager[_ClientT]:
        return self._proved(actor_id(by), reason, locks_all=True)

    @asynccontextmanager
    async def _proved(
        self, user_id: str | None, reason: str, *, session_id: str | None = None, locks_all: bool = False
    ) -> AsyncIterator[_ClientT]:
        """`user_id` None is SYSTEM; `locks_all` is for those who change who is one, so that they take turns."""
        if not reason.strip():
            raise SuperAdminRefusedError(SuperAdminProblem.NO_REASON)
        problem = None
        async with transaction(self.client) as inside:
            await self._check_connection(inside)
            if locks_all:
                await lock_super_admins(inside, self.clock())
            problem = None if user_id is None else await self._problem(inside, user_id, session_id)
            if problem is None:
                with acting(user_id=user_id):
                    if user_id is not None:
                        await _record(inside, "super_admin.acted", user_id, user_id, reason)
                    yield inside
        if problem is not None and user_id is not None:
            raise await self._refusal(user_id, reason, problem)

    async def _check_connection(self, inside: _ClientT) -> None:
        if await inside.query_raw(_CONNECTION) != _RIGHT_CONNECTION:
            raise SuperAdminRefusedError(SuperAdminProblem.WRONG_CONNECTION)

    async def _problem(
        self, inside: UserClient, user_id: str, session_id: str | None
    ) -> SuperAdminProblem | None:
        """Where there is none, whoever dismisses the user waits until the transaction ends."""
        now = self.clock()
        where: dict[str, object] = {"id": user_id, "globalRole": Role.SUPER_ADMIN.value, "deletedAt": None}
        if not await inside.user.update_many(where=where, data={"updatedAt": now}):
            return SuperAdminProblem.NO_SUPER_ADMIN
        where = {"id": session_id, "userId": user_id, "expiresAt": {"gt": now}}
        if session_id is not None and not await inside.refreshtoken.count(where=where):
            return SuperAdminProblem.SESSION_ENDED
        return None

    async def _refusal(self, user_id: str, reason: str, problem: SuperAdminProblem) -> SuperAdminRefusedError:
        """Recorded of users that there are: the log's column leads to no other."""
        async with transaction(self.client) as inside:
            if await inside.user.find_unique(where={"id": user_id}):
                await _record(inside, "super_admin.refused", user_id, user_id, reason)
        return SuperAdminRefusedError(problem)


async def _record(client: UserClient, action: str, user_id: str, by: str | None, reason: str) -> None:
    """The reason stands where a change would: what was done has records of its own."""
    await record(
        client,
        action,
        entity_type="User",
        entity_id=user_id,
        after={"reason": reason},
        user_id=by,
    )
