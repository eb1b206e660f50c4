"""Uploads that nobody ends."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest

from kaven_schema.operations.backup.storage.location import parse_location
from kaven_schema.operations.backup.storage.s3 import S3Store
from tests.operations.backup.fault_proxy import ALWAYS, FaultProxy, Refuse
from tests.operations.backup.s3_server import BUCKET, S3Server
from tests.operations.backup.storage.s3.faulty import uploads
from tests.operations.backup.storage.transfer import MIB, get, names, pattern
from tests.running import command, environment

pytestmark = pytest.mark.xdist_group("s3")

_WRITER = """
import sys
from kaven_schema.operations.backup.storage import open_store
with open_store(sys.argv[1]).writer("one/a") as sink:
    sink.write(bytes(25 << 20))
    print("half", flush=True)
    sys.stdin.read()
"""


def open_s3(server: S3Server, prefix: str, port: int = 0) -> S3Store:
    location = parse_location(server.location(prefix, port=port))
    assert not hasattr(location, "parent")
    return S3Store(location, server.environment)


def parts(server: S3Server, prefix: str) -> int:
    """How many have arrived."""
    ((key, upload),) = uploads(server, prefix)
    return len(server.client().list_parts(Bucket=BUCKET, Key=key, UploadId=upload).get("Parts", ()))


def test_an_upload_that_was_killed_is_swept_away_a_day_later(multipart_s3: S3Server, prefix: str) -> None:
    with subprocess.Popen(
        command("-c", _WRITER, multipart_s3.location(prefix)),
        env={**environment(), **multipart_s3.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        while not parts(multipart_s3, prefix):
            time.sleep(0.02)
        process.kill()
    store = open_s3(multipart_s3, prefix)
    assert names(store) == []
    store.sweep()
    assert len(uploads(multipart_s3, prefix)) == 1, "another machine may still be at it"
    store.sweep(datetime.now(UTC) + timedelta(hours=25))
    assert uploads(multipart_s3, prefix) == []


def test_an_upload_that_goes_on_stays(multipart_s3: S3Server, prefix: str) -> None:
    """moto says of every upload that it began in 2010: what counts is when a part came last."""
    store = open_s3(multipart_s3, prefix)
    with store.writer("one/a") as sink:
        sink.write(pattern(9 * MIB))
        while not parts(multipart_s3, prefix):
            time.sleep(0.02)
        store.sweep()
        sink.write(b"more")
    assert get(store, "one/a") == pattern(9 * MIB) + b"more"


def test_what_is_not_ours_stays(multipart_s3: S3Server, prefix: str) -> None:
    client = multipart_s3.client()
    for key in (f"{prefix}/an odd name", f"{prefix}-other/one/a", f"{prefix}/one/b"):
        client.create_multipart_upload(Bucket=BUCKET, Key=key)
    open_s3(multipart_s3, prefix).sweep(datetime.now(UTC) + timedelta(days=2))
    assert len(uploads(multipart_s3, prefix)) == 2


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_that_lists_no_uploads(
    multipart_s3: S3Server, multipart_proxy: FaultProxy, prefix: str, status: int
) -> None:
    code = {405: "MethodNotAllowed", 501: "NotImplemented"}[status]
    multipart_proxy.fail("GET .*uploads", Refuse(status, code), times=ALWAYS)
    open_s3(multipart_s3, prefix, multipart_proxy.port).sweep()
    assert multipart_proxy.count("GET .*uploads") >= 1
