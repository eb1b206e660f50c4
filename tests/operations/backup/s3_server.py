"""Servers that speak S3, on this machine.

s3rver streams what it gets to a folder. It knows neither conditions nor an upload that is given up, and of
credentials it only knows their id. moto knows these, checks signatures as it is started here, and keeps all in memory.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from kaven_schema.engines.node import find_node_tools
from kaven_schema.engines.packages import ensure_packages

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

BUCKET = "kaven-backups"
_S3RVER = {"AWS_ACCESS_KEY_ID": "S3RVER", "AWS_SECRET_ACCESS_KEY": "S3RVER"}
NPM = Path(__file__).parent / "npm"
_PORT = re.compile(r"(?:listening on|Running on) (?:https?://)?127\.0\.0\.1:([0-9]+)")


@dataclass(frozen=True)
class S3Server:
    """`environment` has what opens it."""

    port: int
    environment: Mapping[str, str]
    scheme: str = "http"

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def location(self, prefix: str = "", *, bucket: str = BUCKET, port: int = 0, **options: str) -> str:
        """`port` may be that of a proxy in front of it."""
        endpoint = f"{self.scheme}://127.0.0.1:{port or self.port}"
        return f"s3://{bucket}/{prefix}?" + urlencode({"endpoint": endpoint, "path_style": "1"} | options)

    def client(self) -> S3Client:
        """To look inside, past the store."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(s3={"addressing_style": "path"}),
        )


@contextmanager
def s3rver(folder: Path) -> Iterator[S3Server]:
    """A server with an empty bucket, its objects below `folder`."""
    script = ensure_packages("s3rver", recipes=NPM) / "node_modules/s3rver/bin/s3rver.js"
    options = ("-a", "127.0.0.1", "-p", "0", "-d", str(folder), "--configure-bucket", BUCKET)
    with _started([find_node_tools().node, str(script), *options]) as port:
        yield S3Server(port, _S3RVER)


@contextmanager
def moto(*, certificate: Path | None = None, key: Path | None = None) -> Iterator[S3Server]:
    """A server with an empty bucket, its objects in memory; over TLS with a certificate, which has to be trusted."""
    command = [sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    if certificate and key:
        command += ["-c", str(certificate), "-k", str(key)]
    scheme = "https" if certificate else "http"
    with _started(command, INITIAL_NO_AUTH_ACTION_COUNT="3") as port:  # until there is a user
        server = S3Server(port, _moto_user(f"{scheme}://127.0.0.1:{port}"), scheme)
        server.client().create_bucket(Bucket=BUCKET)
        yield server


def _moto_user(endpoint: str) -> dict[str, str]:
    import boto3

    iam = boto3.client(
        "iam",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
    )
    iam.create_user(UserName="kaven")
    key = iam.create_access_key(UserName="kaven")["AccessKey"]
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="kaven", PolicyName="backups", PolicyDocument=json.dumps(may))
    iam.close()
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


@contextmanager
def _started(command: Sequence[str], **environment: str) -> Iterator[int]:
    """Until the end of the block; the port on which it listens."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _port(process)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _port(process: subprocess.Popen[str]) -> int:
    from threading import Thread

    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := _PORT.search(line):
            Thread(target=_listen, args=(process.stdout,), daemon=True).start()
            return int(found[1])
    raise AssertionError(f"{process.args!r} did not start: {''.join(said)}")


def _listen(pipe: IO[str]) -> None:
    """Without a reader the server would wait for one."""
    with suppress(ValueError):
        for _ in pipe:
            pass


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3rver(tmp_path_factory.mktemp("s3rver")) as server:
        yield server


@pytest.fixture(scope="session")
def multipart_s3() -> Iterator[S3Server]:
    with moto() as server:
        yield server
