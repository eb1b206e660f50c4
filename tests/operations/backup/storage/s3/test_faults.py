"""Uploads through what networks and servers do to them: by a proxy in front of a real server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.storage import Store, open_store
from kaven_schema.operations.backup.storage.s3 import upload
from tests.operations.backup.fault_proxy import (
    ALWAYS,
    Cut,
    CutAnswer,
    Fault,
    FaultProxy,
    LoseAnswer,
    Refuse,
    Stall,
)
from tests.operations.backup.s3_server import S3Server
from tests.operations.backup.storage.s3.faulty import DATA, END, PART, refused, some, uploads
from tests.operations.backup.storage.transfer import MIB, get, names, pattern, put

pytestmark = pytest.mark.xdist_group("s3")


FAULTS: tuple[tuple[str, Fault], ...] = (
    ("cut at once", Cut(0)),
    ("cut in the middle", Cut(MIB // 2)),
    ("answer lost", LoseAnswer()),
    ("no answer", Stall(3)),
    ("503", Refuse(503, "SlowDown")),
    ("500", Refuse(500, "InternalError")),
)


@some(FAULTS, "cut in the middle", "503")
def test_once_is_tried_again(through: Store, proxy: FaultProxy, fault: Fault) -> None:
    proxy.fail(PART, fault)
    put(through, "one/a", DATA)
    assert proxy.count(PART) == 2
    assert get(through, "one/a") == DATA


@some(FAULTS, "cut in the middle")
def test_always_is_a_failure_without_a_trace(
    through: Store, proxy: FaultProxy, s3: S3Server, fault: Fault
) -> None:
    proxy.fail(PART, fault, times=ALWAYS)
    assert refused(lambda: put(through, "one/a", DATA)).rule == "backup_store_unreachable"
    assert proxy.count(PART) == 2
    assert names(through) == []


@some((("cut", Cut(MIB // 2)), ("503", Refuse(503, "SlowDown"))), "cut")
def test_a_failure_leaves_no_parts(
    multipart_through: Store, multipart_proxy: FaultProxy, multipart_s3: S3Server, prefix: str, fault: Fault
) -> None:
    multipart_proxy.fail(PART, fault, times=ALWAYS)
    assert refused(lambda: put(multipart_through, "one/a", DATA)).rule == "backup_store_unreachable"
    assert names(multipart_through) == []
    assert uploads(multipart_s3, prefix) == []


@pytest.mark.parametrize(
    ("request_line", "size"),
    [(END, 9 * MIB), ("PUT ", 10)],
    ids=["parts", "one piece"],
)
def test_the_last_answer_lost(
    multipart_through: Store, multipart_proxy: FaultProxy, request_line: str, size: int
) -> None:
    """Asked again, the server says that the name is taken, or the upload gone: by our own object."""
    multipart_proxy.fail(request_line, LoseAnswer())
    put(multipart_through, "one/a", pattern(size))
    assert multipart_proxy.count(request_line) == 2
    assert get(multipart_through, "one/a") == pattern(size)


@pytest.mark.parametrize("status", [409, 412])
def test_the_name_was_taken_at_the_last_moment(
    multipart_through: Store, multipart_proxy: FaultProxy, multipart_s3: S3Server, prefix: str, status: int
) -> None:
    """As a server says that judges conditions, also at the end of an upload in parts."""
    codes = {409: "ConditionalRequestConflict", 412: "PreconditionFailed"}
    multipart_proxy.fail(END, Refuse(status, codes[status]))
    assert refused(lambda: put(multipart_through, "one/a", DATA)).rule == "backup_object_exists"
    assert uploads(multipart_s3, prefix) == []


@pytest.mark.long
def test_a_server_that_knows_no_conditions(through: Store, proxy: FaultProxy) -> None:
    proxy.fail(END, Refuse(501, "NotImplemented"))
    put(through, "one/a", DATA)
    assert get(through, "one/a") == DATA


@pytest.mark.long
def test_success_that_is_none(through: Store, proxy: FaultProxy) -> None:
    """S3 sends 200 first, and the failure in the body."""
    proxy.fail(END, Refuse(200, "InternalError"))
    put(through, "one/a", DATA)
    proxy.fail(END, Refuse(200, "InternalError"), times=ALWAYS)
    assert refused(lambda: put(through, "two/a", DATA)).rule == "backup_store_unreachable"
    assert names(through) == ["one/a"]


def test_an_object_that_is_too_large(
    multipart_s3: S3Server, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if parts were counted to one: 10,000 of them would take 203 GiB."""
    monkeypatch.setattr(upload, "MOST_PARTS", 1)
    store = open_store(multipart_s3.location(prefix), multipart_s3.environment)
    put(store, "one/a", pattern(8 * MIB))
    assert refused(lambda: put(store, "one/b", DATA)).rule == "backup_object_too_large"
    assert names(store) == ["one/a"]
    assert uploads(multipart_s3, prefix) == []


BAD_WEATHER = (
    Cut(0),
    Cut(3_000_000),
    CutAnswer(0),
    CutAnswer(3_000_000),
    LoseAnswer(),
    Refuse(503, "SlowDown"),
    Refuse(500, "InternalError"),
)


def outcome(action: Callable[[], object]) -> str:
    """The error's rule; empty where there was none."""
    try:
        action()
    except KavenError as error:
        return error.rule
    return ""


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("rate", "tries"), [(0.2, "4"), (0.5, "2")])
def test_whatever_happens_it_is_whole_or_not_there(
    multipart_s3: S3Server, multipart_proxy: FaultProxy, prefix: str, seed: int, rate: float, tries: str
) -> None:
    data = pattern(33 * MIB)
    environment = {**multipart_s3.environment, "AWS_MAX_ATTEMPTS": tries}
    through = open_store(multipart_s3.location(prefix, port=multipart_proxy.port), environment)
    straight = open_store(multipart_s3.location(prefix), environment)
    multipart_proxy.fail_at_random(seed, rate, BAD_WEATHER)
    written = outcome(lambda: put(through, "one/a", data))
    assert written in ("", "backup_store_unreachable")
    if not written:
        assert names(straight) == ["one/a"]
    if names(straight):
        assert get(straight, "one/a") == data
        got: list[bytes] = []
        assert outcome(lambda: got.append(get(through, "one/a"))) in ("", "backup_store_unreachable")
        assert got in ([], [data])
