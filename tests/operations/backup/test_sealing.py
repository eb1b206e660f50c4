from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.keyring.keys import new_key
from kaven_schema.keyring.ring import Key
from kaven_schema.operations.backup.sealing import (
    CHUNK_BYTES,
    MAGIC,
    TAG_BYTES,
    backup_keys,
    is_sealed,
    opening,
    sealing,
)

KEY = Key("2026-11", bytes(range(64)))
OLD = Key("2025-01", bytes(range(100, 164)))
NAME = "20261122T030000Z-1f/database.dump"
HEADER_BYTES = len(MAGIC) + 2 + len(KEY.id) + 32 + 32 + 8


class _Sink(BytesIO):
    """Collects."""

    def write(self, data: bytes, /) -> None:  # type: ignore[override]
        super().write(data)


class _Trickle:
    """A source that gives little at a time, as a network does."""

    def __init__(self, data: bytes, most: int) -> None:
        self._data = BytesIO(data)
        self._most = most

    def read(self, size: int, /) -> bytes:
        return self._data.read(min(size, self._most))


def seal(data: bytes, *, key: Key = KEY, name: str = NAME, piece: int = 1 << 20) -> bytes:
    sink = _Sink()
    with sealing(sink, key, name) as sealed:
        for start in range(0, len(data), piece):
            sealed.write(data[start : start + piece])
    return sink.getvalue()


def unseal(data: bytes, *, keys: Sequence[Key] = (KEY, OLD), name: str = NAME, most: int = 1 << 20) -> bytes:
    source = opening(_Trickle(data, most), keys, name)
    return b"".join(iter(lambda: source.read(100_000), b""))


def refused(data: bytes, *, keys: Sequence[Key] = (KEY, OLD), name: str = NAME) -> KavenError:
    with pytest.raises(KavenError) as raised:
        unseal(data, keys=keys, name=name)
    assert raised.value.help
    return raised.value


def is_corrupt(data: bytes, *, name: str = NAME) -> None:
    error = refused(data, name=name)
    assert error.rule == "backup_object_corrupt"
    assert error.exit_code is ExitCode.PROBLEMS
    assert name in error.message


