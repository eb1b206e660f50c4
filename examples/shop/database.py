"""The two connections, neither of which may bypass row-level security.

The application's sees the tenant that its transaction names, and nothing else. The other is for what comes before a
tenant is known: login, tokens, who may act where.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from db import Prisma
from kaven_schema.client.engine import use_engine

from shop.settings import Settings


@dataclass(frozen=True, slots=True)
class Databases:
    application: Prisma = field(repr=False)
    authentication: Prisma = field(repr=False)


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Databases]:
    use_engine()
    async with (
        _client(settings.application_url) as application,
        _client(settings.authentication_url) as authentication,
    ):
        yield Databases(application, authentication)


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[Prisma]:
    client = Prisma(use_dotenv=False, datasource={"url": url})
    await client.connect()
    try:
        yield client
    finally:
        await client.disconnect()
