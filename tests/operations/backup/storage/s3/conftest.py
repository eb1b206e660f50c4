"""Stores behind a proxy."""

from __future__ import annotations

import secrets

import pytest

from kaven_schema.operations.backup.storage import Store, open_store
from tests.operations.backup.fault_proxy import FaultProxy
from tests.operations.backup.s3_server import S3Server


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
