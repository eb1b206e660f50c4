"""bcrypt, off the event loop, with an equal amount of work for every answer."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from enum import StrEnum

import bcrypt

COST = 12
"""bcrypt's, as the specification has it: 2 to the power of 12 rounds."""

MAX_BYTES = 72
"""Of UTF-8: what comes behind them bcrypt does not see."""

_HASH = re.compile(rb"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_NOBODYS = b"." * 53


class PasswordProblem(StrEnum):
    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"


_MESSAGES = {
    PasswordProblem.EMPTY: "the password is empty",
    PasswordProblem.TOO_LONG: f"the password has more than {MAX_BYTES} bytes of UTF-8, which bcrypt does not take",
    PasswordProblem.NOT_TEXT: "the password holds a NUL or half a character",
}


class PasswordRefusedError(Exception):
    """A password that is not hashed; it is not in the message."""

    def __init__(self, problem: PasswordProblem) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem


@dataclass(frozen=True, slots=True)
class PasswordHasher:
    """`cost` is the base-2 logarithm of bcrypt's rounds, 4 to 31."""

    cost: int = COST

    async def hash(self, password: str) -> str:
        """A bcrypt hash, `$2b$`. Raises PasswordRefusedError."""
        taken = _accepted(password)
        return await asyncio.to_thread(self._hash, taken)

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether it is this password's hash; None, or what is no hash, takes as long to refuse as a wrong password.

        Of a password above 72 bytes the first 72 count, as for the libraries that hashed such ones: ours never does.
        """
        return await asyncio.to_thread(self._verify, _bytes(password), hashed)

    def needs_rehash(self, hashed: str) -> bool:
        """Whether it was made at a lower cost."""
        known = _HASH.fullmatch(_ascii(hashed))
        return known is not None and int(known[1]) < self.cost

    def _hash(self, password: bytes) -> str:
        return bcrypt.hashpw(password, bcrypt.gensalt(self.cost)).decode()

    def _verify(self, password: bytes | None, hashed: str | None) -> bool:
        known = _HASH.fullmatch(_ascii(hashed or ""))
        target = known[0] if known else b"$2b$%02d$%s" % (self.cost, _NOBODYS)
        matches = bcrypt.checkpw((password or b"")[:MAX_BYTES], target)
        if known and not matches:
            self._spend_the_rest(int(known[1]))
        return matches and known is not None and password is not None

    def _spend_the_rest(self, cost: int) -> None:
        """A hash of a lower cost is refused sooner, which would tell that there is one: 2^c + 2^c + 2^(c+1) …"""
        for missing in range(cost, self.cost):
            bcrypt.checkpw(b"", b"$2b$%02d$%s" % (missing, _NOBODYS))


def _accepted(password: str) -> bytes:
    encoded = _bytes(password)
    if encoded is None or b"\0" in encoded:
        raise PasswordRefusedError(PasswordProblem.NOT_TEXT)
    if not encoded:
        raise PasswordRefusedError(PasswordProblem.EMPTY)
    if len(encoded) > MAX_BYTES:
        raise PasswordRefusedError(PasswordProblem.TOO_LONG)
    return encoded


def _bytes(password: str) -> bytes | None:
    """None for half a surrogate pair: the error that Python has for it would hold the password."""
    encoded = password.encode(errors="replace")
    return encoded if encoded.decode() == password else None


def _ascii(hashed: str) -> bytes:
    return hashed.encode("ascii", errors="replace")
