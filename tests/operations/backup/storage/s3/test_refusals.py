"""What a store refuses, and why it can not be reached."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from kaven_schema.operations.backup.storage import Store, open_store
from tests.operations.backup.fault_proxy import (
    ALWAYS,
    FaultProxy,
    Refuse,
)
from tests.operations.backup.s3_server import S3Server
from tests.operations.backup.storage.s3.faulty import DATA, END, PART, attempts, refused
from tests.operations.backup.storage.transfer import names, put

pytestmark = pytest.mark.xdist_group("s3")


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
        pytest.param(END, id="end", marks=pytest.mark.long),
    ],
)
def test_refused(through: Store, proxy: FaultProxy, fault: Refuse, slug: str, moment: str) -> None:
    proxy.fail(moment, fault, times=1 if moment == "GET " else ALWAYS)
    assert refused(lambda: put(through, "one/a", DATA)).rule == slug
    assert names(through) == []


def test_a_clock_that_is_wrong_shows_also_where_the_answer_has_no_reason(
    through: Store, proxy: FaultProxy
) -> None:
    then = format_datetime(datetime.now(UTC) - timedelta(hours=2), usegmt=True)
    proxy.fail("HEAD ", Refuse(403, "", then), times=ALWAYS)
    assert refused(lambda: put(through, "one/a", DATA)).rule == "backup_clock_skewed"


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
    assert refused(lambda: names(open_store(s3.location(), {}))).rule == "backup_store_denied"
    assert (
        refused(lambda: names(open_store(s3.location(), {"AWS_PROFILE": "nobody"}))).rule
        == "backup_store_denied"
    )


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
