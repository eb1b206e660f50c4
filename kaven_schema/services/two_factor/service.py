"""Two-factor for users, through the typed client. Whatever a code changes is one conditional UPDATE."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kaven_schema.services.access import Clock, Rows, utc_now
from kaven_schema.services.secrets import KeyRing, SecretUser
from kaven_schema.services.secrets.contexts import codes_context, secret_context
from kaven_schema.services.two_factor import backup_codes
from kaven_schema.services.two_factor.backup_codes import BackupCodes
from kaven_schema.services.two_factor.enrolment import Enrolment
from kaven_schema.services.two_factor.totp import Totp, new_secret

_TRIES = 20
"""Each that fails means that another request's change went through: of ten codes, ten can."""

_NONE = json.dumps(None)


class TwoFactorUser(SecretUser, Protocol):
    """What is read of a row of model User."""

    @property
    def email(self) -> str: ...
    @property
    def twoFactorEnabled(self) -> bool: ...  # noqa: N802 - the field's name
    @property
    def deletedAt(self) -> datetime | None: ...  # noqa: N802 - the field's name


class TwoFactorClient(Protocol):
    """A generated client whose schema has base's User and what services.extended.prisma adds."""

    @property
    def user(self) -> Rows[TwoFactorUser]: ...


class TwoFactorProblem(StrEnum):
    UNKNOWN_USER = "unknown_user"
    ALREADY_ENABLED = "already_enabled"
    NOT_ENABLED = "not_enabled"
    CHANGED_MEANWHILE = "changed_meanwhile"


_MESSAGES = {
    TwoFactorProblem.UNKNOWN_USER: "there is no such user",
    TwoFactorProblem.ALREADY_ENABLED: "two-factor is enabled: disable it before another authenticator is set up",
    TwoFactorProblem.NOT_ENABLED: "two-factor is not enabled",
    TwoFactorProblem.CHANGED_MEANWHILE: "other requests kept changing two-factor of this user: try again",
}


class TwoFactorError(Exception):
    """A request that does not fit the user's state."""

    def __init__(self, problem: TwoFactorProblem) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem


