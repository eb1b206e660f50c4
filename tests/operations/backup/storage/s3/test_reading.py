"""Downloads through what networks do to them."""

from __future__ import annotations

import pytest

from kaven_schema.keyring.ring import Key
from kaven_schema.operations.backup.sealing import opening, sealing
from kaven_schema.operations.backup.storage import Store
from tests.operations.backup.fault_proxy import (
    ALWAYS,
    CutAnswer,
    Fault,
    FaultProxy,
    Refuse,
    Replace,
    Stall,
)
from tests.operations.backup.storage.s3.faulty import DATA, refused, some
from tests.operations.backup.storage.transfer import MIB, get, pattern, put

pytestmark = pytest.mark.xdist_group("s3")


READS: tuple[tuple[str, Fault], ...] = (
    ("cut at once", CutAnswer(0)),
    ("cut in the middle", CutAnswer(5 * MIB)),
    ("no answer", Stall(3)),
    ("503", Refuse(503, "SlowDown")),
)


@some(READS, "cut in the middle")
def test_reading_goes_on_where_it_was_cut(through: Store, proxy: FaultProxy, fault: Fault) -> None:
    put(through, "one/a", DATA)
    proxy.fail("GET .*one/a", fault, times=1)
    assert get(through, "one/a") == DATA
    assert proxy.count("GET .*one/a") == 2


@pytest.mark.long
def test_reading_that_is_always_cut_is_never_short(through: Store, proxy: FaultProxy) -> None:
    put(through, "one/a", DATA)
    proxy.fail("GET .*one/a", CutAnswer(3 * MIB))
    proxy.fail("GET .*one/a", CutAnswer(0), times=ALWAYS)
    assert refused(lambda: get(through, "one/a")).rule == "backup_store_unreachable"


@pytest.mark.long
def test_an_object_that_changes_while_it_is_read(through: Store, proxy: FaultProxy) -> None:
    put(through, "one/a", DATA)
    proxy.fail("GET .*one/a", CutAnswer(5 * MIB))

    def late() -> None:
        with through.reader("one/a") as source:
            assert source.read(1000) == DATA[:1000]
            put(through, "one/a", DATA[::-1], replace=True)
            while source.read(MIB):
                pass

    assert refused(late).rule == "backup_object_changed"


def test_a_sealed_object_that_arrives_as_another(through: Store, proxy: FaultProxy) -> None:
    key = Key("a", bytes(64))
    with through.writer("one/a") as sink, sealing(sink, key, "one/a") as sealed:
        sealed.write(pattern(100_000))
    proxy.fail("GET .*one/a", Replace(99_000))

    def read() -> None:
        with through.reader("one/a") as source:
            while opening(source, [key], "one/a").read(MIB):
                pass

    assert refused(read).rule == "backup_object_corrupt"


def test_an_object_that_is_not_as_its_checksum_says(
    multipart_through: Store, multipart_proxy: FaultProxy
) -> None:
    """boto3 sends one along and S3 keeps it, for what goes in one piece."""
    put(multipart_through, "one/a", pattern(1000))
    assert get(multipart_through, "one/a") == pattern(1000)
    multipart_proxy.fail("GET .*one/a", Replace(990))
    assert refused(lambda: get(multipart_through, "one/a")).rule == "backup_object_changed"
