"""Passwords of users: checked, set and changed through the typed client."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kaven_schema.services.access import Rows
from kaven_schema.services.passwords.hashing import PasswordHasher, PasswordRefusedError
from kaven_schema.services.stamps import password_stamp


class PasswordUser(Protocol):
    """What is read of a row of model User."""

    @property
    def id(self) -> str: ...
    @property
    def passwordHash(self) -> str: ...  # noqa: N802 - the field's name
    @property
    def deletedAt(self) -> datetime | None: ...  # noqa: N802 - the field's name


class PasswordClient(Protocol):
    """A generated client whose schema has base's model User."""

    @property
    def user(self) -> Rows[PasswordUser]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedPassword:
    """Whose it is. `stamp` is for `RefreshTokens.issue`: another password has another one, also the same set anew."""

    user_id: str
    stamp: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Passwords:
    """The passwords of all users that the client sees."""

    client: PasswordClient = field(repr=False)
    hasher: PasswordHasher = field(default_factory=PasswordHasher, kw_only=True)

    async def verify(self, email: str, password: str) -> VerifiedPassword | None:
        """None for an unknown user, a deleted one and a wrong password: one answer, after the same work.

        A hash of a lower cost than the hasher's is replaced.
        """
        user = await self._user_with(email, password)
        if user is None:
            return None
        hashed: str | None = user.passwordHash
        if self.hasher.needs_rehash(user.passwordHash):
            hashed = await self._rehash(user, password)
        if hashed is None:  # another request was first: a change, or a login that did the same
            user = await self._user_with(email, password)
            hashed = user.passwordHash if user else None
        if user is None or hashed is None:
            return None
        return VerifiedPassword(user_id=user.id, stamp=password_stamp(hashed))

    async def check(self, email: str, password: str) -> str | None:
        """The user's id, or None, as `verify` does: for whoever is logged in already."""
        verified = await self.verify(email, password)
        return verified.user_id if verified else None

    async def set(self, user_id: str, password: str) -> bool:
        """Whatever it was before; False without such a user. Raises PasswordRefusedError."""
        hashed = await self.hasher.hash(password)
        where = {"id": user_id, "deletedAt": None}
        return await self.client.user.update_many(where=where, data={"passwordHash": hashed}) > 0

    async def change(self, user_id: str, current: str, password: str) -> bool:
        """False where `current` is wrong, or another change came first. Raises PasswordRefusedError."""
        user = await self.client.user.find_unique(where={"id": user_id})
        hashed = user.passwordHash if user and user.deletedAt is None else None
        if not await self.hasher.verify(current, hashed) or user is None:
            return False
        return await self._replace(user, password) is not None

    async def _user_with(self, email: str, password: str) -> PasswordUser | None:
        user = await self.client.user.find_unique(where={"email": email})
        hashed = user.passwordHash if user and user.deletedAt is None else None
        return user if await self.hasher.verify(password, hashed) else None

    async def _rehash(self, user: PasswordUser, password: str) -> str | None:
        try:
            return await self._replace(user, password)
        except PasswordRefusedError:
            return user.passwordHash  # above 72 bytes, hashed by another library: its hash stays

    async def _replace(self, user: PasswordUser, password: str) -> str | None:
        """The new hash, only in place of the one that was checked: a change in between stands, and this is None."""
        hashed = await self.hasher.hash(password)
        where = {"id": user.id, "passwordHash": user.passwordHash, "deletedAt": None}
        data = {"passwordHash": hashed}
        return hashed if await self.client.user.update_many(where=where, data=data) else None
