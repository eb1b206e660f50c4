"""What the log shows of values: plain JSON, without secrets and their hashes.

A field is secret by its name, or by a word of its name; a text is secret where a part of it has the shape of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Protocol, runtime_checkable
from uuid import UUID

REDACTED = "[redacted]"

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_DENIED = frozenset(
    {
        *("passwordhash", "twofactorsecret", "backupcodes", "backupcode", "recoverycodes", "token"),
        *("accesstoken", "refreshtoken", "apikey", "privatekey", "secretkey", "signingkey", "encryptionkey"),
        *("cardnumber", "securitycode", "connectionstring", "databaseurl", "sessionid", "setcookie"),
    }
)
_WORDS = frozenset(
    {
        *("password", "passwords", "passwd", "pwd", "passphrase", "passcode", "secret", "secrets", "token"),
        *("tokens", "hash", "hashes", "hashed", "digest", "salt", "otp", "totp", "pin", "cvc", "cvv"),
        *("credential", "credentials", "authorization", "bearer", "cookie", "cookies", "jwt", "mnemonic"),
    }
)
_PARTS = ("password", "passwd", "passphrase", "secret", "apikey", "privatekey", "credential")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SHAPES = re.compile(
    r"""
      \$(?:2[abxy]|argon2\w*|scrypt|pbkdf2[\w-]*|[156y])\$[\w./+$=,-]{8,}   # password hashes
    | (?<![\w-])eyJ[\w-]{5,}\.[\w-]+\.[\w-]*                              # JSON web tokens
    | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY
    | \bk1\.[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+                                # our own ciphertexts
    | \botpauth://
    | \b[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/:@]*:[^\s/@]+@                # URLs with a password
    | \b(?:sk|rk)_(?:live|test)_\w+ | \bwhsec_\w+                         # Stripe
    | \bAKIA[0-9A-Z]{16}\b | \bgh[pousr]_\w{20,}
    | [0-9a-f]{64} | [0-9A-F]{64}                                         # SHA-256 and longer
    | (?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{43,}                  # 256 random bits as base64url
    | [A-Z2-7]{32}                                                        # as base32
    """,
    re.VERBOSE,
)
_DEEPEST = 32
_NO_LISTS = (str, bytes, bytearray, memoryview)
_NOT_IN_JSONB = re.compile("[\x00\ud800-\udfff]")


@runtime_checkable
class Dumpable(Protocol):
    """A row as the client returns it."""

    def model_dump(self) -> Mapping[str, object]: ...


def is_secret_field(name: str, also: Collection[str] = ()) -> bool:
    """By its name alone, in whichever case and style it is written."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if plain in _DENIED or name in also or any(part in plain for part in _PARTS):
        return True
    return any(word.lower() in _WORDS for word in _WORD.findall(name))


def redacted(value: object, also: Collection[str] = (), depth: int = 0) -> Json:
    """As JSON, safe to show. `also` are names of further secret fields. What JSON has no form for shows its type."""
    if depth > _DEEPEST:
        return "[too deep]"
    if isinstance(value, Dumpable) and not isinstance(value, type):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return {_key(key): _field(str(key), item, also, depth) for key, item in value.items()}
    if isinstance(value, (Sequence, AbstractSet)) and not isinstance(value, _NO_LISTS):
        return [redacted(item, also, depth + 1) for item in value]
    return _scalar(value, also, depth)


def _field(name: str, value: object, also: Collection[str], depth: int) -> Json:
    """That a secret is there, or is not, is none."""
    if value is None or isinstance(value, bool):
        return value
    return REDACTED if is_secret_field(name, also) else redacted(value, also, depth + 1)


def _key(key: object) -> str:
    return redacted_text(str(key))


def _scalar(value: object, also: Collection[str], depth: int) -> Json:
    match value:
        case Enum():
            return _scalar(value.value, also, depth)
        case float() if not isfinite(value):
            return str(value)
        case None | bool() | int() | float():
            return value
        case str():
            return _text(value, also, depth)
        case datetime() | date() | Decimal() | UUID():
            return str(value) if isinstance(value, (Decimal, UUID)) else value.isoformat()
    return f"[{type(value).__name__}]"


def redacted_text(text: str) -> str:
    """The whole text goes where a part of it looks like a secret."""
    return REDACTED if _SHAPES.search(text) else _NOT_IN_JSONB.sub("\N{REPLACEMENT CHARACTER}", text)


def _text(text: str, also: Collection[str], depth: int) -> str:
    """JSON inside of a text is looked through as well."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            inside = json.loads(text)
        except (ValueError, RecursionError):
            return redacted_text(text)
        if redacted(inside, also, depth + 1) != inside:
            return REDACTED
    return redacted_text(text)
