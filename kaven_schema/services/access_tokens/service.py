"""Access tokens: JSON Web Tokens (RFC 7519, profile RFC 9068), signed with HS512, the key named by `kid`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from kaven_schema.services.access import Clock, utc_now
from kaven_schema.services.access_tokens.claims import (
    AccessClaims,
    AccessTokenProblem,
    AccessTokenRefusedError,
    Identity,
)
from kaven_schema.services.secrets import Key, KeyRing

LIFETIME = timedelta(minutes=15)
LEEWAY = timedelta(seconds=10)

_ALGORITHM: Final = "HS512"
_TYPE: Final = "at+jwt"
_LONGEST = 4096
_REQUIRED: Final = ("iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti")
_HEADER: Final = {"alg", "typ", "kid"}


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """`issuer` and `audience` are names of yours, compared as they are. `leeway` is what clocks may differ by.

    Of `keys` the first signs and all verify: put a new one first, and take the old one away a `lifetime` later.
    """

    keys: KeyRing
    issuer: str
    audience: str
    lifetime: timedelta = field(default=LIFETIME, kw_only=True)
    leeway: timedelta = field(default=LEEWAY, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        if not self.issuer or not self.audience:
            raise ValueError(
                "access tokens need an issuer and an audience: a variable that is not set is neither"
            )

    def issue(self, identity: Identity) -> str:
        """Whoever holds it is that identity until it expires: it cannot be taken back."""
        import jwt

        now, key = self.clock(), self.keys.current
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": identity.user_id,
            "sid": identity.session_id,
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + self.lifetime).timestamp()),
            "jti": str(uuid4()),
            **_optional(identity),
        }
        headers = {"kid": key.id, "typ": _TYPE}
        return jwt.encode(claims, key.material, algorithm=_ALGORITHM, headers=headers)

    def verify(self, token: str) -> AccessClaims:
        """What a token of ours says. Raises AccessTokenRefusedError."""
        if len(token) > _LONGEST or not token.isascii():
            raise AccessTokenRefusedError(AccessTokenProblem.MALFORMED)
        claims = self._decoded(token, self._key(token))
        self._check_times(claims)
        return _read(claims)

    def _key(self, token: str) -> Key:
        """The header chooses among our keys, and nothing else: kind and algorithm are ours."""
        import jwt

        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError):
            raise AccessTokenRefusedError(AccessTokenProblem.MALFORMED) from None
        if set(header) != _HEADER or (header["alg"], header["typ"]) != (_ALGORITHM, _TYPE):
            raise AccessTokenRefusedError(AccessTokenProblem.WRONG_KIND)
        key = next((key for key in self.keys.keys if key.id == header["kid"]), None)
        if key is None:
            raise AccessTokenRefusedError(AccessTokenProblem.UNKNOWN_KEY)
        return key

    def _decoded(self, token: str, key: Key) -> Mapping[str, object]:
        import jwt

        try:
            # The times are checked by our own clock.
            claims: dict[str, object] = jwt.decode(
                token,
                key.material,
                algorithms=[_ALGORITHM],
                audience=self.audience,
                issuer=self.issuer,
                options={
                    "require": list(_REQUIRED),
                    "strict_aud": True,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise AccessTokenRefusedError(_problem(error)) from None
        return claims

    def _check_times(self, claims: Mapping[str, object]) -> None:
        now, leeway = self.clock().timestamp(), self.leeway.total_seconds()
        if now >= _number(claims, "exp") + leeway:
            raise AccessTokenRefusedError(AccessTokenProblem.EXPIRED)
        if now < max(_number(claims, "nbf"), _number(claims, "iat")) - leeway:
            raise AccessTokenRefusedError(AccessTokenProblem.NOT_YET_VALID)


def _optional(identity: Identity) -> dict[str, object]:
    """What does not hold is left out."""
    given = {
        "tid": identity.tenant_id,
        "roles": list(identity.roles),
        "adm": identity.is_super_admin,
        "pst": identity.stamp,
    }
    return {name: value for name, value in given.items() if value}


def _problem(error: Exception) -> AccessTokenProblem:
    import jwt

    match error:
        case jwt.InvalidAudienceError():
            return AccessTokenProblem.WRONG_AUDIENCE
        case jwt.InvalidIssuerError():
            return AccessTokenProblem.WRONG_ISSUER
        case jwt.InvalidSignatureError():
            return AccessTokenProblem.FORGED
    return AccessTokenProblem.MALFORMED


def _read(claims: Mapping[str, object]) -> AccessClaims:
    """Signed by us; read as strictly as if it were not."""
    roles, tenant, is_admin = claims.get("roles", []), claims.get("tid"), claims.get("adm", False)
    well_formed = isinstance(roles, list) and all(isinstance(role, str) for role in roles)
    if not well_formed or not isinstance(tenant, str | None) or not isinstance(is_admin, bool):
        raise AccessTokenRefusedError(AccessTokenProblem.MALFORMED)
    assert isinstance(roles, list)
    try:
        identity = Identity(
            user_id=_text(claims, "sub"),
            session_id=_text(claims, "sid"),
            tenant_id=tenant,
            roles=tuple(roles),
            is_super_admin=is_admin,
            stamp=_text(claims, "pst") if "pst" in claims else None,
        )
    except ValueError:
        raise AccessTokenRefusedError(AccessTokenProblem.MALFORMED) from None
    return AccessClaims(
        identity=identity,
        token_id=_text(claims, "jti"),
        issued_at=datetime.fromtimestamp(_number(claims, "iat"), UTC),
        expires_at=datetime.fromtimestamp(_number(claims, "exp"), UTC),
    )


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str):
        raise AccessTokenRefusedError(AccessTokenProblem.MALFORMED)
    return value


def _number(claims: Mapping[str, object], name: str) -> int:
    value = claims[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 36:
        raise AccessTokenRefusedError(AccessTokenProblem.MALFORMED)
    return value
