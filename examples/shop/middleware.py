"""What surrounds every request: who sent it, how much of it is read, what is said of an error, and headers."""

from __future__ import annotations

import logging
import traceback

from kaven_schema.services.audit import acting
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shop.problems import Problem, problem_of

_LOG = logging.getLogger("shop")
_MOST_BYTES = 64 * 1024
_TOO_LARGE = Problem(413, "too_large", f"a request has at most {_MOST_BYTES} bytes")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


class HeadersMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)


class UnexpectedErrorMiddleware:
    """An error that nobody foresaw may hold what was sent: the log gets its kind and its place."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - nothing of it may reach uvicorn's log
            place = "".join(traceback.format_tb(error.__traceback__))
            _LOG.error("%s\n%s", type(error).__name__, place)
            if not has_started:
                await problem_of(error).answer()(scope, receive, send)


class BodyLimitMiddleware:
    """The body is read before anything else is done, as long as it is not too long, whatever its header says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, more = bytearray(), True
        while more and len(body) <= _MOST_BYTES:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > _MOST_BYTES:
            await _TOO_LARGE.answer()(scope, receive, send)
            return
        await self._app(scope, _replayed(bytes(body), receive), send)


class ActingMiddleware:
    """Where a request comes from, for the audit. uvicorn's --proxy-headers says whose word counts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        agent = Headers(scope=scope).get("user-agent") if scope["type"] == "http" else None
        with acting(ip_address=client[0] if client else None, user_agent=agent):
            await self._app(scope, receive, send)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
