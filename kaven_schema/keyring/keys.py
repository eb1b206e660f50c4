"""Keys from where secrets are kept: the environment, or a file that only its owner may read."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.keyring.encoding import from_text, to_text
from kaven_schema.keyring.envelope import KEY_BYTES
from kaven_schema.keyring.ring import Key, KeyRing

KEYS_VARIABLE = "KAVEN_SECRET_KEYS"
FILE_VARIABLE = "KAVEN_SECRET_KEYS_FILE"

_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SEPARATOR = re.compile(r"[\s,]+")
_NEW = "make one: kaven secrets new-key FILE"


class KeySource(NamedTuple):
    """Where the keys of one purpose are; `slug` begins the names of the errors, `purpose` is in their words."""

    slug: str
    purpose: str
    keys_variable: str
    file_variable: str


_SECRETS = KeySource("secret_keys", "secrets", KEYS_VARIABLE, FILE_VARIABLE)


def load_key_ring(environment: Mapping[str, str] = os.environ) -> KeyRing:
    """The keys of KAVEN_SECRET_KEYS, or of the file that KAVEN_SECRET_KEYS_FILE names; the first encrypts.

    Raises KavenError `secret_keys_missing`, `secret_keys_ambiguous`, `secret_keys_invalid`,
    `secret_keys_exposed`, `secret_keys_unreadable`.
    """
    return load_keys(_SECRETS, environment)


def load_keys(source: KeySource, environment: Mapping[str, str]) -> KeyRing:
    """Raises KavenError `…_missing`, `…_ambiguous`, `…_unreadable` under the source's slug, and as `read_keys` does."""
    given, file = environment.get(source.keys_variable), environment.get(source.file_variable)
    if given and file:
        raise KavenError(
            f"{source.slug}_ambiguous",
            f"{source.keys_variable} and {source.file_variable} are both set",
            help="unset one of the two",
            exit_code=ExitCode.WRONG_USE,
        )
    if given:
        return parse_keys(_SEPARATOR.split(given.strip()), source.keys_variable)
    if file:
        return read_keys(Path(file), source)
    raise KavenError(
        f"{source.slug}_missing",
        f"there is no key for {source.purpose}: neither {source.keys_variable} nor {source.file_variable} is set",
        help=f"set {source.file_variable} to a file of keys; {_NEW}",
    )


def read_keys(file: Path, source: KeySource = _SECRETS) -> KeyRing:
    """One key a line; empty lines and lines that begin with # are left out. Raises as `load_key_ring` does."""
    try:
        with file.open(encoding="ascii", errors="replace") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if mode & 0o077:
                raise KavenError(
                    "secret_keys_exposed",
                    f"others than its owner may use {file}, which holds keys",
                    help=f"run: chmod 600 {file}",
                )
            lines = [line.strip() for line in opened]
    except OSError as error:
        raise KavenError(
            f"{source.slug}_unreadable",
            f"cannot read the keys in {file}: {error.strerror or type(error).__name__}",
            help=f"mend {source.file_variable}, or {_NEW}",
        ) from None
    return parse_keys([line for line in lines if line and not line.startswith("#")], str(file))


def parse_keys(entries: Sequence[str], origin: str) -> KeyRing:
    """Each is `<id>:<64 bytes as base64url>`. Raises KavenError `secret_keys_invalid`, which quotes none of them."""
    keys: list[Key] = []
    for number, entry in enumerate(entries, 1):
        name, _, text = entry.partition(":")
        material = from_text(text.rstrip("=").replace("+", "-").replace("/", "_"))
        if not _ID.fullmatch(name):
            raise _invalid(origin, number, "has no id of letters, digits, _ and -, then a colon")
        if material is None or len(material) != KEY_BYTES:
            raise _invalid(origin, number, f"is not {KEY_BYTES} bytes as base64url")
        if name in (key.id for key in keys):
            raise _invalid(origin, number, "has the id of another key")
        keys.append(Key(name, material))
    if not keys:
        raise _invalid(origin, 1, "is missing")
    return KeyRing(tuple(keys))


def new_key(id: str) -> str:
    """A line for a file of keys: 512 bits from the system's generator."""
    return f"{id}:{to_text(secrets.token_bytes(KEY_BYTES))}"


def _invalid(origin: str, number: int, problem: str) -> KavenError:
    return KavenError(
        "secret_keys_invalid",
        f"{origin}: key {number} {problem}",
        help=f"write each key as ID:BASE64; {_NEW}",
        exit_code=ExitCode.WRONG_USE,
    )
