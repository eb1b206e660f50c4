"""Manifests and proofs as JSON, authenticated where there are keys: who can only write to the store makes none."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.keyring.ring import Key, KeyRing

_MARK, _KEY, _MAC = "authentication", "key", "hmac_sha256"
_PURPOSE = b"kaven backup documents 1"
LARGEST = 64 << 20


class Trust(StrEnum):
    """`AUTHENTIC`: written with one of our keys. `PLAIN`: written without, and we have none either.

    `UNPROTECTED`: written without, though we have keys. `UNCHECKED`: written with a key that we do not have.
    """

    AUTHENTIC = "authentic"
    PLAIN = "plain"
    UNPROTECTED = "unprotected"
    UNCHECKED = "unchecked"

    @property
    def is_enough(self) -> bool:
        return self in (Trust.AUTHENTIC, Trust.PLAIN)


class Document(NamedTuple):
    content: Mapping[str, Any]
    trust: Trust


def to_bytes(content: Mapping[str, Any], name: str, key: Key | None) -> bytes:
    """The document under its name in the store: it means nothing under another one."""
    marked = dict(content)
    if key is not None:
        marked[_MARK] = {_KEY: key.id, _MAC: _mac(content, name, key)}
    return (json.dumps(marked, indent=1, ensure_ascii=False) + "\n").encode()


def from_bytes(raw: bytes, name: str, keys: KeyRing | None) -> Document:
    """Raises KavenError `backup_document_invalid`, `backup_document_forged`."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        raise invalid(name, "is not JSON") from None
    if not isinstance(content, dict):
        raise invalid(name, "is not an object")
    mark = content.pop(_MARK, None)
    if mark is None:
        return Document(content, Trust.PLAIN if keys is None else Trust.UNPROTECTED)
    if not isinstance(mark, dict):
        raise invalid(name, f"has an entry `{_MARK}` that is none")
    key = next((key for key in keys.keys if key.id == mark.get(_KEY)), None) if keys else None
    if key is None:
        return Document(content, Trust.UNCHECKED)
    if not hmac.compare_digest(str(mark.get(_MAC)).encode(), _mac(content, name, key).encode()):
        raise KavenError(
            "backup_document_forged",
            f"{name} was changed, or belongs elsewhere: key {key.id} did not write it so",
            help="find out who can write to the store; see which are whole: kaven backup verify --all",
            exit_code=ExitCode.PROBLEMS,
        )
    return Document(content, Trust.AUTHENTIC)


def invalid(name: str, problem: str) -> KavenError:
    return KavenError(
        "backup_document_invalid",
        f"{name} {problem}",
        help="it was made by something else, or is damaged; see which are whole: kaven backup verify --all",
        exit_code=ExitCode.PROBLEMS,
    )


def key_unknown(name: str, keys: KeyRing | None) -> KavenError:
    """Why nobody can check it: `backup_key_unknown`, or `backup_keys_missing` where no key is set."""
    if keys is None:
        return KavenError(
            "backup_keys_missing",
            f"{name} was made with a key, and none is set",
            help="set KAVEN_BACKUP_KEYS_FILE to the file of keys that it was made with",
        )
    return KavenError(
        "backup_key_unknown",
        f"{name} was made with a key that is not among the keys, so it cannot be checked",
        help="set KAVEN_BACKUP_KEYS_FILE to the file of keys that it was made with",
    )


def _mac(content: Mapping[str, Any], name: str, key: Key) -> str:
    """Over one way of writing it, by a key that is used for nothing else."""
    one_way = json.dumps([name, content], sort_keys=True, separators=(",", ":"))
    own = hmac.digest(key.material, _PURPOSE, "sha256")
    return hmac.digest(own, one_way.encode(), "sha256").hex()
