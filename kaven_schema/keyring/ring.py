"""Several keys: the first encrypts, all decrypt."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import NamedTuple

from kaven_schema.keyring.encoding import from_text, to_text
from kaven_schema.keyring.envelope import (
    Sealed,
    SecretProblem,
    SecretUnreadableError,
    decrypt,
    encrypt,
)

_VERSION = "k1"


class Context(NamedTuple):
    """Where a secret belongs: authenticated, not stored with it. `serial` tells it from what was there before."""

    purpose: str
    owner: str
    serial: int


@dataclass(frozen=True, slots=True)
class Key:
    """64 random bytes, and the name under which ciphertexts know them."""

    id: str
    material: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """At least one key. Ciphertexts are text: `k1.<key id>.<iv>.<ciphertext>.<tag>`."""

    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        return self.keys[0]

    def seal(self, plaintext: str, context: Context) -> str:
        """Encrypted under the current key."""
        key = self.current
        sealed = encrypt(key.material, plaintext.encode(), _associated(key, context))
        return ".".join((_VERSION, key.id, *map(to_text, sealed)))

    def open(self, text: str, context: Context) -> str:
        """What was sealed in this context. Raises SecretUnreadableError."""
        key_id, sealed = _parse(text)
        key = next((key for key in self.keys if key.id == key_id), None)
        if key is None:
            raise SecretUnreadableError(SecretProblem.UNKNOWN_KEY)
        return decrypt(key.material, sealed, _associated(key, context)).decode()

    def is_current(self, text: str) -> bool:
        """Whether it names the key that encrypts."""
        return text.startswith(f"{_VERSION}.{self.current.id}.")

    def reseal(self, text: str, context: Context) -> str:
        """The same secret under the current key. Raises SecretUnreadableError."""
        return self.seal(self.open(text, context), context)


def _associated(key: Key, context: Context) -> bytes:
    """JSON has one way to write them, in which no two contexts are alike."""
    return json.dumps([_VERSION, key.id, *context]).encode()


def _parse(text: str) -> tuple[str, Sealed]:
    match text.split("."):
        case [version, key_id, *parts] if version == _VERSION and len(parts) == len(Sealed._fields):
            raw = [found for part in parts if (found := from_text(part))]
            if len(raw) == len(parts):
                return key_id, Sealed(*raw)
    raise SecretUnreadableError(SecretProblem.MALFORMED)
