"""The application: `uvicorn --factory shop.app:make`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from kaven_schema.services.passwords import PasswordHasher

from shop.answers import Problem
from shop.middleware import (
    ActingMiddleware,
    BodyLimitMiddleware,
    HeadersMiddleware,
    UnexpectedErrorMiddleware,
)
from shop.problems import handle_problems
from shop.routes import (
    accounts,
    audit,
    invoices,
    members,
    orders,
    sessions,
    settings,
    tenants,
    tickets,
    two_factor,
)
from shop.settings import Settings, read_settings
from shop.state import opened

_ROUTERS = (
    *(accounts.router, sessions.router, two_factor.router, tenants.router),
    *(members.router, orders.router, invoices.router, tickets.router, settings.router, audit.router),
)


def make(settings: Settings | None = None, hasher: PasswordHasher | None = None) -> FastAPI:
    """Without arguments, as the environment says."""
    given = settings or read_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(given, hasher or PasswordHasher()) as shop:
            app.state.shop = shop
            yield

    # The pages of /docs come from another host: an API of one's own has no need of them.
    app = FastAPI(
        title="Shop", lifespan=lifespan, docs_url=None, redoc_url=None, responses={"4XX": {"model": Problem}}
    )
    for router in _ROUTERS:
        app.include_router(router)
    handle_problems(app)
    _surround(app, given)
    return app


def _surround(app: FastAPI, settings: Settings) -> None:
    """The last that is added is the outermost."""
    app.add_middleware(ActingMiddleware)
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(
        # The cookie is for the application's own host: from tenants' hosts nothing but the bearer token is taken.
        CORSMiddleware,
        allow_origins=[settings.origin],
        allow_credentials=False,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
    )
    app.add_middleware(UnexpectedErrorMiddleware)
    app.add_middleware(HeadersMiddleware)
