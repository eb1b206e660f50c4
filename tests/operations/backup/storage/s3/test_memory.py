"""An upload takes as much memory at its end as at its beginning."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys

import pytest

from tests.operations.backup.s3_server import S3Server
from tests.running import command, environment

pytestmark = pytest.mark.xdist_group("s3")

_MEBIBYTES = """
import sys
from pathlib import Path
from kaven_schema.keyring.ring import Key
from kaven_schema.operations.backup.sealing import opening, sealing
from kaven_schema.operations.backup.storage import open_store
from kaven_schema.operations.backup.storage.s3 import parts

parts._STEPS = ((10, 8 << 20), (20, 16 << 20), (10_000, 24 << 20))  # as if it were many gigabytes
key, piece = Key("a", bytes(64)), bytes(range(256)) * 4096
store = open_store(sys.argv[1])
with store.writer("one/a") as sink, sealing(sink, key, "one/a") as sealed:
    for _ in range(600):
        sealed.write(piece)
with store.reader("one/a") as source:
    opened = opening(source, [key], "one/a")
    while opened.read(1 << 20):
        pass
store.remove(["one/a"])
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc: run it on Linux")
def test_memory_is_flat(s3: S3Server) -> None:
    done = subprocess.run(
        command("-c", _MEBIBYTES, s3.location(secrets.token_hex(8))),
        env={**os.environ, **environment(), **s3.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 150 * 1024
