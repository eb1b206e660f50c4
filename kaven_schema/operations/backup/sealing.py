"""Authenticated encryption of a stream, in chunks that cannot be swapped, dropped, cut off or moved.

The STREAM construction: each chunk of 1 MiB is sealed by AES-256-GCM under a key that is the backup's own (HKDF-SHA256
of the key's 64 bytes and a random salt), with its number and whether it is the last one as nonce, and with the header
and the object's name as associated data. docs/backup-storage.md has the format byte by byte.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.keyring.ring import Key, KeyRing
from kaven_schema.operations.backup.storage.store import Sink, Source

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"kaven-sealed\n"
CHUNK_BYTES = 1 << 20
TAG_BYTES = 16

_VERSION = 1
_SALT_BYTES = 32
_COMMITMENT_BYTES = 32
_CHECKSUM_BYTES = 8
_ID = re.compile(rb"[A-Za-z0-9_-]{1,32}")
_INFO = b"kaven backup sealing 1"
_KEYS_VARIABLE = "KAVEN_BACKUP_KEYS"
_FILE_VARIABLE = "KAVEN_BACKUP_KEYS_FILE"


def backup_keys(environment: Mapping[str, str] = os.environ) -> KeyRing | None:
    """The keys of KAVEN_BACKUP_KEYS, or of the file KAVEN_BACKUP_KEYS_FILE; None where neither is set.

    Raises KavenError `backup_keys_ambiguous`, `backup_keys_unreadable`, `secret_keys_invalid`, `secret_keys_exposed`.
    """
    if not environment.get(_KEYS_VARIABLE) and not environment.get(_FILE_VARIABLE):
        return None
    from kaven_schema.keyring.keys import KeySource, load_keys

    return load_keys(KeySource("backup_keys", "backups", _KEYS_VARIABLE, _FILE_VARIABLE), environment)


def is_sealed(first_bytes: bytes) -> bool:
    """Needs the first 13 bytes."""
    return first_bytes.startswith(MAGIC)


@contextmanager
def sealing(sink: Sink, key: Key, name: str) -> Iterator[Sink]:
    """What is written goes sealed to `sink`; the last chunk when the block ends without an error.

    `name` is the object's: under another one it does not open.
    """
    salt = os.urandom(_SALT_BYTES)
    cipher, commitment = _derive(key, salt)
    header = _header(key.id, salt, commitment)
    sink.write(header)
    sealer = _Sealer(sink, cipher, header + name.encode())
    yield sealer
    sealer.finish()


def opening(source: Source, keys: Sequence[Key], name: str) -> Source:
    """What was sealed under one of the keys and this name; no byte is given out before it is known to be authentic.

    Reading raises KavenError `backup_object_corrupt`, `backup_key_unknown`. Only who reads to the end (`b""`) knows
    that nothing was cut off.
    """
    return _Opener(source, keys, name)


class _Header(NamedTuple):
    key_id: str
    salt: bytes
    commitment: bytes
    raw: bytes


class _Sealer:
    def __init__(self, sink: Sink, cipher: AESGCM, associated: bytes) -> None:
        self._sink = sink
        self._cipher = cipher
        self._associated = associated
        self._chunk = bytearray()
        self._number = 0

    def write(self, data: bytes, /) -> None:
        rest = memoryview(data)
        while rest:
            if len(self._chunk) == CHUNK_BYTES:  # there is more, so that this one is not the last
                self._seal(last=False)
            room = CHUNK_BYTES - len(self._chunk)
            self._chunk += rest[:room]
            rest = rest[room:]

    def finish(self) -> None:
        self._seal(last=True)

    def _seal(self, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._sink.write(self._cipher.encrypt(nonce, bytes(self._chunk), self._associated))
        self._chunk.clear()
        self._number += 1


class _Opener:
    def __init__(self, source: Source, keys: Sequence[Key], name: str) -> None:
        self._source = source
        self._keys = keys
        self._name = name
        self._cipher: AESGCM | None = None
        self._associated = b""
        self._ahead = b""
        self._number = 0
        self._plain = memoryview(b"")
        self._ended = False

    def read(self, size: int, /) -> bytes:
        if not self._plain and not self._ended and size:
            self._plain = memoryview(self._next_chunk())
        data, self._plain = bytes(self._plain[:size]), self._plain[size:]
        return data

    def _next_chunk(self) -> bytes:
        from cryptography.exceptions import InvalidTag

        cipher = self._cipher or self._begin()
        sealed = self._ahead + self._take(CHUNK_BYTES + TAG_BYTES - len(self._ahead))
        self._ahead = self._take(1)
        last = not self._ahead
        try:
            plain = cipher.decrypt(_nonce(self._number, last=last), sealed, self._associated)
        except (InvalidTag, ValueError):
            raise self._corrupt(
                f"it is not what was sealed, from about byte {self._number * CHUNK_BYTES}"
            ) from None
        if last and not plain and self._number:
            raise self._corrupt("an empty chunk stands at its end")
        self._number += 1
        self._ended = last
        return plain

    def _begin(self) -> AESGCM:
        header = self._read_header()
        key = next((key for key in self._keys if key.id == header.key_id), None)
        if key is None:
            raise _key_unknown(self._name, header.key_id, "which is not among the keys")
        cipher, commitment = _derive(key, header.salt)
        if not hmac.compare_digest(commitment, header.commitment):
            raise _key_unknown(self._name, key.id, "and the key of that name here is another one")
        self._associated = header.raw + self._name.encode()
        self._cipher = cipher
        return cipher

    def _read_header(self) -> _Header:
        """Judged before any key is looked up: damage must not look like a key that is not there."""
        if self._take(len(MAGIC)) != MAGIC:
            raise self._corrupt("it does not begin as a sealed object does")
        version, length = self._take(1), self._take(1)
        if version != bytes([_VERSION]):
            raise self._corrupt("it is damaged, or a newer kaven sealed it")
        id_bytes = self._take(length[0] if length else 0)
        salt, commitment = self._take(_SALT_BYTES), self._take(_COMMITMENT_BYTES)
        fields = MAGIC + version + length + id_bytes + salt + commitment
        checksum = self._take(_CHECKSUM_BYTES)
        if checksum != _checksum(fields) or not _ID.fullmatch(id_bytes):
            raise self._corrupt("its header is damaged")
        return _Header(id_bytes.decode("ascii"), salt, commitment, fields + checksum)

    def _take(self, size: int) -> bytes:
        """`size` bytes; fewer only where the source ends."""
        found = bytearray()
        while len(found) < size and (data := self._source.read(size - len(found))):
            found += data
        return bytes(found)

    def _corrupt(self, problem: str) -> KavenError:
        return KavenError(
            "backup_object_corrupt",
            f"{self._name} cannot be opened: {problem}",
            help="restore another backup, and see which are whole: kaven backup verify --all",
            exit_code=ExitCode.PROBLEMS,
        )


def _header(key_id: str, salt: bytes, commitment: bytes) -> bytes:
    id_bytes = key_id.encode("ascii")
    fields = MAGIC + bytes([_VERSION, len(id_bytes)]) + id_bytes + salt + commitment
    return fields + _checksum(fields)


def _checksum(fields: bytes) -> bytes:
    """Against accidents only; against people, the header is associated data of every chunk."""
    return sha256(fields).digest()[:_CHECKSUM_BYTES]


def _derive(key: Key, salt: bytes) -> tuple[AESGCM, bytes]:
    """The cipher, and what commits to the key: AES-GCM alone would open under a key made to fit."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), 32 + _COMMITMENT_BYTES, salt, _INFO).derive(key.material)
    return AESGCM(derived[:32]), derived[32:]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _key_unknown(name: str, key_id: str, problem: str) -> KavenError:
    return KavenError(
        "backup_key_unknown",
        f"{name} is sealed under the key `{key_id}`, {problem}",
        help=f"add that key to the file that {_FILE_VARIABLE} names; old keys stay there, behind the newest",
    )
