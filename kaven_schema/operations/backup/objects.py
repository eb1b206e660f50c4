"""A backup's objects, written and read with the digests of what they hold and of what the store keeps of that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Advance
from kaven_schema.keyring.ring import Key, KeyRing
from kaven_schema.operations.backup.storage import Sink, Source, Store

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFacts:
    """Sizes in bytes and SHA-256 in hex, of the content and of what is stored of it; the same where `key` is empty."""

    size: int
    sha256: str
    stored_size: int
    stored_sha256: str
    key: str = ""


class Digest:
    """Counts and digests what passes."""

    def __init__(self, sink: Sink | None = None) -> None:
        self.size = 0
        self._sha256 = sha256()
        self._sink = sink

    def write(self, data: bytes) -> None:
        self._sha256.update(data)
        self.size += len(data)
        if self._sink is not None:
            self._sink.write(data)

    @property
    def hex(self) -> str:
        return self._sha256.hexdigest()


class Written:
    """An object that is being written; `facts` hold when its block has ended."""

    def __init__(self, stored: Digest, content: Digest, key: str) -> None:
        self._stored = stored
        self._content = content
        self._key = key
        self.write = content.write

    @property
    def size(self) -> int:
        return self._content.size

    @property
    def facts(self) -> ObjectFacts:
        return ObjectFacts(
            size=self._content.size,
            sha256=self._content.hex,
            stored_size=self._stored.size,
            stored_sha256=self._stored.hex,
            key=self._key,
        )


@contextmanager
def writing(store: Store, name: str, key: Key | None) -> Iterator[Written]:
    """A new object, sealed under the key if there is one; it appears when the block ends without an error."""
    with store.writer(name) as sink:
        stored = Digest(sink)
        if key is None:
            yield Written(stored, stored, "")
            return
        from kaven_schema.operations.backup.sealing import sealing

        with sealing(stored, key, name) as sealed:
            yield Written(stored, Digest(sealed), key.id)


class _Digested:
    """A source that digests what it gives."""

    def __init__(self, source: Source) -> None:
        self.digest = Digest()
        self._source = source

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self.digest.write(data)
        return data


@contextmanager
def reading(store: Store, name: str, facts: ObjectFacts, keys: KeyRing | None) -> Iterator[Iterator[bytes]]:
    """The object's content; who takes it to its end knows that it is what was written.

    Raises KavenError `backup_object_corrupt`, `backup_keys_missing`, `backup_key_unknown`, and as the store does.
    """
    with store.reader(name) as source:
        yield _checked(source, name, facts, keys)


def _checked(source: Source, name: str, facts: ObjectFacts, keys: KeyRing | None) -> Iterator[bytes]:
    stored = _Digested(source)
    content = Digest()
    opened: Source = _opened(stored, name, keys) if facts.key else stored
    while data := opened.read(CHUNK):
        content.write(data)
        yield data
    while stored.read(CHUNK):
        pass
    digest = stored.digest
    if digest.size != facts.stored_size:
        raise corrupt(name, f"{digest.size} bytes are stored, {facts.stored_size} were written")
    if digest.hex != facts.stored_sha256:
        raise corrupt(name, "the SHA-256 of what is stored is not that of what was written")
    if facts.key and (content.size, content.hex) != (facts.size, facts.sha256):
        raise corrupt(name, "what it holds is not what the manifest says")


def _opened(stored: Source, name: str, keys: KeyRing | None) -> Source:
    if keys is None:
        raise KavenError(
            "backup_keys_missing",
            f"{name} is encrypted, and no key is set",
            help="set KAVEN_BACKUP_KEYS_FILE to the file of keys that it was encrypted with",
        )
    from kaven_schema.operations.backup.sealing import opening

    return opening(stored, keys.keys, name)


def read_stored(store: Store, name: str, facts: ObjectFacts) -> None:
    """Read all that is stored, without a key. Raises KavenError `backup_object_corrupt`, and as the store does."""
    with store.reader(name) as source:
        stored = _Digested(source)
        while stored.read(CHUNK):
            pass
    if (stored.digest.size, stored.digest.hex) != (facts.stored_size, facts.stored_sha256):
        raise corrupt(name, "what is stored is not what the manifest says")


def advancing(data: Iterator[bytes], advance: Advance) -> Iterator[bytes]:
    for piece in data:
        advance(len(piece))
        yield piece


def corrupt(name: str, problem: str) -> KavenError:
    return KavenError(
        "backup_object_corrupt",
        f"{name} is damaged: {problem}",
        help="see what the store did to it, and which backups are whole: kaven backup verify --all",
        exit_code=ExitCode.PROBLEMS,
    )
