"""Passwords of users: checked, set and changed through the typed client."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kaven_schema.services.access import Rows
from kaven_schema.services.passwords.hashing import PasswordHasher, PasswordRefusedError


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


@dataclass(frozen=True, slots=True)
class Passwords:
    """The passwords of all users that the client sees."""

    client: PasswordClient = field(repr=False)
    hasher: PasswordHasher = field(default_factory=PasswordHasher, kw_only=True)

    async def check(self, email: str, password: str) -> str | None:
        """The user's id, or None: unknown, deleted and wrong password are one answer, after the same work.

        A hash of a lower cost than the hasher's is replaced.
        """
        user = await self.client.user.find_unique(where={"email": email})
        hashed = user.passwordHash if user and user.deletedAt is None else None
        if not await self.hasher.verify(password, hashed) or user is None:
            return None
        if self.hasher.needs_rehash(user.passwordHash):
            await self._rehash(user, password)
        return user.id

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
        return await self._replace(user, password)

    async def _rehash(self, user: PasswordUser, password: str) -> None:
        try:
            await self._replace(user, password)
        except PasswordRefusedError:
            return  # above 72 bytes, hashed by another library: its hash stays

    async def _replace(self, user: PasswordUser, password: str) -> bool:
        """Only the hash that was checked: a change that came in between stands."""
        hashed = await self.hasher.hash(password)
        where = {"id": user.id, "passwordHash": user.passwordHash, "deletedAt": None}
        return await self.client.user.update_many(where=where, data={"passwordHash": hashed}) > 0
