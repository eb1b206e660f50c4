"""Two-factor: one-time codes of an authenticator, backup codes, and the secret encrypted at rest."""

from kaven_schema.services.two_factor.backup_codes import BackupCodes
from kaven_schema.services.two_factor.enrolment import Enrolment
from kaven_schema.services.two_factor.service import (
    TwoFactor,
    TwoFactorClient,
    TwoFactorError,
    TwoFactorProblem,
    TwoFactorUser,
)
from kaven_schema.services.two_factor.totp import Totp

__all__ = [
    "BackupCodes",
    "Enrolment",
    "Totp",
    "TwoFactor",
    "TwoFactorClient",
    "TwoFactorError",
    "TwoFactorProblem",
    "TwoFactorUser",
]
