"""Secrets at rest: AES-256-CBC, authenticated, bound to their row, under keys that can be rotated."""

from kaven_schema.keyring.envelope import SecretProblem, SecretUnreadableError
from kaven_schema.keyring.keys import FILE_VARIABLE, KEYS_VARIABLE, load_key_ring
from kaven_schema.keyring.ring import Context, Key, KeyRing
from kaven_schema.services.secrets.rotation import Rotation, SecretClient, SecretUser, rotate_secrets

__all__ = [
    "FILE_VARIABLE",
    "KEYS_VARIABLE",
    "Context",
    "Key",
    "KeyRing",
    "Rotation",
    "SecretClient",
    "SecretProblem",
    "SecretUnreadableError",
    "SecretUser",
    "load_key_ring",
    "rotate_secrets",
]
