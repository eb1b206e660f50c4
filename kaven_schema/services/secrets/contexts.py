"""Which columns hold secrets, and where each belongs."""

from __future__ import annotations

from kaven_schema.keyring.ring import Context


def secret_context(user_id: str, serial: int) -> Context:
    """Of `User.twoFactorSecret`; `serial` is `twoFactorSerial`."""
    return Context("two_factor_secret", user_id, serial)


def codes_context(user_id: str, serial: int) -> Context:
    """Of `User.backupCodes`; `serial` is `backupCodesSerial`."""
    return Context("backup_codes", user_id, serial)
