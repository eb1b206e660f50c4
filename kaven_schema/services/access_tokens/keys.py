"""Signing keys from where secrets are kept; none of those that encrypt secrets at rest."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.services.secrets import KeyRing
from kaven_schema.services.secrets.keys import parse_keys, read_keys

KEYS_VARIABLE = "KAVEN_TOKEN_KEYS"
FILE_VARIABLE = "KAVEN_TOKEN_KEYS_FILE"

_SEPARATOR = re.compile(r"[\s,]+")
_NEW = "make one: kaven secrets new-key FILE"


def load_signing_keys(environment: Mapping[str, str] = os.environ) -> KeyRing:
    """The keys of KAVEN_TOKEN_KEYS, or of the file that KAVEN_TOKEN_KEYS_FILE names; the first signs, all verify.

    Raises KavenError `token_keys_missing`, `token_keys_ambiguous`, `token_keys_unreadable`,
    `secret_keys_invalid`, `secret_keys_exposed`.
    """
    given, file = environment.get(KEYS_VARIABLE), environment.get(FILE_VARIABLE)
    if given and file:
        raise KavenError(
            "token_keys_ambiguous",
            f"{KEYS_VARIABLE} and {FILE_VARIABLE} are both set",
            help="unset one of the two",
            exit_code=ExitCode.WRONG_USE,
        )
    if given:
        return parse_keys(_SEPARATOR.split(given.strip()), KEYS_VARIABLE)
    if file:
        return _read(Path(file))
    raise KavenError(
        "token_keys_missing",
        f"there is no key for access tokens: neither {KEYS_VARIABLE} nor {FILE_VARIABLE} is set",
        help=f"set {FILE_VARIABLE} to a file of keys; {_NEW}",
    )


def _read(file: Path) -> KeyRing:
    try:
        return read_keys(file)
    except KavenError as error:
        if error.rule != "secret_keys_unreadable":
            raise
        raise KavenError(
            "token_keys_unreadable", error.message, help=f"mend {FILE_VARIABLE}, or {_NEW}"
        ) from None
