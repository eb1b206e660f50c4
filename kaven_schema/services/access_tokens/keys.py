"""Signing keys from where secrets are kept; none of those that encrypt secrets at rest."""

from __future__ import annotations

import os
from collections.abc import Mapping

from kaven_schema.keyring.keys import KeySource, load_keys
from kaven_schema.services.secrets import KeyRing

KEYS_VARIABLE = "KAVEN_TOKEN_KEYS"
FILE_VARIABLE = "KAVEN_TOKEN_KEYS_FILE"

_SIGNING = KeySource("token_keys", "access tokens", KEYS_VARIABLE, FILE_VARIABLE)


def load_signing_keys(environment: Mapping[str, str] = os.environ) -> KeyRing:
    """The keys of KAVEN_TOKEN_KEYS, or of the file that KAVEN_TOKEN_KEYS_FILE names; the first signs, all verify.

    Raises KavenError `token_keys_missing`, `token_keys_ambiguous`, `token_keys_unreadable`,
    `secret_keys_invalid`, `secret_keys_exposed`.
    """
    return load_keys(_SIGNING, environment)
