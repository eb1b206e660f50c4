"""What both transports do, on real sockets; where they fail, as httpx's own fail."""

from __future__ import annotations

import gc
import os
import socket
import struct
import threading
import time
from typing import Any

import httpx
import pytest

RESET = struct.pack("ii", 1, 0)


def sized(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


def test_connection_is_kept(ask: Any, serve: Any) -> None:
    server = serve()
    for body in (b"one", "zwei \u2028 😀".encode(), b""):
        answer = ask(server.url, body)
        assert (answer.status_code, answer.content) == (200, body)
    assert len(server.connections) == 1
    assert [request.target for request in server.requests] == ["/"] * 3
    assert f"Host: {server.url[7:]}" in server.requests[0].head


def test_content_in_parts(ask: Any, serve: Any) -> None:
    """httpx would send it in chunks, of which the engine's own server knows as well; one size is simpler."""
    server = serve()
    parts = (b"a", b"b")

    async def generate() -> Any:
        for part in parts:
            yield part

    assert ask(server.url, iter(parts) if ask.kind == "sync" else generate()).content == b"ab"
    assert "transfer-encoding" not in server.requests[0].head.lower()


@pytest.mark.parametrize("header", ["Connection: close", "Connection: Keep-Alive, Close"])
def test_connection_that_is_not_to_be_kept(ask: Any, serve: Any, header: str) -> None:
    server = serve(lambda request: sized(request.body, header))
    assert [ask(server.url, b"x").content for _ in range(3)] == [b"x"] * 3
    assert len(server.connections) == 3


def test_connection_that_was_closed_while_idle(ask: Any, serve: Any) -> None:
    server = serve()
    server.after = lambda connection: connection.close() if len(server.connections) == 1 else None
    for _ in range(3):
        assert ask(server.url, b"x").content == b"x"
        time.sleep(0.05)  # the event loop does not hear of it before the next request
    assert len(server.connections) == 2
    assert len(server.requests) == 3


def test_words_that_nobody_asked_for(ask: Any, serve: Any) -> None:
    server = serve()
    server.after = lambda connection: connection.sendall(sized(b"evil"))
    for pause in (time.sleep, ask.pause):
        assert ask(server.url, b"x").content == b"x"
        pause(0.05)
    assert len(server.connections) == 2


def test_idle_connection_expires(make_asker: Any, serve: Any) -> None:
    server = serve()
    ask = make_asker(limits=httpx.Limits(keepalive_expiry=0.05))
    for _ in range(2):
        ask(server.url)
        ask.pause(0.1)
    assert len(server.connections) == 2
    ask = make_asker(limits=httpx.Limits(max_keepalive_connections=0))
    for _ in range(2):
        ask(server.url)
    assert len(server.connections) == 4


def no_answer(_: Any) -> None:
    return None


def half_an_answer(_: Any) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhalf"


@pytest.mark.parametrize(
    ("answer", "after", "expected"),
    [
        (no_answer, None, httpx.RemoteProtocolError),
        (half_an_answer, "close", httpx.RemoteProtocolError),
        (lambda _: b"nonsense\r\n\r\n", None, httpx.RemoteProtocolError),
        (lambda _: sized(b"")[:20], "reset", httpx.ReadError),
        (lambda _: b"", None, httpx.ReadTimeout),
        (lambda _: sized(b"123456")[:-3], None, httpx.ReadTimeout),
    ],
)
def test_faults_are_those_of_httpx(
    make_asker: Any, serve: Any, answer: Any, after: str | None, expected: type[httpx.RequestError]
) -> None:
    for ours in (True, False):
        server = serve(answer)
        if after == "close":
            server.after = lambda connection: connection.shutdown(socket.SHUT_RDWR)
        if after == "reset":
            server.after = reset
        ask = make_asker(ours=ours, timeout=0.3)
        with pytest.raises(expected) as raised:
            ask(server.url, b"insert once")
        assert type(raised.value) is expected
        assert raised.value.request.url == server.url
        assert [request.body for request in server.requests] == [b"insert once"]


def reset(connection: socket.socket) -> None:
    time.sleep(0.1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def test_after_a_fault_it_goes_on(ask: Any, serve: Any) -> None:
    server = serve(lambda request: None if request.body == b"bad" else sized(request.body))
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            ask(server.url, b"bad")
        assert ask(server.url, b"good").content == b"good"


def test_nobody_listens(make_asker: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for host in ("localhost", "127.0.0.1", "[::1]", "name.invalid"):
        for ours in (True, False):
            with pytest.raises(httpx.ConnectError):
                make_asker(ours=ours)(f"http://{host}:{port}")


def test_connecting_takes_too_long(make_asker: Any) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        place = server.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(place)
        for ours in (True, False):
            with pytest.raises(httpx.ConnectTimeout):
                make_asker(ours=ours, timeout=0.3)(f"http://127.0.0.1:{place[1]}")
        for one in waiting:
            one.close()


def test_sending_takes_too_long(make_asker: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for ours in (True, False):
            ask = make_asker(ours=ours, timeout=httpx.Timeout(5, write=0.3))
            with pytest.raises(httpx.WriteTimeout):
                ask(f"http://127.0.0.1:{silent.getsockname()[1]}", b"x" * 50_000_000)


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig", b""]
)
def test_server_that_does_not_listen_to_the_end(make_asker: Any, answer: bytes) -> None:
    """It answers, or not, and closes while the request is still on its way."""

    def refuse(server: socket.socket) -> None:
        for _ in range(2):
            connection, _ = server.accept()
            connection.recv(1000)
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            time.sleep(0.3)
            reset(connection)

    found = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=refuse, args=(server,))
        thread.start()
        for ours in (True, False):
            try:
                made = make_asker(ours=ours)(f"http://127.0.0.1:{server.getsockname()[1]}", b"x" * 50_000_000)
                found.append((made.status_code, made.content))
            except httpx.TransportError as error:
                found.append((0, type(error).__name__.encode()))
        thread.join()
    if answer:
        assert found[0] == (413, b"big")
    else:
        assert found[0] == (0, b"RemoteProtocolError")
    assert found[1] in (found[0], (0, b"ReadError"))


def test_slow_answer_is_no_late_one(make_asker: Any, serve: Any) -> None:
    """Time counts between the parts of an answer, as httpx counts it."""

    def drip(connection: socket.socket) -> None:
        for _ in range(4):
            time.sleep(0.2)
            connection.sendall(b"x")

    server = serve(lambda _: sized(b"xxxx")[:-4])
    server.after = drip
    assert make_asker(timeout=0.5)(server.url).content == b"xxxx"


def test_large_and_other_letters(ask: Any, serve: Any) -> None:
    body = ("ação 😀 \u2028" * 800_000).encode()
    assert len(body) > 10_000_000
    server = serve()
    assert ask(server.url, body).content == body
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:5], body[5:]))
    server.answer = lambda _: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    assert ask(server.url).text == body.decode()
    assert len(server.connections) == 1


def test_no_proxy_is_used(make_asker: Any, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert make_asker()(serve().url, b"x").content == b"x"


def test_only_http(ask: Any) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        ask("https://localhost:1")


def test_head_and_routes(ask: Any, serve: Any) -> None:
    server = serve(lambda request: sized(b"")[:-4] + b"\r\nX-Asked: " + request.target.encode() + b"\r\n\r\n")
    assert ask(f"{server.url}/a%20b?c=d", method="HEAD").headers["x-asked"] == "/a%20b?c=d"


def test_nothing_stays_open(ask: Any, serve: Any) -> None:
    """A socket that Python's collector finds open is a warning, and warnings fail here."""
    server = serve()
    ask.pause(0)
    gc.collect()  # what other tests left is not to go in between
    before = len(os.listdir("/proc/self/fd"))
    assert ask(server.url, b"x").content == b"x"
    ask.client._transport.close()
    ask.pause(0.1)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before
    assert ask(server.url, b"again").content == b"again"
