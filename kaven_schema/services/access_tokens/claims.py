"""What an access token says, and why one may be refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom a token is for. `tenant_id` None is a user who acts in no tenant: it gives no right in any.

    `roles` are those within that tenant; `session_id` is the refresh token's session. `stamp` is for a token that asks
    for the second step: that of the password which was shown (`VerifiedPassword.stamp`).
    """

    user_id: str
    session_id: str
    tenant_id: str | None = None
    roles: tuple[str, ...] = ()
    is_super_admin: bool = False
    stamp: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.user_id or not self.session_id or self.tenant_id == "":
            raise ValueError("a token is for a user and a session, both with an id")
        if self.tenant_id is None and self.roles:
            raise ValueError("roles are held within a tenant")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """A token that was verified."""

    identity: Identity
    token_id: str
    issued_at: datetime
    expires_at: datetime


class AccessTokenProblem(StrEnum):
    """For the application's log; to whoever sent the token all of them are the same answer."""

    MALFORMED = "malformed"
    WRONG_KIND = "wrong_kind"
    UNKNOWN_KEY = "unknown_key"
    FORGED = "forged"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_ISSUER = "wrong_issuer"


_MESSAGES = {
    AccessTokenProblem.MALFORMED: "this is no access token",
    AccessTokenProblem.WRONG_KIND: "this is a token of another kind, or signed in another way",
    AccessTokenProblem.UNKNOWN_KEY: "no key of ours signed the access token",
    AccessTokenProblem.FORGED: "the signature of the access token is wrong",
    AccessTokenProblem.EXPIRED: "the access token has expired",
    AccessTokenProblem.NOT_YET_VALID: "the access token is not valid yet",
    AccessTokenProblem.WRONG_AUDIENCE: "the access token is for another audience",
    AccessTokenProblem.WRONG_ISSUER: "the access token is another issuer's",
}


class AccessTokenRefusedError(Exception):
    """Nothing of the token is in the message."""

    def __init__(self, problem: AccessTokenProblem) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem
