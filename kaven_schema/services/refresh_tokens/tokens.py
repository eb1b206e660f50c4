"""A token: what its holder gets, what the database gets, and why it may be refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from secrets import token_urlsafe

_BYTES = 32


class TokenProblem(StrEnum):
    """For the application's log; to whoever sent the token all of them are the same answer."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"
    REUSED = "reused"
    USER_GONE = "user_gone"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - no password


_MESSAGES = {
    TokenProblem.UNKNOWN: "no session has this refresh token",
    TokenProblem.EXPIRED: "the refresh token has expired",
    TokenProblem.OVERTAKEN: "another request used the refresh token at the same time",
    TokenProblem.REUSED: "the refresh token was used before: its session is revoked",
    TokenProblem.USER_GONE: "there is no such user, or the user is deleted",
    TokenProblem.PASSWORD_CHANGED: "the password was changed after it was verified",
}


class TokenRefusedError(Exception):
    """Neither the token nor its hash is in the message. `session_id` and `user_id` where they are known."""

    def __init__(
        self, problem: TokenProblem, *, session_id: str | None = None, user_id: str | None = None
    ) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem
        self.session_id = session_id
        self.user_id = user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """`token` is shown this once. `session_id` stays the same from login to logout."""

    token: str = field(repr=False)
    session_id: str
    user_id: str
    expires_at: datetime


def new_token() -> str:
    """43 characters for URLs, headers and cookies: 256 bits from the system's generator."""
    return token_urlsafe(_BYTES)


def digest_of(token: str) -> str:
    """What is stored: as many random bits need neither salt nor a slow hash."""
    return sha256(token.encode(errors="surrogatepass")).hexdigest()
