"""The shop itself, with a cheap hash, and with a header that says how much work bcrypt had with a request."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

import bcrypt
from shop.app import make as make_shop  # type: ignore[import-not-found] # where the generated client is
from starlette.datastructures import MutableHeaders

from kaven_schema.services.passwords import PasswordHasher
from tests.examples.serving import ROUNDS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

T = TypeVar("T")
_WORK: ContextVar[list[int]] = ContextVar("bcrypt_work")


def _counted(work: Callable[[bytes, bytes], T]) -> Callable[[bytes, bytes], T]:
    def count(password: bytes, salt: bytes) -> T:
        _WORK.get().append(2 ** int(salt[4:6]))
        return work(password, salt)

    return count


vars(bcrypt).update(checkpw=_counted(bcrypt.checkpw), hashpw=_counted(bcrypt.hashpw))


def make() -> ASGIApp:
    """For `uvicorn --factory`."""
    shop = make_shop(hasher=PasswordHasher(4))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        work: list[int] = []
        _WORK.set(work)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[ROUNDS] = str(sum(work))
            await send(message)

        await shop(scope, receive, told)

    return app
