"""Ten codes for the day the telephone is lost."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

COUNT = 10
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: none that is taken for another."""

_GROUPS = 4
_GROUP_LETTERS = 4
_READ_AS = str.maketrans("OIL", "011", " -")


@dataclass(frozen=True, slots=True)
class BackupCodes:
    """To be shown this once: only their hashes are stored."""

    codes: tuple[str, ...] = field(repr=False)


def new_codes() -> BackupCodes:
    """Each of 80 bits from the system's generator, as `7K2M-X0QJ-…`."""
    return BackupCodes(tuple(_new_code() for _ in range(COUNT)))


def digests_of(codes: BackupCodes, user_id: str) -> list[str]:
    """What is stored, encrypted. With as many random bits as they have, no slow hash is needed."""
    return [_digest(code, user_id) for code in codes.codes]


def without(code: str, digests: Sequence[str], user_id: str) -> list[str] | None:
    """The digests that are left when the code is used; None where it is none of theirs."""
    given = _digest(code, user_id)
    left = [digest for digest in digests if not hmac.compare_digest(digest, given)]
    return left if len(left) < len(digests) else None


def to_text(digests: Sequence[str]) -> str:
    return json.dumps(list(digests))


def from_text(text: str) -> list[str]:
    return [str(digest) for digest in json.loads(text)]


def _new_code() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LETTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def _digest(code: str, user_id: str) -> str:
    """The user's id keeps one user's code from being found by another's."""
    typed = code.upper().translate(_READ_AS)
    return sha256(json.dumps(["backup_code", user_id, typed]).encode()).hexdigest()
