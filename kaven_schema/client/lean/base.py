"""What makes a client fast: a short way to the engine, and queries built without what every query repeats.

`kaven generate` copies this file into a client; `prisma` is then the client itself, the transport a copy of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import httpx
from prisma._constants import DEFAULT_CONNECT_TIMEOUT
from prisma.engine import AsyncAbstractEngine, AsyncQueryEngine, SyncAbstractEngine, SyncQueryEngine
from prisma.engine.errors import EngineConnectionError
from prisma.http_abstract import DEFAULT_CONFIG

from kaven_schema.client.transport import AsyncTransport, SyncTransport
from kaven_schema.client.transport.message import Answer
from kaven_schema.client.transport.origin import Timeouts, direct_exchange
from prisma import _async_http, _base_client, _builder, _sync_http

if TYPE_CHECKING:
    from subprocess import Popen

    import pydantic
    from prisma._types import DatasourceOverride, HttpConfig, Method, PrismaMethod

# Whoever sets anything else wants httpx's own way.
_SETTINGS = {"limits", "timeout", "trust_env", "max_redirects"}
_PORTS_TO_TRY = 5
_ALL_TAKEN = "Could not connect to the query engine: other programs took its ports"


def _goes_directly(config: HttpConfig) -> bool:
    """Whether the engine is kaven's, and no option asks for more than the short way has."""
    engine = os.environ.get("PRISMA_QUERY_ENGINE_BINARY")
    if not engine or config.keys() - _SETTINGS:
        return False
    return Path(engine).with_name("main.mjs").is_file()


def _limits(config: HttpConfig) -> httpx.Limits:
    return config.get("limits", DEFAULT_CONFIG["limits"])


def _timeouts(limit: httpx.Timeout) -> Timeouts:
    return Timeouts(limit.connect, limit.read, limit.write, limit.pool)


class _Response:
    """Reads as prisma-client-py's own; httpx's, which that wraps, is made for who asks for it."""

    original: httpx.Response

    def __init__(self, answer: Answer, request: Callable[[], httpx.Request]) -> None:
        self._answer = answer
        self._request = request

    def __getattr__(self, name: str) -> Any:
        if name != "original":
            raise AttributeError(name)
        status, headers, body, _ = self._answer
        self.original = httpx.Response(status, headers=headers, content=body, request=self._request())
        return self.original

    @property
    def status(self) -> int:
        return self._answer.status


class _AsyncResponse(_Response, _async_http.Response):
    async def json(self, **options: Any) -> Any:
        return json.loads(self._answer.body, **options)


class _SyncResponse(_Response, _sync_http.Response):
    def json(self, **options: Any) -> Any:
        return json.loads(self._answer.body, **options)


class _AsyncDirect(_async_http.AsyncHTTP):
    """Its session is httpx's, on the same transport, but requests do not go through it."""

    def __init__(self, config: HttpConfig) -> None:
        self._transport = AsyncTransport(limits=_limits(config))
        super().__init__(**config, transport=self._transport)

    async def request(self, method: Method, url: str, **options: Any) -> _async_http.Response:
        session = self.session
        exchange = direct_exchange(method, url, _timeouts(session.timeout), **options)
        try:
            answer = await self._transport.exchange(exchange)
        except httpx.RequestError as error:
            error.request = session.build_request(method, url, **options)
            raise
        return _AsyncResponse(answer, lambda: session.build_request(method, url, **options))


class _SyncDirect(_sync_http.SyncHTTP):
    def __init__(self, config: HttpConfig) -> None:
        self._transport = SyncTransport(limits=_limits(config))
        super().__init__(**config, transport=self._transport)

    def request(self, method: Method, url: str, **options: Any) -> _sync_http.Response:
        session = self.session
        exchange = direct_exchange(method, url, _timeouts(session.timeout), **options)
        try:
            answer = self._transport.exchange(exchange)
        except httpx.RequestError as error:
            error.request = session.build_request(method, url, **options)
            raise
        return _SyncResponse(answer, lambda: session.build_request(method, url, **options))


