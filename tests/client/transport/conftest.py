"""A server that answers as a test says, and both transports in one coat."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from kaven_schema.client.transport import AsyncTransport, SyncTransport
from tests.listening import Listening


class Request(NamedTuple):
    method: str
    target: str
    head: str
    body: bytes


class Server:
    """Serves each connection in a thread. `answer` gives the bytes for a request; None closes instead."""

    def __init__(self, answer: Callable[[Request], bytes | None]) -> None:
        self.answer = answer
        self.after: Callable[[socket.socket], None] = lambda _: None
        """What to do with a connection once it has its answer."""
        self.requests: list[Request] = []
        self._listening = Listening(socket.create_server(("127.0.0.1", 0), backlog=600), self._serve)
        self.url = f"http://localhost:{self._listening.port}"

    @property
    def connections(self) -> list[socket.socket]:
        return self._listening.connections

    def _serve(self, connection: socket.socket) -> None:
        pending = b""
        while (read := self._read(connection, pending)) is not None:
            request, pending = read
            self.requests.append(request)
            answer = self.answer(request)
            if answer is None:
                return
            connection.sendall(answer)
            self.after(connection)

    @staticmethod
    def _read(connection: socket.socket, data: bytes) -> tuple[Request, bytes] | None:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        size = int(lines.get(b"content-length", b"0"))
        parts = [rest]
        while size > sum(map(len, parts)):
            parts.append(connection.recv(1 << 20))
        body = b"".join(parts)
        method, target, _ = head.decode().split(" ", 2)
        return Request(method, target, head.decode(), body[:size]), body[size:]

    def stop(self) -> None:
        self._listening.stop()


def sized(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])
    return head.encode() + body


def echo(request: Request) -> bytes:
    return sized(request.body)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def begin(answer: Callable[[Request], bytes | None] = echo) -> Server:
        started.append(Server(answer))
        return started[-1]

    yield begin
    for server in started:
        server.stop()


class Asker:
    """An httpx client of one of the interfaces, asked as if it were blocking."""

    def __init__(self, kind: str, transport: Any, **options: Any) -> None:
        self.kind = kind
        options = {"timeout": 5, **options}
        if kind == "sync":
            self.client: Any = httpx.Client(transport=transport, **options)
        else:
            self.runner = asyncio.Runner()
            self.client = httpx.AsyncClient(transport=transport, **options)

    def __call__(self, url: str, content: Any = b"", method: str = "POST", **options: Any) -> httpx.Response:
        asked = self.client.request(method, url, content=content, **options)
        answer: httpx.Response = asked if self.kind == "sync" else self.runner.run(asked)
        return answer

    def pause(self, seconds: float) -> None:
        """Let time pass, as a program does that is busy with something else."""
        if self.kind == "sync":
            time.sleep(seconds)
        else:
            self.runner.run(asyncio.sleep(seconds))

    def close(self) -> None:
        if self.kind == "sync":
            self.client.close()
        else:
            self.runner.run(self.client.aclose())
            self.runner.close()


@pytest.fixture(params=["sync", "asyncio"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_asker(kind: str) -> Iterator[Callable[..., Asker]]:
    made: list[Asker] = []

    def make(*, ours: bool = True, limits: httpx.Limits | None = None, **options: Any) -> Asker:
        own = SyncTransport if kind == "sync" else AsyncTransport
        transport = own(limits=limits) if ours else None
        made.append(Asker(kind, transport, **options))
        return made[-1]

    yield make
    for asker in made:
        asker.close()


@pytest.fixture
def ask(make_asker: Callable[..., Asker]) -> Asker:
    return make_asker()
