"""One connection to the engine, served by an event loop."""

from __future__ import annotations

import asyncio
import socket

import httpx

from kaven_schema.client.transport.message import Answer, AnswerReader
from kaven_schema.client.transport.origin import Exchange, Origin, Timeouts, is_readable, prepare_socket

# Below what malloc would ask the operating system for, each time anew.
_AT_ONCE = 65536


async def open_connection(loop: asyncio.AbstractEventLoop, exchange: Exchange) -> Connection:
    """Raises httpx.ConnectError, httpx.ConnectTimeout."""
    try:
        async with asyncio.timeout(exchange.timeouts.connect):
            return Connection(loop, await _connected(loop, exchange.origin))
    except TimeoutError:
        raise httpx.ConnectTimeout("") from None


async def _connected(loop: asyncio.AbstractEventLoop, origin: Origin) -> socket.socket:
    failure: OSError | None = None
    for family, address in await _addresses(loop, origin):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            prepare_socket(sock)
            await loop.sock_connect(sock, (address, origin.port))
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise httpx.ConnectError("All connection attempts failed") from failure


async def _addresses(
    loop: asyncio.AbstractEventLoop, origin: Origin
) -> list[tuple[socket.AddressFamily, str]]:
    if known := origin.addresses():
        return list(known)
    try:
        found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error
    return [(family, str(place[0])) for family, _, _, _, place in found]


class Connection:
    """For one request at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        self._loop = loop
        self._socket = sock
        self._reader: AnswerReader | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._unsent = memoryview(b"")
        self._timeouts: Timeouts | None = None
        self._moved = 0.0
        """When something was last sent or heard."""
        self._timer: asyncio.TimerHandle | None = None
        self.is_closed = False
        self.idle_since = 0.0
        loop.add_reader(sock, self._read)

    def is_usable(self) -> bool:
        """Whether an idle connection is still there: nothing was sent, so that another can take its place."""
        return not (self.is_closed or is_readable(self._socket))

    def close(self) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        if not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._socket.close()

    async def exchange(self, exchange: Exchange) -> Answer:
        """The answer. Raises httpx's errors; the connection is no good then, nor after a cancellation."""
        self._reader = AnswerReader(has_body=exchange.has_body)
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._answer = answer
        self._timeouts = exchange.timeouts
        self._unsent = memoryview(exchange.message)
        self._write()
        if self._unsent:
            self._loop.add_writer(self._socket, self._write_rest)
        self._watch()
        try:
            return await answer
        finally:
            self._reader = None
            if self._timer:
                self._timer.cancel()

    def _write(self) -> None:
        self._moved = self._loop.time()
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:  # who does not want to hear all of it may have answered
            self._unsent = self._unsent[:0]

    def _write_rest(self) -> None:
        self._write()
        if not self._unsent:
            self._loop.remove_writer(self._socket)
            self._watch()

    def _watch(self) -> None:
        """Look again when too much time may have passed: to send, or to hear the next part of the answer."""
        assert self._timeouts
        if self._timer:
            self._timer.cancel()
        limit = self._timeouts.write if self._unsent else self._timeouts.read
        self._timer = None if limit is None else self._loop.call_later(limit, self._look, limit)

    def _look(self, limit: float) -> None:
        left = self._moved + limit - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look, limit)
        else:
            self._fail(httpx.WriteTimeout("") if self._unsent else httpx.ReadTimeout(""))

    def _read(self) -> None:
        try:
            data = self._socket.recv(_AT_ONCE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._fail(httpx.ReadError(str(error)))
            return
        if self._reader is None:  # idle: it was closed, or it says what nobody asked for
            self.close()
            return
        self._moved = self._loop.time()
        try:
            answer = self._reader.feed(data) if data else self._reader.finish()
        except httpx.RemoteProtocolError as error:
            self._fail(error)
            return
        if answer:
            self._reader = None
            self._settle(answer._replace(reusable=False) if self._unsent else answer)

    def _settle(self, answer: Answer) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(answer)

    def _fail(self, error: httpx.TransportError) -> None:
        self.close()
        if self._answer and not self._answer.done():
            self._answer.set_exception(error)
