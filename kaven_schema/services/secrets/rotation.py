"""Every secret under the current key: each names its key, so a rotation that was interrupted goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol

from kaven_schema.engines.progress import Advance, Progress, silent
from kaven_schema.keyring.envelope import SecretUnreadableError
from kaven_schema.keyring.ring import KeyRing
from kaven_schema.services.access import Rows
from kaven_schema.services.secrets.contexts import codes_context, secret_context

BATCH_ROWS = 500
_TRIES = 5


class SecretUser(Protocol):
    """What is read of a row of model User; the serials are of services.extended.prisma."""

    @property
    def id(self) -> str: ...
    @property
    def twoFactorSecret(self) -> str | None: ...  # noqa: N802 - the field's name
    @property
    def twoFactorSerial(self) -> int: ...  # noqa: N802 - the field's name
    @property
    def backupCodes(self) -> object: ...  # noqa: N802 - the field's name
    @property
    def backupCodesSerial(self) -> int: ...  # noqa: N802 - the field's name


class SecretClient(Protocol):
    """A generated client whose schema has base's User and what services.extended.prisma adds."""

    @property
    def user(self) -> Rows[SecretUser]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """How many users have secrets, of how many they were encrypted anew, and whose cannot be read, by id."""

    users: int
    rewritten: int
    unreadable: tuple[str, ...]


async def rotate_secrets(
    client: SecretClient, keys: KeyRing, *, batch: int = BATCH_ROWS, progress: Progress = silent
) -> Rotation:
    """Encrypt under the ring's first key whatever names another, beside an application that works on.

    Secrets that cannot be read stay as they are. It may be interrupted at any time, and run again.
    """
    total = await client.user.count(where={"NOT": [{"twoFactorSecret": None}]})
    with progress("Encrypting secrets anew", total) as advance:
        return await _Pass(client, keys, advance).run(batch)


class _Pass:
    def __init__(self, client: SecretClient, keys: KeyRing, advance: Advance) -> None:
        self._client = client
        self._keys = keys
        self._advance = advance
        self._rewritten = 0
        self._unreadable: list[str] = []

    async def run(self, batch: int) -> Rotation:
        users, last = 0, ""
        while found := await self._client.user.find_many(
            where={"id": {"gt": last}, "NOT": [{"twoFactorSecret": None}]}, order={"id": "asc"}, take=batch
        ):
            for user in found:
                await self._rotate(user)
                self._advance(1)
            users, last = users + len(found), found[-1].id
        return Rotation(users=users, rewritten=self._rewritten, unreadable=tuple(self._unreadable))

    async def _rotate(self, user: SecretUser) -> None:
        """The serials in `where` see to it that what was written in the meantime stays."""
        now: SecretUser | None = user
        for _ in range(_TRIES):
            data = self._data(now) if now else {}
            if not now or not data:
                return
            where = {
                "id": now.id,
                "twoFactorSerial": now.twoFactorSerial,
                "backupCodesSerial": now.backupCodesSerial,
            }
            if await self._client.user.update_many(where=where, data=data):
                self._rewritten += 1
                return
            now = await self._client.user.find_unique(where={"id": user.id})

    def _data(self, user: SecretUser) -> dict[str, str]:
        """The columns that are to be written."""
        data, codes = {}, user.backupCodes
        try:
            if user.twoFactorSecret and not self._keys.is_current(user.twoFactorSecret):
                context = secret_context(user.id, user.twoFactorSerial)
                data["twoFactorSecret"] = self._keys.reseal(user.twoFactorSecret, context)
            if isinstance(codes, str) and not self._keys.is_current(codes):
                context = codes_context(user.id, user.backupCodesSerial)
                data["backupCodes"] = json.dumps(self._keys.reseal(codes, context))
        except SecretUnreadableError:
            self._unreadable.append(user.id)
            return {}
        return data
