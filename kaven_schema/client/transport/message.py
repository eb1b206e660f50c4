"""HTTP/1.1 as a client sees it: a request as bytes, an answer as its bytes arrive."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, Protocol

import httpx

RawHeaders = list[tuple[bytes, bytes]]

_LONGEST_HEAD = 65536
_STATUS = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")


class Answer(NamedTuple):
    """`reusable`: the connection may carry another request."""

    status: int
    headers: RawHeaders
    body: bytes
    reusable: bool


def request_bytes(method: bytes, target: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Raises httpx.LocalProtocolError for what the other side would take for two requests."""
    lines = [b"%b %b HTTP/1.1" % (method, target), *[b"%b: %b" % header for header in headers]]
    head = b"\r\n".join(lines)
    if not head.count(b"\n") == head.count(b"\r") == len(lines) - 1:
        raise httpx.LocalProtocolError("a line break in the head of a request")
    return b"%b\r\n\r\n%b" % (head, body)


class _Body(Protocol):
    """How an answer says where it ends."""

    def feed(self, data: bytes) -> bool:
        """Whether that was all of it."""

    def finish(self) -> bool:
        """Whether it is whole, now that the other side has closed."""

    def content(self) -> tuple[bytes, bool]:
        """Its bytes, and whether nothing came behind them."""


class _Sized:
    def __init__(self, size: int) -> None:
        self._size = self._missing = size
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> bool:
        self._parts.append(data)
        self._missing -= len(data)
        return self._missing <= 0

    def finish(self) -> bool:
        return False

    def content(self) -> tuple[bytes, bool]:
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        return body[: self._size], not self._missing


class _UntilEnd:
    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> bool:
        self._parts.append(data)
        return False

    def finish(self) -> bool:
        return True

    def content(self) -> tuple[bytes, bool]:
        return b"".join(self._parts), False


class _Chunked:
    def __init__(self) -> None:
        self._buffer = bytearray()
        self._parts: list[bytes] = []
        self._chunk = -1
        """Bytes of the chunk that is arriving; -1 before its size is known, 0 among the trailers."""

    def feed(self, data: bytes) -> bool:
        self._buffer += data
        while True:
            if self._chunk > 0:
                if not self._take_chunk():
                    return False
            elif (line := self._take_line()) is None:
                return False
            elif self._chunk < 0:
                self._chunk = _size_of_chunk(line)
            elif not line:
                return True

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > _LONGEST_HEAD:
                raise httpx.RemoteProtocolError("an endless line between chunks")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take_chunk(self) -> bool:
        if len(self._buffer) < self._chunk + 2:
            return False
        self._parts.append(bytes(self._buffer[: self._chunk]))
        if self._buffer[self._chunk : self._chunk + 2] != b"\r\n":
            raise httpx.RemoteProtocolError("a chunk that is longer than it says")
        del self._buffer[: self._chunk + 2]
        self._chunk = -1
        return True

    def finish(self) -> bool:
        return False

    def content(self) -> tuple[bytes, bool]:
        return b"".join(self._parts), not self._buffer


def _size_of_chunk(line: bytes) -> int:
    found = _SIZE.fullmatch(line)
    if not found:
        raise httpx.RemoteProtocolError(f"no size of a chunk: {line[:20]!r}")
    return int(found[1], 16)


class AnswerReader:
    """One answer, from its bytes as they arrive."""

    def __init__(self, *, has_body: bool = True) -> None:
        self._has_body = has_body
        self._head = b""
        self._status = 0
        self._headers: RawHeaders = []
        self._body: _Body | None = None
        self._keeps = True

    @property
    def has_begun(self) -> bool:
        return bool(self._head or self._body)

    def feed(self, data: bytes) -> Answer | None:
        """The answer, once it is whole. Raises httpx.RemoteProtocolError."""
        if self._body:
            return self._answer() if self._body.feed(data) else None
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            if len(self._head) > _LONGEST_HEAD:
                raise httpx.RemoteProtocolError("the answer's head does not end")
            return None
        head, rest = self._head[:end], self._head[end + 4 :]
        self._head = b""
        if not self._read_head(head):
            return self.feed(rest) if rest else None
        self._body = self._framing()
        return self._answer() if self._body.feed(rest) else None

    def finish(self) -> Answer:
        """The answer, if it ends where the other side has closed. Raises httpx.RemoteProtocolError."""
        if not self.has_begun:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        if self._body and self._body.finish():
            return self._answer()
        raise httpx.RemoteProtocolError(
            "peer closed connection without sending complete message body (incomplete read)"
        )

    def _read_head(self, head: bytes) -> bool:
        """Whether it is the final answer's, not a word in between."""
        first, *lines = head.split(b"\r\n")
        status = _STATUS.fullmatch(first)
        if not status:
            raise httpx.RemoteProtocolError(f"illegal status line: {first[:60]!r}")
        self._status = int(status[2])
        self._headers = [_header(line) for line in lines]
        self._keeps = status[1] == b"1"
        return self._status >= 200

    def _framing(self) -> _Body:
        sizes: set[bytes] = set()
        chunked = False
        for name, value in self._headers:
            lower = name.lower()
            if lower == b"content-length":
                sizes.add(value)
            elif lower == b"transfer-encoding":
                chunked = value.lower() == b"chunked"
            elif lower == b"connection" and b"close" in value.lower():
                self._keeps = False
        if not self._has_body or self._status in (204, 304):
            return _Sized(0)
        if chunked:
            return _Chunked()
        return _Sized(_size_of_body(sizes)) if sizes else _UntilEnd()

    def _answer(self) -> Answer:
        assert self._body
        body, clean = self._body.content()
        return Answer(self._status, self._headers, body, self._keeps and clean)


def _header(line: bytes) -> tuple[bytes, bytes]:
    found = _HEADER.fullmatch(line)
    if not found:
        raise httpx.RemoteProtocolError(f"illegal header line: {line[:60]!r}")
    return found[1], found[2]


def _size_of_body(sizes: set[bytes]) -> int:
    size = sizes.pop()
    if sizes or not size.isdigit() or len(size) > 15:
        raise httpx.RemoteProtocolError("bad Content-Length")
    return int(size)
