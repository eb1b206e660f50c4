"""Where a request goes, and how long each part of it may take."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

import httpx

from kaven_schema.client.transport.message import RawHeaders, request_bytes

_LOOPBACK = {"localhost": ("127.0.0.1", "::1"), "127.0.0.1": ("127.0.0.1",), "::1": ("::1",)}
_RENDERED_ANEW = (b"transfer-encoding", b"content-length")


class Origin(NamedTuple):
    host: str
    port: int

    def addresses(self) -> tuple[tuple[socket.AddressFamily, str], ...]:
        """Those of this machine, which need no resolver; none for another."""
        return tuple(
            (socket.AF_INET6 if ":" in address else socket.AF_INET, address)
            for address in _LOOPBACK.get(self.host, ())
        )


class Timeouts(NamedTuple):
    """Seconds, or None for no limit: to connect, between two parts of an answer, to send, for a connection."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


class Exchange(NamedTuple):
    """One request, ready to be sent."""

    origin: Origin
    message: bytes
    timeouts: Timeouts
    has_body: bool = True
    """Whether there can be one in the answer."""
    urgent: bool = False
    """Not to wait for a connection: a transaction that is open holds what others wait for."""


def exchange_of(request: httpx.Request) -> Exchange:
    """Of a request that has been read. Raises httpx.UnsupportedProtocol, httpx.LocalProtocolError."""
    url = request.url
    if url.scheme != "http":
        raise httpx.UnsupportedProtocol(f"{url.scheme}: only http is spoken with the engine")
    headers = [header for header in request.headers.raw if header[0].lower() not in _RENDERED_ANEW]
    headers.append((b"Content-Length", b"%d" % len(request.content)))
    target = url.raw_path
    given = request.extensions.get("timeout", {})
    return Exchange(
        Origin(url.host, url.port or 80),
        request_bytes(request.method.encode(), target, headers, request.content),
        Timeouts(*(given.get(name) for name in Timeouts._fields)),
        request.method != "HEAD",
        is_urgent(target, headers),
    )


def direct_exchange(
    method: str,
    url: str,
    timeouts: Timeouts,
    *,
    headers: Mapping[str, str],
    content: str | bytes = b"",
) -> Exchange:
    """Of what would become a request to `http://host:port/path`. Raises httpx.LocalProtocolError."""
    authority, _, path = url.removeprefix("http://").partition("/")
    target = b"/" + path.encode("ascii")
    body = content.encode() if isinstance(content, str) else content
    lines = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    urgent = is_urgent(target, lines)
    lines += ((b"Host", authority.encode("ascii")), (b"Content-Length", b"%d" % len(body)))
    message = request_bytes(method.encode("ascii"), target, lines, body)
    return Exchange(_origin(authority), message, timeouts, urgent=urgent)


@lru_cache(maxsize=16)
def _origin(authority: str) -> Origin:
    url = httpx.URL(f"http://{authority}")
    return Origin(url.host, url.port or 80)


def is_urgent(target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return target.startswith(b"/transaction/") or any(
        name.lower() == b"x-transaction-id" for name, _ in headers
    )


def response_of(status: int, headers: RawHeaders, body: bytes) -> httpx.Response:
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


def prepare_socket(sock: socket.socket) -> None:
    """A request is one write: nothing is gained by waiting for more of it."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def is_readable(sock: socket.socket) -> bool:
    """Of an idle connection: whether the other side has closed it, or said what nobody asked for."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])
