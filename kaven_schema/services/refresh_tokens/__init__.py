"""Refresh tokens: 256 random bits, stored as SHA-256 alone, replaced at each use, watched for copies."""

from kaven_schema.services.refresh_tokens.cleanup import clean_up
from kaven_schema.services.refresh_tokens.service import LIFETIME, OVERLAP, RefreshTokens
from kaven_schema.services.refresh_tokens.shapes import (
    Session,
    SessionClient,
    SessionUser,
    SpentToken,
    TokenClient,
)
from kaven_schema.services.refresh_tokens.tokens import IssuedToken, TokenProblem, TokenRefusedError

__all__ = [
    "LIFETIME",
    "OVERLAP",
    "IssuedToken",
    "RefreshTokens",
    "Session",
    "SessionClient",
    "SessionUser",
    "SpentToken",
    "TokenClient",
    "TokenProblem",
    "TokenRefusedError",
    "clean_up",
]
