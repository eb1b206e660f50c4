"""Answers as they are cut into pieces on their way, and those that are no answers."""

from __future__ import annotations

import httpx
import pytest

from kaven_schema.client.transport.message import Answer, AnswerReader, request_bytes

HEAD = b"HTTP/1.1 200 OK\r\n"


def read(data: bytes, *, piece: int, has_body: bool = True, ends: bool = False) -> Answer | None:
    reader = AnswerReader(has_body=has_body)
    for start in range(0, len(data), piece):
        if answer := reader.feed(data[start : start + piece]):
            return answer
    return reader.finish() if ends else None


@pytest.mark.parametrize("piece", [1, 2, 7, 100000])
@pytest.mark.parametrize(
    ("data", "body", "reusable"),
    [
        (HEAD + b"Content-Length: 5\r\n\r\nhello", b"hello", True),
        (HEAD + b"content-length:0\r\n\r\n", b"", True),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
        (HEAD + b"Content-Length: 2\r\nConnection: Close\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n", b"hello!", True),
        (HEAD + b"Transfer-Encoding: Chunked\r\n\r\n0A\r\n0123\r\n5678\r\n0\r\nT: x\r\n\r\n", b"0123\r\n5678", True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 1\r\n\r\nx", b"x", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    ],
)  # fmt: skip
def test_whole_answers(data: bytes, body: bytes, reusable: bool, piece: int) -> None:
    answer = read(data, piece=piece)
    assert answer is not None
    assert (answer.body, answer.reusable) == (body, reusable)
    for end in range(len(data) - 1):
        assert read(data[:end], piece=100000) is None


def test_headers_as_they_came() -> None:
    answer = read(HEAD + b"X-A:  b c \t\r\nx-a: d\r\nContent-Length: 0\r\n\r\n", piece=3)
    assert answer is not None
    assert answer.headers == [(b"X-A", b"b c"), (b"x-a", b"d"), (b"Content-Length", b"0")]


@pytest.mark.parametrize("piece", [1, 100000])
def test_answer_that_ends_with_the_connection(piece: int) -> None:
    answer = read(HEAD + b"\r\nall of it", piece=piece, ends=True)
    assert answer == Answer(200, [], b"all of it", reusable=False)


def test_answer_to_head() -> None:
    answer = read(HEAD + b"Content-Length: 50\r\n\r\n", piece=9, has_body=False)
    assert answer == Answer(200, [(b"Content-Length", b"50")], b"", reusable=True)


def test_more_than_was_asked_for() -> None:
    for data in (b"Content-Length: 2\r\n\r\nhi!", b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n!"):
        answer = read(HEAD + data, piece=100000)
        assert answer is not None
        assert (answer.body, answer.reusable) == (b"hi", False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200",
        HEAD,
        HEAD + b"Content-Length: 5\r\n\r\nhell",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
def test_answer_that_stops(data: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        read(data, piece=3, ends=True)


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        HEAD + b"no colon\r\n\r\n",
        HEAD + b" folded: x\r\n\r\n",
        HEAD + b"a b: x\r\n\r\n",
        HEAD + b"a: \x00\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1, 1\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        HEAD + b"Content-Length: 9999999999999999\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nx\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 70000,
        HEAD + b"x: " + b"y" * 70000,
    ],
)
def test_what_is_no_answer(data: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        read(data, piece=100000)


def test_request() -> None:
    assert request_bytes(b"POST", b"/x", [(b"A", b"b")], b"body") == b"POST /x HTTP/1.1\r\nA: b\r\n\r\nbody"


@pytest.mark.parametrize("evil", [b"a\r\nB: c", b"a\nb", b"a\rb"])
def test_request_that_would_be_two(evil: bytes) -> None:
    for arguments in ((b"GET", b"/", [(b"A", evil)]), (b"GET", evil, []), (b"GET", b"/", [(evil, b"x")])):
        with pytest.raises(httpx.LocalProtocolError):
            request_bytes(*arguments, b"")
