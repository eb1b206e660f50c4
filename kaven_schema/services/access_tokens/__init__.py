"""Access tokens: short-lived, signed, bound to a session and a tenant, under keys that can be rotated."""

from kaven_schema.services.access_tokens.claims import (
    AccessClaims,
    AccessTokenProblem,
    AccessTokenRefusedError,
    Identity,
)
from kaven_schema.services.access_tokens.keys import FILE_VARIABLE, KEYS_VARIABLE, load_signing_keys
from kaven_schema.services.access_tokens.service import LEEWAY, LIFETIME, AccessTokens

__all__ = [
    "FILE_VARIABLE",
    "KEYS_VARIABLE",
    "LEEWAY",
    "LIFETIME",
    "AccessClaims",
    "AccessTokenProblem",
    "AccessTokenRefusedError",
    "AccessTokens",
    "Identity",
    "load_signing_keys",
]
