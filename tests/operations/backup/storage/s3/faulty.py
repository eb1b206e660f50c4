"""What the tests of faults share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.storage import Store
from tests.operations.backup.fault_proxy import Fault
from tests.operations.backup.s3_server import BUCKET, S3Server
from tests.operations.backup.storage.transfer import MIB, get, names, pattern, put

DATA = pattern(9 * MIB)
"""Of two parts."""

PART = "PUT .*partNumber=2"
END = "POST .*uploadId="


def some(named: Sequence[tuple[str, Fault]], *quick: str) -> pytest.MarkDecorator:
    """Each fault; those that are not `quick` in the long run only."""
    return pytest.mark.parametrize(
        "fault",
        [
            pytest.param(fault, id=name, marks=() if name in quick else pytest.mark.long)
            for name, fault in named
        ],
    )


def refused(attempt: Callable[[], object]) -> KavenError:
    with pytest.raises(KavenError) as raised:
        attempt()
    assert raised.value.help
    return raised.value


def attempts(store: Store) -> tuple[Callable[[], object], ...]:
    return (
        lambda: put(store, "one/a", b"x"),
        lambda: names(store),
        lambda: get(store, "one/a"),
        lambda: store.remove(["one/a"]),
    )


def uploads(server: S3Server, prefix: str) -> list[tuple[str, str]]:
    """Those that nobody ended: key and id."""
    found = server.client().list_multipart_uploads(Bucket=BUCKET, Prefix=prefix)
    return [(upload["Key"], upload["UploadId"]) for upload in found.get("Uploads", ())]
