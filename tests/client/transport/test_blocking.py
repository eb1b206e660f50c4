"""What only the blocking transport has to deal with: threads, and a fork."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from kaven_schema.client.transport import SyncTransport


def sized(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def test_threads(serve: Any) -> None:
    server = serve()
    with httpx.Client(transport=SyncTransport()) as session, ThreadPoolExecutor(20) as pool:
        bodies = [str(number).encode() for number in range(500)]
        assert list(pool.map(lambda body: session.post(server.url, content=body).content, bodies)) == bodies
    assert len(server.connections) <= 20


def test_limit_that_the_user_sets(serve: Any) -> None:
    def slow(request: Any) -> bytes:
        time.sleep(0.3)
        return sized(request.body)

    server = serve(slow)
    transport = SyncTransport(limits=httpx.Limits(max_connections=1))
    with httpx.Client(transport=transport) as session, ThreadPoolExecutor(2) as pool:
        first = pool.submit(session.post, server.url)
        time.sleep(0.1)
        with pytest.raises(httpx.PoolTimeout):
            session.post(server.url, timeout=httpx.Timeout(5, pool=0.05))
        assert first.result().status_code == 200
        assert session.post(server.url).status_code == 200


def test_other_servers_are_other_connections(serve: Any) -> None:
    servers = [serve(lambda _, name=name: sized(name)) for name in (b"a", b"b")]
    with httpx.Client(transport=SyncTransport()) as session:
        for _ in range(2):
            assert [session.get(server.url).content for server in servers] == [b"a", b"b"]


def test_child_of_a_fork_has_its_own_connections(serve: Any) -> None:
    server = serve(lambda request: sized(request.body))
    with httpx.Client(transport=SyncTransport()) as session:
        session.post(server.url, content=b"before")
        child = os.fork()
        if not child:
            answer = session.post(server.url, content=b"child").content
            os._exit(0 if answer == b"child" else 1)
        assert session.post(server.url, content=b"parent").content == b"parent"
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(server.connections) == 2
