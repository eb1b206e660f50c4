"""Time-based one-time passwords, RFC 6238, by pyotp."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pyotp

_SECRET_BYTES = 20  # as many as SHA-1 gives, RFC 4226 section 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Totp:
    """`interval` in seconds; `drift` is how many steps a clock may be behind or ahead.

    Many authenticators know only the defaults.
    """

    digits: int = 6
    interval: int = 30
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha1"
    drift: int = 1

    def uri(self, secret: str, *, account: str, issuer: str) -> str:
        """`otpauth://totp/…`, which holds the secret."""
        return self._generator(secret).provisioning_uri(name=account, issuer_name=issuer)

    def matching_step(self, secret: str, code: str, at: datetime) -> int | None:
        """The time step whose code this is: that of `at`, or up to `drift` beside it."""
        given = "".join(code.split())
        if len(given) != self.digits or not (given.isascii() and given.isdigit()):
            return None
        generator, now = self._generator(secret), int(at.timestamp()) // self.interval
        matching = None
        for step in range(max(now - self.drift, 0), now + self.drift + 1):
            if hmac.compare_digest(generator.generate_otp(step), given):
                matching = step
        return matching

    def _generator(self, secret: str) -> pyotp.TOTP:
        digest = getattr(hashlib, self.algorithm)
        return pyotp.TOTP(secret, digits=self.digits, digest=digest, interval=self.interval)


def new_secret() -> str:
    """32 letters of base32: 160 bits from the system's generator."""
    return b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