def flipped(data: bytes, at: int, bit: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


SIZES = (0, 1, 15, 16, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 17)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [65_536, 3 << 20])
def test_what_is_opened_is_what_was_sealed(size: int, piece: int) -> None:
    data = os.urandom(size)
    sealed = seal(data, piece=piece)
    chunks = max(1, -(-size // CHUNK_BYTES))
    assert len(sealed) == HEADER_BYTES + size + chunks * TAG_BYTES
    assert unseal(sealed) == data
    assert unseal(sealed, most=70_001) == data


def test_nothing_of_it_shows() -> None:
    assert b"plain text" not in seal(b"plain text" * 1000)
    assert seal(b"same") != seal(b"same")
    assert KEY.material not in seal(b"")


def test_a_sealed_object_is_known_by_its_beginning() -> None:
    assert is_sealed(seal(b"x"))
    assert is_sealed(seal(b"x")[:13])
    assert not is_sealed(b"PGDMP")
    assert not is_sealed(b"")


@pytest.mark.parametrize("bit", range(8))
def test_every_bit_of_the_header_counts(bit: int) -> None:
    """Damage never looks like a key that is not there: nobody is to search for one that never was."""
    sealed = seal(b"some content")
    for at in range(HEADER_BYTES):
        is_corrupt(flipped(sealed, at, bit))


def test_every_byte_of_a_short_object_counts() -> None:
    sealed = seal(b"some content")
    for at in range(len(sealed)):
        is_corrupt(flipped(sealed, at))


CHUNK = CHUNK_BYTES + TAG_BYTES
LONG = 2 * CHUNK_BYTES + 1000
PLACES = sorted(
    {
        HEADER_BYTES + number * CHUNK + within
        for number in range(3)
        for within in (0, 1, 999, CHUNK_BYTES // 2, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK - 1)
        if HEADER_BYTES + number * CHUNK + within < HEADER_BYTES + LONG + 3 * TAG_BYTES
    }
    | {HEADER_BYTES + LONG + 3 * TAG_BYTES - 1, HEADER_BYTES + LONG + 2 * TAG_BYTES}
)


@pytest.fixture(scope="module")
def long_object() -> bytes:
    sealed = seal(bytes(LONG))
    assert len(sealed) == HEADER_BYTES + LONG + 3 * TAG_BYTES
    return sealed


@pytest.mark.parametrize("at", PLACES)
def test_bodies_tags_and_boundaries_count(long_object: bytes, at: int) -> None:
    is_corrupt(flipped(long_object, at))


@pytest.mark.parametrize(
    "length",
    [
        0,
        1,
        len(MAGIC),
        HEADER_BYTES - 1,
        HEADER_BYTES,
        HEADER_BYTES + 15,
        *(HEADER_BYTES + CHUNK + over for over in (-TAG_BYTES, -1, 0, 1, TAG_BYTES)),
        *(HEADER_BYTES + 2 * CHUNK + over for over in (-TAG_BYTES, -1, 0, 1, TAG_BYTES)),
        HEADER_BYTES + LONG + 3 * TAG_BYTES - 1,
    ],
)
def test_cut_off(long_object: bytes, length: int) -> None:
    is_corrupt(long_object[:length])


def test_every_length_of_a_short_object() -> None:
    sealed = seal(b"some content")
    for length in range(len(sealed)):
        is_corrupt(sealed[:length])


def chunks_of(sealed: bytes) -> tuple[bytes, list[bytes]]:
    body = sealed[HEADER_BYTES:]
    return sealed[:HEADER_BYTES], [body[start : start + CHUNK] for start in range(0, len(body), CHUNK)]


def test_chunks_cannot_be_moved(long_object: bytes) -> None:
    header, (one, two, three) = chunks_of(long_object)
    for others in (
        (two, one, three),
        (one, three),
        (two, three),
        (one, one, two, three),
        (three,),
        (one, two),
    ):
        is_corrupt(header + b"".join(others))
    is_corrupt(long_object + b"\0")
    is_corrupt(long_object + three)
    is_corrupt(long_object + long_object)


def test_chunks_of_another_object_do_not_fit() -> None:
    header, (one, two) = chunks_of(seal(bytes(CHUNK_BYTES + 5)))
    other_header, (other_one, other_two) = chunks_of(seal(bytes(CHUNK_BYTES + 5)))
    is_corrupt(header + one + other_two)
    is_corrupt(header + other_one + two)
    is_corrupt(other_header + one + two)


def test_an_object_cannot_be_moved_to_another_name() -> None:
    sealed = seal(b"content")
    is_corrupt(sealed, name="20261123T030000Z-1f/database.dump")
    assert unseal(sealed) == b"content"


def test_an_empty_chunk_at_the_end_is_no_end() -> None:
    """There is one way to write an object: else an object that ends in nothing could be made of its first part."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from kaven_schema.operations.backup import sealing as module

    header, (one,) = chunks_of(seal(bytes(CHUNK_BYTES)))
    salt = header[len(MAGIC) + 2 + len(KEY.id) :][:32]
    cipher, _ = module._derive(KEY, salt)
    assert isinstance(cipher, AESGCM)
    associated = header + NAME.encode()
    first = cipher.encrypt(module._nonce(0, last=False), bytes(CHUNK_BYTES), associated)
    empty = cipher.encrypt(module._nonce(1, last=True), b"", associated)
    assert len(first) == len(one)
    is_corrupt(header + first + empty)


@given(st.binary(min_size=0, max_size=300), st.data())
def test_whatever_is_changed_is_seen(content: bytes, data: st.DataObject) -> None:
    sealed = seal(content)
    start = data.draw(st.integers(0, len(sealed)))
    end = data.draw(st.integers(start, len(sealed)))
    changed = sealed[:start] + data.draw(st.binary(max_size=40)) + sealed[end:]
    if changed != sealed:
        is_corrupt(changed)


def test_a_key_that_is_not_there() -> None:
    error = refused(seal(b"x"), keys=[OLD])
    assert error.rule == "backup_key_unknown"
    assert KEY.id in error.message
    assert "KAVEN_BACKUP_KEYS_FILE" in error.help


def test_another_key_of_the_same_name() -> None:
    error = refused(seal(b"x"), keys=[Key(KEY.id, OLD.material)])
    assert error.rule == "backup_key_unknown"


def test_old_keys_still_open() -> None:
    assert unseal(seal(b"x", key=OLD)) == b"x"


def test_nothing_is_given_out_that_is_not_authentic(long_object: bytes) -> None:
    broken = flipped(long_object, HEADER_BYTES + CHUNK + 5)
    source = opening(_Trickle(broken, 1 << 20), [KEY], NAME)
    given_out = bytearray()

    def read() -> None:
        while data := source.read(100_000):
            given_out.extend(data)

    with pytest.raises(KavenError):
        read()
    assert given_out == bytes(CHUNK_BYTES)


def test_a_block_that_fails_writes_no_end() -> None:
    sink = _Sink()

    def fail() -> None:
        with sealing(sink, KEY, NAME) as sealed:
            sealed.write(b"half")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail()
    is_corrupt(sink.getvalue())


def test_the_format_stays_readable() -> None:
    """Sealed by the first version: a backup must open years later."""
    sealed = (Path(__file__).parent / "sealed-1.bin").read_bytes()
    assert unseal(sealed) == b"kaven\n" * 10


def test_keys_come_from_the_environment(tmp_path: Path) -> None:
    assert backup_keys({}) is None
    assert backup_keys({"KAVEN_BACKUP_KEYS": "", "KAVEN_SECRET_KEYS": new_key("other")}) is None
    ring = backup_keys({"KAVEN_BACKUP_KEYS": f"{new_key('new')} {new_key('old')}"})
    assert ring is not None
    assert [key.id for key in ring.keys] == ["new", "old"]
    file = tmp_path / "keys"
    file.write_text(new_key("filed") + "\n", encoding="ascii")
    file.chmod(0o600)
    ring = backup_keys({"KAVEN_BACKUP_KEYS_FILE": str(file)})
    assert ring is not None
    assert ring.current.id == "filed"


@pytest.mark.parametrize(
    ("environment", "slug"),
    [
        ({"KAVEN_BACKUP_KEYS": "a:b", "KAVEN_BACKUP_KEYS_FILE": "/x"}, "backup_keys_ambiguous"),
        ({"KAVEN_BACKUP_KEYS_FILE": "/no/such/file"}, "backup_keys_unreadable"),
        ({"KAVEN_BACKUP_KEYS": "a:not-a-key"}, "secret_keys_invalid"),
    ],
)
def test_keys_that_cannot_be_used(environment: dict[str, str], slug: str) -> None:
    with pytest.raises(KavenError) as raised:
        backup_keys(environment)
    assert raised.value.rule == slug
