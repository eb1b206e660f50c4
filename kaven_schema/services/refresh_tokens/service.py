"""Sessions and their tokens. One row of RefreshToken is a session, whose token each use replaces.

So a rotation is one conditional UPDATE, which exactly one of several requests wins; and revoking is one DELETE by the
session's id, which waits for a rotation under way and then also ends the token that it made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kaven_schema.services.access import Clock, transaction, utc_now
from kaven_schema.services.refresh_tokens.shapes import Session, SessionClient, SpentToken
from kaven_schema.services.refresh_tokens.tokens import (
    IssuedToken,
    TokenProblem,
    TokenRefusedError,
    digest_of,
    new_token,
)
from kaven_schema.services.stamps import password_stamp

LIFETIME = timedelta(days=7)
OVERLAP = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class RefreshTokens:
    """`lifetime` counts from each use.

    A request that comes after a rotation with the token that it replaced ends the session: one of the two holders
    has a copy. A request that began before the rotation was done, or up to `overlap` later, is only refused: so two
    tabs that refresh at once do not log their user out. A copy that is tried within that time ends nothing either.
    """

    client: SessionClient = field(repr=False)
    lifetime: timedelta = field(default=LIFETIME, kw_only=True)
    overlap: timedelta = field(default=OVERLAP, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    async def issue(self, user_id: str, *, stamp: str | None = None) -> IssuedToken:
        """The first token of a new session, for a user who has just logged in.

        `stamp` is what `Passwords.verify` gave: no session begins once that password was changed. Raises
        TokenRefusedError USER_GONE, PASSWORD_CHANGED.
        """
        token, now = new_token(), self.clock()
        expires = now + self.lifetime
        data = {"token": digest_of(token), "userId": user_id, "expiresAt": expires, "createdAt": now}
        async with transaction(self.client) as inside:
            await _hold(inside, user_id, stamp, now)
            session = await inside.refreshtoken.create(data=data)
        return IssuedToken(token=token, session_id=session.id, user_id=user_id, expires_at=expires)

    async def rotate(self, token: str) -> IssuedToken:
        """The session's next token; this one is worth nothing from now on. Raises TokenRefusedError."""
        digest, began = digest_of(token), self.clock()
        session = await self.client.refreshtoken.find_unique(where={"token": digest})
        if session is None:
            raise await self._refusal(digest, began)
        if session.expiresAt <= began:
            raise _refused(TokenProblem.EXPIRED, session)
        deleted = {"userId": session.userId, "user": {"is": {"deletedAt": {"not": None}}}}
        if await self.client.refreshtoken.count(where=deleted):
            await self.revoke_all(session.userId)
            raise _refused(TokenProblem.USER_GONE, session)
        issued = await self._exchange(session, digest)
        if issued is None:
            raise await self._refusal(digest, began, overtaken=True)
        return issued

    async def revoke(self, token: str) -> bool:
        """End the session of the token, at logout; False where there is none any more."""
        digest = digest_of(token)
        if await self.client.refreshtoken.delete_many(where={"token": digest}):
            return True
        spent = await self._spent(digest)  # a rotation overtook the logout
        return spent is not None and await self.revoke_session(spent.sessionId)

    async def revoke_session(self, session_id: str) -> bool:
        """End one session; False where there is none."""
        return await self.client.refreshtoken.delete_many(where={"id": session_id}) > 0

    async def revoke_all(self, user_id: str) -> int:
        """End every session of a user, also one whose token is just being rotated; how many there were."""
        return await self.client.refreshtoken.delete_many(where={"userId": user_id})

    async def sessions(self, user_id: str) -> Sequence[Session]:
        """Those that can still be used, oldest login first."""
        where = {"userId": user_id, "expiresAt": {"gt": self.clock()}}
        return await self.client.refreshtoken.find_many(where=where, order={"createdAt": "asc"})

    async def _exchange(self, session: Session, digest: str) -> IssuedToken | None:
        """None where another request was first."""
        token, now = new_token(), self.clock()
        expires = now + self.lifetime
        where = {"id": session.id, "token": digest, "expiresAt": {"gt": now}}
        async with transaction(self.client) as inside:
            data = {"token": digest_of(token), "expiresAt": expires}
            if not await inside.refreshtoken.update_many(where=where, data=data):
                return None
            await inside.spentrefreshtoken.create(data=self._record(session, digest))
        return IssuedToken(token=token, session_id=session.id, user_id=session.userId, expires_at=expires)

    def _record(self, session: Session, digest: str) -> dict[str, str | datetime]:
        return {
            "token": digest,
            "sessionId": session.id,
            "expiresAt": session.expiresAt,
            "createdAt": self.clock(),
        }

    async def _refusal(self, digest: str, began: datetime, *, overtaken: bool = False) -> TokenRefusedError:
        """What is wrong with a token that no session has; revokes the session where it was used before.

        `overtaken` is one that this request saw in its session.
        """
        spent = await self._spent(digest)
        if spent is None:
            return TokenRefusedError(TokenProblem.UNKNOWN)
        session = await self.client.refreshtoken.find_unique(where={"id": spent.sessionId})
        if session is None:
            return TokenRefusedError(TokenProblem.UNKNOWN)
        if spent.expiresAt <= began:
            return _refused(TokenProblem.EXPIRED, session)
        if overtaken or began <= spent.createdAt + self.overlap:
            return _refused(TokenProblem.OVERTAKEN, session)
        await self.revoke_session(spent.sessionId)
        return _refused(TokenProblem.REUSED, session)

    async def _spent(self, digest: str) -> SpentToken | None:
        """Without its session: the engine reads that by itself, and fails where another request has just ended it."""
        return await self.client.spentrefreshtoken.find_unique(where={"token": digest})


async def _hold(inside: SessionClient, user_id: str, stamp: str | None, now: datetime) -> None:
    """Whoever changes the password or deletes the user waits now, until the session is there for them to end."""
    where = {"id": user_id, "deletedAt": None}
    held = await inside.user.update_many(where=where, data={"updatedAt": now})
    user = await inside.user.find_unique(where={"id": user_id}) if held else None
    if user is None:
        raise TokenRefusedError(TokenProblem.USER_GONE, user_id=user_id)
    if stamp is not None and password_stamp(user.passwordHash) != stamp:
        raise TokenRefusedError(TokenProblem.PASSWORD_CHANGED, user_id=user_id)


def _refused(problem: TokenProblem, session: Session) -> TokenRefusedError:
    return TokenRefusedError(problem, session_id=session.id, user_id=session.userId)