@dataclass(frozen=True, slots=True)
class TwoFactor:
    """`issuer` is the name that the authenticator shows.

    Whatever reads a secret raises SecretUnreadableError where it was tampered with, or its key is missing.
    """

    client: TwoFactorClient = field(repr=False)
    keys: KeyRing
    issuer: str
    totp: Totp = field(default_factory=Totp, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    async def enrol(self, user_id: str) -> Enrolment:
        """A new secret, which counts once `confirm` has seen a code of it. Raises TwoFactorError."""
        for _ in range(_TRIES):
            user = await self._user(user_id)
            if user is None:
                raise TwoFactorError(TwoFactorProblem.UNKNOWN_USER)
            if user.twoFactorEnabled:
                raise TwoFactorError(TwoFactorProblem.ALREADY_ENABLED)
            secret, serial = new_secret(), user.twoFactorSerial + 1
            data = {
                "twoFactorSecret": self.keys.seal(secret, secret_context(user.id, serial)),
                "twoFactorSerial": serial,
                "twoFactorLastStep": None,
            }
            where = {"id": user.id, "twoFactorEnabled": False, "twoFactorSerial": user.twoFactorSerial}
            if await self.client.user.update_many(where=where, data=data):
                uri = self.totp.uri(secret, account=user.email, issuer=self.issuer)
                return Enrolment(secret=secret, uri=uri)
        raise TwoFactorError(TwoFactorProblem.CHANGED_MEANWHILE)

    async def confirm(self, user_id: str, code: str) -> BackupCodes | None:
        """Enable two-factor, and the user's backup codes; None where the code is wrong."""
        user = await self._user(user_id)
        if user is None or user.twoFactorEnabled or (step := self._step(user, code)) is None:
            return None
        codes, serial = backup_codes.new_codes(), user.backupCodesSerial
        where = {
            "id": user.id,
            "twoFactorEnabled": False,
            "twoFactorSerial": user.twoFactorSerial,
            "backupCodesSerial": serial,
        }
        data = {"twoFactorEnabled": True, "twoFactorLastStep": step} | self._codes_data(
            user.id, serial, backup_codes.digests_of(codes, user.id)
        )
        return codes if await self.client.user.update_many(where=where, data=data) else None

    async def is_enabled(self, user_id: str) -> bool:
        user = await self._user(user_id)
        return user is not None and user.twoFactorEnabled

    async def verify(self, user_id: str, code: str) -> bool:
        """Whether it is the authenticator's code: of each time step one counts, once, and none of an earlier step."""
        user = await self._user(user_id)
        if user is None or not user.twoFactorEnabled or (step := self._step(user, code)) is None:
            return False
        where = {
            "id": user.id,
            "twoFactorEnabled": True,
            "twoFactorSerial": user.twoFactorSerial,
            "OR": [{"twoFactorLastStep": None}, {"twoFactorLastStep": {"lt": step}}],
        }
        return await self.client.user.update_many(where=where, data={"twoFactorLastStep": step}) > 0

    async def use_backup_code(self, user_id: str, code: str) -> bool:
        """Whether it is one of the codes that are left; then it is none of them any more. Raises TwoFactorError."""
        for _ in range(_TRIES):
            user = await self._user(user_id)
            digests = self._digests(user) if user else []
            left = backup_codes.without(code, digests, user_id)
            if user is None or left is None:
                return False
            if await self._write_codes(user, left):
                return True
        raise TwoFactorError(TwoFactorProblem.CHANGED_MEANWHILE)

    async def new_backup_codes(self, user_id: str) -> BackupCodes:
        """Ten in place of those that were there. Raises TwoFactorError."""
        for _ in range(_TRIES):
            user = await self._user(user_id)
            if user is None or not user.twoFactorEnabled:
                raise TwoFactorError(TwoFactorProblem.NOT_ENABLED)
            codes = backup_codes.new_codes()
            if await self._write_codes(user, backup_codes.digests_of(codes, user.id)):
                return codes
        raise TwoFactorError(TwoFactorProblem.CHANGED_MEANWHILE)

    async def backup_codes_left(self, user_id: str) -> int:
        user = await self._user(user_id)
        return len(self._digests(user)) if user else 0

    async def disable(self, user_id: str) -> bool:
        """Forget secret and codes; False where there was no such user."""
        data = {
            "twoFactorEnabled": False,
            "twoFactorSecret": None,
            "twoFactorSerial": {"increment": 1},
            "twoFactorLastStep": None,
            "backupCodes": _NONE,
            "backupCodesSerial": {"increment": 1},
        }
        return await self.client.user.update_many(where={"id": user_id}, data=data) > 0

    async def _user(self, user_id: str) -> TwoFactorUser | None:
        user = await self.client.user.find_unique(where={"id": user_id})
        return user if user and user.deletedAt is None else None

    def _step(self, user: TwoFactorUser, code: str) -> int | None:
        if user.twoFactorSecret is None:
            return None
        secret = self.keys.open(user.twoFactorSecret, secret_context(user.id, user.twoFactorSerial))
        return self.totp.matching_step(secret, code, self.clock())

    def _digests(self, user: TwoFactorUser) -> list[str]:
        stored = user.backupCodes
        if not user.twoFactorEnabled or not isinstance(stored, str):
            return []
        return backup_codes.from_text(self.keys.open(stored, codes_context(user.id, user.backupCodesSerial)))

    async def _write_codes(self, user: TwoFactorUser, digests: list[str]) -> bool:
        where = {"id": user.id, "twoFactorEnabled": True, "backupCodesSerial": user.backupCodesSerial}
        data = self._codes_data(user.id, user.backupCodesSerial, digests)
        return await self.client.user.update_many(where=where, data=data) > 0

    def _codes_data(self, user_id: str, serial: int, digests: list[str]) -> dict[str, str | int | bool]:
        text = self.keys.seal(backup_codes.to_text(digests), codes_context(user_id, serial + 1))
        return {"backupCodes": json.dumps(text), "backupCodesSerial": serial + 1}
