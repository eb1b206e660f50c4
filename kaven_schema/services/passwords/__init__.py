"""Passwords: bcrypt at cost 12, raised at the next login, the same answer in the same time for unknown users."""

from kaven_schema.services.passwords.hashing import (
    COST,
    MAX_BYTES,
    PasswordHasher,
    PasswordProblem,
    PasswordRefusedError,
)
from kaven_schema.services.passwords.service import PasswordClient, Passwords, PasswordUser, VerifiedPassword
from kaven_schema.services.stamps import password_stamp

__all__ = [
    "COST",
    "MAX_BYTES",
    "PasswordClient",
    "PasswordHasher",
    "PasswordProblem",
    "PasswordRefusedError",
    "PasswordUser",
    "Passwords",
    "VerifiedPassword",
    "password_stamp",
]
