"""Stores of each kind, each test in a place of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaven_schema.operations.backup.storage import Store, open_store
from tests.operations.backup.fault_proxy import FaultProxy, fault_proxy
from tests.operations.backup.s3_server import S3Server, multipart_s3, s3

__all__ = ["multipart_s3", "s3"]


@pytest.fixture(params=["folder", "s3rver", pytest.param("moto", marks=pytest.mark.long)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Empty; what holds of one kind of store holds of each."""
    if request.param == "folder":
        return open_store(str(tmp_path / "backups"))
    server: S3Server = request.getfixturevalue("s3" if request.param == "s3rver" else "multipart_s3")
    return open_store(server.location(secrets.token_hex(8)), server.environment)


@pytest.fixture
def proxy(s3: S3Server) -> Iterator[FaultProxy]:
    """In front of s3rver."""
    with fault_proxy(s3.port) as found:
        yield found


@pytest.fixture
def multipart_proxy(multipart_s3: S3Server) -> Iterator[FaultProxy]:
    """In front of moto."""
    with fault_proxy(multipart_s3.port) as found:
        yield found