class QueryBuilder(_builder.QueryBuilder):
    """Asks a model for its fields once, not for every query."""

    __slots__ = ()

    def get_default_fields(self, model: type[Any]) -> list[str]:
        fields = _fields.get(model)
        if fields is None or model.__prisma_model__ not in self.prisma_models:
            fields = _fields[model] = super().get_default_fields(model)
        return fields.copy()


_fields: WeakKeyDictionary[type[Any], list[str]] = WeakKeyDictionary()


def _as_it_is(text: str, _prefix: str) -> str:
    return text


# Indentation costs as much as all else that builds a query, is for nobody's eyes, and adds blanks to values
# that hold what Python takes for the end of a line.
vars(_builder)["indent"] = _as_it_is


class _Building:
    __slots__ = ()

    _prisma_models: set[str]
    _relational_field_mappings: dict[str, dict[str, str]]

    def _make_query_builder(
        self,
        *,
        method: PrismaMethod,
        arguments: dict[str, Any],
        model: type[pydantic.BaseModel] | None,
        root_selection: list[str] | None,
    ) -> QueryBuilder:
        return QueryBuilder(
            method=method,
            model=model,
            arguments=arguments,
            root_selection=root_selection,
            prisma_models=self._prisma_models,
            relational_field_mappings=self._relational_field_mappings,
        )


class _AsyncEngine(AsyncQueryEngine):
    """Its port was free when it was looked for; another program may have taken it before the engine could."""

    async def spawn(
        self,
        file: Path,
        timeout: timedelta = DEFAULT_CONNECT_TIMEOUT,  # noqa: ASYNC109 - as prisma-client-py calls it
        datasources: list[DatasourceOverride] | None = None,
    ) -> None:
        for _ in range(_PORTS_TO_TRY):
            await super().spawn(file, timeout, datasources)
            if _is_answer_of(self.process, await self.request("GET", "/status")):
                return
            self._kill_process(timeout)
        raise EngineConnectionError(_ALL_TAKEN)


class _SyncEngine(SyncQueryEngine):
    """As `_AsyncEngine`."""

    def spawn(
        self,
        file: Path,
        timeout: timedelta = DEFAULT_CONNECT_TIMEOUT,
        datasources: list[DatasourceOverride] | None = None,
    ) -> None:
        for _ in range(_PORTS_TO_TRY):
            super().spawn(file, timeout, datasources)
            if _is_answer_of(self.process, self.request("GET", "/status")):
                return
            self._kill_process(timeout)
        raise EngineConnectionError(_ALL_TAKEN)


def _is_answer_of(process: Popen[bytes] | Popen[str] | None, status: dict[str, Any]) -> bool:
    """An engine of another database on the same port would answer every query, too."""
    return process is not None and status.get("pid", process.pid) == process.pid


class AsyncBasePrisma(_Building, _base_client.AsyncBasePrisma):
    """Base of a client with the asyncio interface."""

    __slots__ = ()

    def _create_engine(self, dml_path: Path | None = None) -> AsyncAbstractEngine:
        if self._engine_type != "binary" or not _goes_directly(self._http_config):
            return super()._create_engine(dml_path)
        engine = _AsyncEngine(
            dml_path=dml_path or self._packaged_schema_path,
            log_queries=self._log_queries,
            http_config=self._http_config,
        )
        engine.session = _AsyncDirect(self._http_config)
        return engine


class SyncBasePrisma(_Building, _base_client.SyncBasePrisma):
    """Base of a client with the blocking interface."""

    __slots__ = ()

    def _create_engine(self, dml_path: Path | None = None) -> SyncAbstractEngine:
        if self._engine_type != "binary" or not _goes_directly(self._http_config):
            return super()._create_engine(dml_path)
        engine = _SyncEngine(
            dml_path=dml_path or self._packaged_schema_path,
            log_queries=self._log_queries,
            http_config=self._http_config,
        )
        engine.session = _SyncDirect(self._http_config)
        return engine
