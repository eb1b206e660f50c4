"""What every store promises, whatever it is made of."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.storage import Store
from tests.operations.backup.storage.transfer import MIB, get, names, pattern, put

pytestmark = pytest.mark.xdist_group("s3")


class _OwnError(Exception):
    """What the caller's block raises."""


def fail_after(store: Store, data: bytes, *, replace: bool = False) -> None:
    with store.writer("one/a", replace=replace) as sink:
        sink.write(data)
        raise _OwnError


def long(size: int) -> object:
    return pytest.param(size, marks=pytest.mark.long)


@pytest.mark.parametrize(
    "size", [0, long(1), 100_000, long(8 * MIB - 1), long(8 * MIB), 8 * MIB + 1, long(25 * MIB)]
)
def test_what_is_read_is_what_was_written(store: Store, size: int) -> None:
    data = pattern(size)
    put(store, "one/database.dump", data, piece=1_000_003)
    assert get(store, "one/database.dump", piece=777_777) == data
    (found,) = store.names()
    assert (found.name, found.size) == ("one/database.dump", size)
    assert abs(found.modified - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize("size", [10, long(9 * MIB)])
def test_there_is_nothing_until_the_block_ends(store: Store, size: int) -> None:
    with store.writer("one/a") as sink:
        sink.write(pattern(size))
        assert names(store) == []
    assert names(store) == ["one/a"]


@pytest.mark.parametrize("size", [10, long(9 * MIB)])
def test_a_block_that_fails_leaves_nothing(store: Store, size: int) -> None:
    with pytest.raises(_OwnError):
        fail_after(store, pattern(size))
    assert names(store) == []
    put(store, "one/a", b"later")
    assert get(store, "one/a") == b"later"


@pytest.mark.parametrize("size", [10, long(9 * MIB)])
def test_a_name_that_is_taken_stays(store: Store, size: int) -> None:
    put(store, "one/a", b"first")
    with pytest.raises(KavenError) as raised:
        put(store, "one/a", pattern(size))
    assert raised.value.rule == "backup_object_exists"
    assert get(store, "one/a") == b"first"


@pytest.mark.parametrize("size", [10, 9 * MIB])
def test_of_two_writers_one_wins(store: Store, size: int) -> None:
    """Both are at work before either has ended."""

    def late() -> None:
        with store.writer("one/a") as sink:
            sink.write(pattern(size, seed=1))
            put(store, "one/a", pattern(size, seed=2))

    with pytest.raises(KavenError) as raised:
        late()
    assert raised.value.rule == "backup_object_exists"
    assert get(store, "one/a") == pattern(size, seed=2)


@pytest.mark.parametrize("size", [10, long(9 * MIB)])
def test_replaced_as_a_whole(store: Store, size: int) -> None:
    put(store, "one/a", b"first")
    with store.writer("one/a", replace=True) as sink:
        sink.write(pattern(size))
        assert get(store, "one/a") == b"first"
    assert get(store, "one/a") == pattern(size)
    with pytest.raises(_OwnError):
        fail_after(store, b"half", replace=True)
    assert get(store, "one/a") == pattern(size)


@pytest.mark.long
def test_many_writers_at_once(store: Store) -> None:
    threads = [
        threading.Thread(target=put, args=(store, f"run-{number}/a", pattern(9 * MIB, seed=number)))
        for number in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(3):
        assert get(store, f"run-{number}/a") == pattern(9 * MIB, seed=number)


def test_names_are_ordered_and_have_a_prefix(store: Store) -> None:
    for name in ("b/two", "a.b/c", "a/one", "b/three", "a-b", "b2/x"):
        put(store, name, b"x")
    assert names(store) == ["a-b", "a.b/c", "a/one", "b/three", "b/two", "b2/x"]
    assert names(store, "b") == ["b/three", "b/two", "b2/x"]
    assert names(store, "b/") == ["b/three", "b/two"]
    assert names(store, "b/th") == ["b/three"]
    assert names(store, "none") == []


def test_removed(store: Store) -> None:
    for name in ("one/a", "one/b", "two/a"):
        put(store, name, b"x")
    store.remove(["one/a", "never/was", "one/b"])
    store.remove([])
    assert names(store) == ["two/a"]
    with pytest.raises(KavenError) as raised:
        get(store, "one/a")
    assert raised.value.rule == "backup_object_missing"


def test_an_empty_store(store: Store) -> None:
    assert names(store) == []
    store.sweep()
    store.remove(["one/a"])
    with pytest.raises(KavenError) as raised:
        get(store, "one/a")
    assert raised.value.rule == "backup_object_missing"


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "../a", "a/../b", ".hidden", "a//b", "a b", "a\n", "a/.tmp"]
)
def test_names_lead_nowhere_else(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="no name"), store.writer(name):
        pass
    with pytest.raises(ValueError, match="no name"), store.reader(name):
        pass
    with pytest.raises(ValueError, match="no name"):
        store.remove([name])
