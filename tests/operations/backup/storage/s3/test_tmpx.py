"""What networks and servers do in the middle of a transfer: by a proxy in front of a real server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.keyring.ring import Key
from kaven_schema.operations.backup.sealing import opening, sealing
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
    Replace,
    Stall,
)
from tests.operations.backup.s3_server import BUCKET, S3Server
from tests.operations.backup.storage.transfer import MIB, get, names, pattern, put

pytestmark = pytest.mark.xdist_group("s3")

DATA = pattern(9 * MIB)
PART = "PUT .*partNumber=2"


@pytest.fixture
def prefix() -> str:
    return secrets.token_hex(8)


@pytest.fixture
def through(s3: S3Server, proxy: FaultProxy, prefix: str) -> Store:
    """s3rver, behind the proxy; it tries twice."""
    return _store(s3, proxy, prefix, timeout="2")


@pytest.fixture
def multipart_through(multipart_s3: S3Server, multipart_proxy: FaultProxy, prefix: str) -> Store:
    """moto, behind the proxy; it tries twice."""
    return _store(multipart_s3, multipart_proxy, prefix)


def _store(server: S3Server, proxy: FaultProxy, prefix: str, **options: str) -> Store:
    location = server.location(prefix, port=proxy.port, **options)
    return open_store(location, {**server.environment, "AWS_MAX_ATTEMPTS": "2"})


def fails(store: Store, data: bytes = DATA) -> KavenError:
    """What an upload raises."""
    with pytest.raises(KavenError) as raised:
        put(store, "one/a", data)
    error = raised.value
    assert error.exit_code is ExitCode.ENVIRONMENT
    assert error.help
    return error


FAULTS: tuple[tuple[str, Fault], ...] = (
    ("cut at once", Cut(0)),
    ("cut in the middle", Cut(MIB // 2)),
    ("answer lost", LoseAnswer()),
    ("no answer", Stall(3)),
    ("503", Refuse(503, "SlowDown")),
    ("500", Refuse(500, "InternalError")),
)


def some(named: Sequence[tuple[str, Fault]], *quick: str) -> pytest.MarkDecorator:
    """Each fault; those that are not `quick` in the long run only."""
    return pytest.mark.parametrize(
        "fault",
        [
            pytest.param(fault, id=name, marks=() if name in quick else pytest.mark.long)
            for name, fault in named
        ],
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
    assert fails(through).rule == "backup_store_unreachable"
    assert proxy.count(PART) == 2
    assert names(through) == []


@some((("cut", Cut(MIB // 2)), ("503", Refuse(503, "SlowDown"))), "cut")
def test_a_failure_leaves_no_parts(
    multipart_through: Store, multipart_proxy: FaultProxy, multipart_s3: S3Server, prefix: str, fault: Fault
) -> None:
    multipart_proxy.fail(PART, fault, times=ALWAYS)
    assert fails(multipart_through).rule == "backup_store_unreachable"
    assert names(multipart_through) == []
    assert uploads(multipart_s3, prefix) == []


def uploads(server: S3Server, prefix: str) -> list[str]:
    found = server.client().list_multipart_uploads(Bucket=BUCKET, Prefix=prefix)
    return [upload["Key"] for upload in found.get("Uploads", ())]


@pytest.mark.parametrize(
    ("request_line", "size"),
    [("POST .*uploadId=", 9 * MIB), ("PUT ", 10)],
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
    multipart_proxy.fail("POST .*uploadId=", Refuse(status, codes[status]))
    assert fails(multipart_through).rule == "backup_object_exists"
    assert uploads(multipart_s3, prefix) == []


@pytest.mark.long
def test_a_server_that_knows_no_conditions(through: Store, proxy: FaultProxy) -> None:
    proxy.fail("POST .*uploadId=", Refuse(501, "NotImplemented"))
    put(through, "one/a", DATA)
    assert get(through, "one/a") == DATA


@pytest.mark.long
def test_success_that_is_none(through: Store, proxy: FaultProxy) -> None:
    """S3 sends 200 first, and the failure in the body."""
    proxy.fail("POST .*uploadId=", Refuse(200, "InternalError"))
    put(through, "one/a", DATA)
    proxy.fail("POST .*uploadId=", Refuse(200, "InternalError"), times=ALWAYS)
    with pytest.raises(KavenError) as raised:
        put(through, "two/a", DATA)
    assert raised.value.rule == "backup_store_unreachable"
    assert names(through) == ["one/a"]


REFUSALS = (
    (Refuse(403, "RequestTimeTooSkewed"), "backup_clock_skewed"),
    (Refuse(403, "AccessDenied"), "backup_store_denied"),
    (Refuse(400, "ExpiredToken"), "backup_store_denied"),
    (Refuse(403, "QuotaExceeded"), "backup_store_full"),
    (Refuse(507, "XMinioStorageFull"), "backup_store_full"),
    (Refuse(404, "NoSuchBucket"), "backup_store_missing"),
    (Refuse(400, "SomethingElse"), "backup_store_failed"),
    (Refuse(400, "AuthorizationHeaderMalformed"), "backup_store_failed"),
    (Refuse(400, "BadDigest"), "backup_store_failed"),
)


@pytest.mark.parametrize(("fault", "slug"), REFUSALS, ids=[fault.code for fault, _ in REFUSALS])
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("GET ", id="before"),
        pytest.param(PART, id="part", marks=pytest.mark.long),
        pytest.param("POST .*uploadId=", id="end", marks=pytest.mark.long),
    ],
)
def test_refused(through: Store, proxy: FaultProxy, fault: Refuse, slug: str, moment: str) -> None:
    proxy.fail(moment, fault, times=1 if moment == "GET " else ALWAYS)
    assert fails(through).rule == slug
    assert names(through) == []


def test_a_clock_that_is_wrong_shows_also_where_the_answer_has_no_reason(
    through: Store, proxy: FaultProxy
) -> None:
    then = format_datetime(datetime.now(UTC) - timedelta(hours=2), usegmt=True)
    proxy.fail("HEAD ", Refuse(403, "", then), times=ALWAYS)
    assert fails(through).rule == "backup_clock_skewed"


def refused(attempt: Callable[[], object]) -> KavenError:
    with pytest.raises(KavenError) as raised:
        attempt()
    return raised.value


def attempts(store: Store) -> tuple[Callable[[], object], ...]:
    return (
        lambda: put(store, "one/a", b"x"),
        lambda: names(store),
        lambda: get(store, "one/a"),
        lambda: store.remove(["one/a"]),
    )


def test_wrong_credentials(multipart_s3: S3Server, prefix: str) -> None:
    secret = "not-this-one"
    for wrong in ({"AWS_SECRET_ACCESS_KEY": secret}, {"AWS_ACCESS_KEY_ID": "nobody"}):
        store = open_store(multipart_s3.location(prefix), {**multipart_s3.environment, **wrong})
        for attempt in (*attempts(store), store.sweep):
            error = refused(attempt)
            assert error.rule == "backup_store_denied"
            for told in (error.message, error.help):
                assert secret not in told
                assert multipart_s3.environment["AWS_SECRET_ACCESS_KEY"] not in told


def test_no_credentials(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(KavenError) as raised:
        names(open_store(s3.location(), {}))
    assert raised.value.rule == "backup_store_denied"
    with pytest.raises(KavenError) as raised:
        names(open_store(s3.location(), {"AWS_PROFILE": "nobody"}))
    assert raised.value.rule == "backup_store_denied"


def test_half_of_the_credentials(s3: S3Server) -> None:
    store = open_store(s3.location(), {"AWS_ACCESS_KEY_ID": "S3RVER"})
    assert refused(lambda: names(store)).rule == "backup_store_denied"


@pytest.mark.parametrize("option", ["region=no region", "endpoint=http://_:9000"])
def test_what_boto3_does_not_take(s3: S3Server, option: str) -> None:
    store = open_store(f"{s3.location()}&{option}", s3.environment)
    assert refused(lambda: names(store)).rule == "backup_location_invalid"


def test_a_bucket_that_is_gone(s3: S3Server) -> None:
    store = open_store(s3.location(bucket="gone-for-good"), s3.environment)
    for attempt in attempts(store):
        error = refused(attempt)
        assert error.rule == "backup_store_missing"
        assert "aws s3 mb s3://gone-for-good" in error.help


def test_a_bucket_that_goes(s3: S3Server) -> None:
    bucket = f"short-lived-{secrets.token_hex(4)}"
    s3.client().create_bucket(Bucket=bucket)
    store = open_store(s3.location(bucket=bucket), s3.environment)

    def late() -> None:
        with store.writer("one/a") as sink:
            sink.write(DATA)
            s3.client().delete_bucket(Bucket=bucket)
            sink.write(DATA)

    assert refused(late).rule == "backup_store_missing"


def test_nobody_listens(s3: S3Server) -> None:
    store = open_store(s3.location(port=1), {**s3.environment, "AWS_MAX_ATTEMPTS": "2"})
    for attempt in attempts(store):
        assert refused(attempt).rule == "backup_store_unreachable"


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
    with pytest.raises(KavenError) as raised:
        get(through, "one/a")
    assert raised.value.rule == "backup_store_unreachable"


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
    print("OUT", rate, written)
    assert written in ("", "backup_store_unreachable")
    if not written:
        assert names(straight) == ["one/a"]
    if names(straight):
        assert get(straight, "one/a") == data
        got: list[bytes] = []
        assert outcome(lambda: got.append(get(through, "one/a"))) in ("", "backup_store_unreachable")
        assert got in ([], [data])
