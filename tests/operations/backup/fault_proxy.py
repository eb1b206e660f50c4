"""A proxy in front of a real server that does to requests what networks and overloaded servers do."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import NamedTuple, cast

ALWAYS = 1_000_000
_BLOCK = 1 << 16
_PER_CONNECTION = ("connection", "transfer-encoding", "expect", "keep-alive")
_XML = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'


class Cut(NamedTuple):
    """The connection breaks after so many bytes of the request's body."""

    after: int


class CutAnswer(NamedTuple):
    """The connection breaks after so many bytes of the answer's body."""

    after: int


class LoseAnswer(NamedTuple):
    """The server does what it was asked, and nobody hears of it."""


class Stall(NamedTuple):
    """Nothing comes back for so many seconds, then the connection breaks."""

    seconds: float


class Refuse(NamedTuple):
    """S3's own error, as a server would send it; also one with a body that says success (200)."""

    status: int
    code: str
    date: str = ""


class Replace(NamedTuple):
    """Other bytes than the server's, of the same number, from here on."""

    offset: int


Fault = Cut | CutAnswer | LoseAnswer | Stall | Refuse | Replace


@dataclass
class _Rule:
    request: re.Pattern[str]
    fault: Fault
    left: int


@dataclass
class _Weather:
    random: Random
    rate: float
    faults: tuple[Fault, ...]

    def fault(self) -> Fault | None:
        return self.random.choice(self.faults) if self.random.random() < self.rate else None


@dataclass
class FaultProxy:
    """`fail("PUT .*partNumber=2", Cut(1000))` breaks the next request whose `METHOD PATH?QUERY` begins so."""

    port: int
    seen: list[str] = field(default_factory=list)
    _rules: list[_Rule] = field(default_factory=list)
    _weather: _Weather | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, request: str, fault: Fault, *, times: int = 1) -> None:
        self._rules.append(_Rule(re.compile(request), fault, times))

    def fail_at_random(self, seed: int, rate: float, faults: Sequence[Fault]) -> None:
        """Every request, with this probability, in one of these ways."""
        self._weather = _Weather(Random(seed), rate, tuple(faults))

    def count(self, request: str) -> int:
        return sum(1 for line in self.seen if re.match(request, line))

    def fault_for(self, line: str) -> Fault | None:
        with self._lock:
            self.seen.append(line)
            rule = next((rule for rule in self._rules if rule.left and rule.request.match(line)), None)
            if rule is None:
                return self._weather.fault() if self._weather else None
            rule.left -= 1
            return rule.fault


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    upstream = 0
    proxy: FaultProxy

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        with suppress(ConnectionError):
            super().handle_one_request()

    def _handle(self) -> None:
        server = cast("_Server", self.server)
        fault = server.proxy.fault_for(f"{self.command} {self.path}")
        match fault:
            case Stall(seconds):
                threading.Event().wait(seconds)
                self._break()
            case Refuse():
                self._refuse(fault)
            case Cut(after):
                with self._forwarded(server.upstream, most=after):
                    self._break()
            case LoseAnswer():
                with self._forwarded(server.upstream) as upstream:
                    upstream.getresponse().read()
                    self._break()
            case _:
                with self._forwarded(server.upstream) as upstream:
                    self._relay(upstream.getresponse(), fault)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815 - http.server's names

    @contextmanager
    def _forwarded(self, port: int, most: int | None = None) -> Iterator[HTTPConnection]:
        """The request as it came, the headers that are signed among them; cut off after `most` bytes."""
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as upstream:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _PER_CONNECTION:
                    upstream.putheader(name, value)
            upstream.endheaders()
            length = int(self.headers.get("Content-Length") or 0)
            for block in self._body(length if most is None else min(length, most)):
                upstream.send(block)
            yield upstream

    def _body(self, length: int) -> Iterator[bytes]:
        while length and (block := self.rfile.read(min(length, _BLOCK))):
            length -= len(block)
            yield block

    def _relay(self, answer: HTTPResponse, fault: Fault | None) -> None:
        body = b"" if self.command == "HEAD" else answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in (*_PER_CONNECTION, "content-length"):
                self.send_header(name, value)
        length = answer.headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if isinstance(fault, CutAnswer):
            self.wfile.write(body[: fault.after])
            self._break()
            return
        if isinstance(fault, Replace):
            body = body[: fault.offset] + bytes(255 - byte for byte in body[fault.offset :])
        self.wfile.write(body)

    def _refuse(self, fault: Refuse) -> None:
        for _ in self._body(int(self.headers.get("Content-Length") or 0)):
            pass
        body = b"" if self.command == "HEAD" else _XML.format(code=fault.code).encode()
        self.send_response_only(fault.status)
        if fault.date:
            self.send_header("Date", fault.date)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _break(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            # A reset, not an orderly end: whatever is still on its way is lost.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, format: str, *arguments: object) -> None:
        """The tests say what happened."""


@contextmanager
def fault_proxy(upstream: int) -> Iterator[FaultProxy]:
    """In front of the server at that port of this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.upstream = upstream
    server.proxy = FaultProxy(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
