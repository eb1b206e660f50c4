"""The transport for the blocking interface."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from threading import BoundedSemaphore, Lock
from time import monotonic

import httpx

from kaven_schema.client.transport.message import Answer, AnswerReader
from kaven_schema.client.transport.origin import (
    Exchange,
    Origin,
    exchange_of,
    is_readable,
    prepare_socket,
    response_of,
)

_AT_ONCE = 65536


class SyncTransport(httpx.BaseTransport):
    """HTTP/1.1 on connections that are kept, one for each thread that is waiting for an answer.

    Of `limits`, `max_connections` and `keepalive_expiry` hold. Safe in threads; after a fork the child
    opens its own connections. Raises what httpx raises: httpx.ConnectError, httpx.ReadTimeout …
    """

    def __init__(self, *, limits: httpx.Limits | None = None) -> None:
        self._limits = limits or httpx.Limits()
        most = self._limits.max_connections
        self._places = None if most is None else BoundedSemaphore(most)
        self._idle: list[_Connection] = []
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        answer = self.exchange(exchange_of(request))
        return response_of(answer.status, answer.headers, answer.body)

    def exchange(self, exchange: Exchange) -> Answer:
        """The same without httpx's own objects."""
        if self._places is None:
            return self._exchange(exchange)
        if not self._places.acquire(timeout=exchange.timeouts.pool):
            raise httpx.PoolTimeout("")
        try:
            return self._exchange(exchange)
        finally:
            self._places.release()

    def _exchange(self, exchange: Exchange) -> Answer:
        connection = self._take(exchange.origin) or _Connection(exchange)
        try:
            answer = connection.exchange(exchange)
        except BaseException:
            connection.close()
            raise
        if answer.reusable:
            self._keep(connection)
        else:
            connection.close()
        return answer

    def _take(self, origin: Origin) -> _Connection | None:
        with self._lock:
            expiry = self._limits.keepalive_expiry
            while self._idle:
                connection = self._idle.pop()
                if connection.origin == origin and connection.is_usable(expiry):
                    return connection
                connection.close()
            return None

    def _keep(self, connection: _Connection) -> None:
        most = self._limits.max_keepalive_connections
        connection.idle_since = monotonic()
        with self._lock:
            if most is None or len(self._idle) < most:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close what is idle. The transport can go on being used."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def __del__(self) -> None:
        self.close()


class _Connection:
    def __init__(self, exchange: Exchange) -> None:
        self.origin = exchange.origin
        self.idle_since = 0.0
        self._process = os.getpid()
        self._socket = _connected(exchange)

    def is_usable(self, expiry: float | None) -> bool:
        """Whether it is still there, and this process's own: nothing was sent, another can take its place."""
        if expiry is not None and monotonic() - self.idle_since > expiry:
            return False
        return self._process == os.getpid() and not is_readable(self._socket)

    def close(self) -> None:
        self._socket.close()

    def exchange(self, exchange: Exchange) -> Answer:
        with suppress(httpx.WriteError):  # who does not want to hear all of it may have answered
            self._send(exchange)
        reader = AnswerReader(has_body=exchange.has_body)
        self._socket.settimeout(exchange.timeouts.read)
        while True:
            data = self._receive()
            answer = reader.feed(data) if data else reader.finish()
            if answer:
                return answer

    def _send(self, exchange: Exchange) -> None:
        try:
            self._socket.settimeout(exchange.timeouts.write)
            self._socket.sendall(exchange.message)
        except TimeoutError:
            raise httpx.WriteTimeout("") from None
        except OSError as error:
            raise httpx.WriteError(str(error)) from error

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(_AT_ONCE)
        except TimeoutError:
            raise httpx.ReadTimeout("") from None
        except OSError as error:
            raise httpx.ReadError(str(error)) from error


def _connected(exchange: Exchange) -> socket.socket:
    origin, timeout = exchange.origin, exchange.timeouts.connect
    failure: OSError | None = None
    for address in [address for _, address in origin.addresses()] or [origin.host]:
        try:
            sock = socket.create_connection((address, origin.port), timeout)
        except TimeoutError:
            raise httpx.ConnectTimeout("") from None
        except OSError as error:
            failure = error
        else:
            prepare_socket(sock)
            return sock
    raise httpx.ConnectError(str(failure)) from failure
