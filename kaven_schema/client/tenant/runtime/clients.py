"""The tenant's client at work, with either interface."""
# ruff: noqa: SLF001 - it stands between prisma-client-py's own parts, as one of them

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

from prisma._builder import dumps
from prisma._raw_query import deserialize_raw_results

from kaven_schema.client.tenant.runtime.blocks import AsyncBatch, AsyncTransaction, SyncBatch, SyncTransaction
from kaven_schema.client.tenant.runtime.errors import (
    OutsideTenantError,
    RawQueryRefusedError,
    TenancyError,
    TenantMissingError,
    TransactionEndedError,
)
from kaven_schema.client.tenant.runtime.facts import Schema
from kaven_schema.client.tenant.runtime.operations import Operations, Query, Steps
from kaven_schema.client.tenant.runtime.writes import Writes
from prisma import errors

_SETTING = "SELECT set_config('app.tenant_id', $1, true)"


class Options(NamedTuple):
    """`declares` tells PostgreSQL the tenant in every transaction, for row-level security to go by."""

    with_deleted: bool
    declares: bool


class _Sent(NamedTuple):
    """A request to the engine; `guards` are the places of its queries that only guard."""

    queries: tuple[str, ...]
    guards: frozenset[int]


class TenantBase:
    """What both interfaces share. Models are attributes, as in the client that it wraps."""

    def __init__(
        self, client: Any, schema: Schema, tenant_id: str | int, options: Options, transaction: Any = None
    ) -> None:
        _check_tenant(tenant_id)
        if transaction is None and client.is_transaction():
            raise TenancyError("this is a transaction already: begin it with the tenant's own tx()")
        self.tenant_id = tenant_id
        self._wrapped = client
        self._within = transaction
        self._schema = schema
        self._options = options
        self._has_ended = False
        self._operations = Operations(Writes(schema, tenant_id, with_deleted=options.with_deleted))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.tenant_id!r}>"

    def __getattr__(self, name: str) -> Any:
        """The operations on a model, by the client's own code, which asks us instead of the engine."""
        model = self._model_at(name)
        actions = getattr(self._package.actions, f"{model}Actions")
        found = actions(self, getattr(self._package.models, model))
        setattr(self, name, found)
        return found

    def is_transaction(self) -> bool:
        return self._within is not None

    def query_raw(self, *_: object, **__: object) -> NoReturn:
        raise RawQueryRefusedError("SQL is not confined to the tenant: ask for it as unconfined_query_raw")

    query_first = query_raw

    def execute_raw(self, *_: object, **__: object) -> NoReturn:
        raise RawQueryRefusedError("SQL is not confined to the tenant: ask for it as unconfined_execute_raw")

    @property
    def _active_provider(self) -> str:
        return str(self._wrapped._active_provider)

    @property
    def _package(self) -> ModuleType:
        """The module `client` of the generated package, which has imported all that is needed."""
        return sys.modules[type(self._wrapped).__module__]

    def _model_at(self, name: str) -> str:
        model = None if name.startswith("_") else self._schema.properties.get(name)
        if model is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._schema[model].name

    def _steps(
        self, method: str, arguments: dict[str, Any], model: type[Any] | None, selection: list[str] | None
    ) -> Steps:
        if model is None:
            raise RawQueryRefusedError("SQL is not confined to the tenant")
        name = model.__prisma_model__
        return self._operations.steps(self._operations.plan(method, name, arguments, selection))

    def _text(self, query: Query) -> str:
        model = getattr(self._package.models, query.model.name)
        return self._built(query.method, query.arguments, model, query.selection)

    def _built(
        self,
        method: str,
        arguments: dict[str, Any],
        model: type[Any] | None = None,
        selection: list[str] | None = None,
    ) -> str:
        builder = self._wrapped._make_query_builder(
            method=method, model=model, arguments=arguments, root_selection=selection
        )
        return str(builder.build_query())

    def _request(self, queries: list[Query], guards: frozenset[int] | None = None) -> _Sent:
        """By default all but the last of the queries are guards."""
        texts = tuple(self._text(query) for query in queries)
        return _Sent(texts, frozenset(range(len(texts) - 1)) if guards is None else guards)

    def _raw_request(self, method: str, sql: str, parameters: tuple[object, ...]) -> _Sent:
        text = self._built(method, {"query": sql, "parameters": parameters})
        return _Sent((text,), frozenset())

    def _setting(self) -> str:
        return self._built("query_raw", {"query": _SETTING, "parameters": (str(self.tenant_id),)})

    def _content(self, sent: _Sent) -> tuple[str, int]:
        """The request's text, and how many answers of it come before those that were asked for."""
        if self._has_ended:
            raise TransactionEndedError(f"the transaction of the tenant {self.tenant_id!r} has ended")
        ahead = [self._setting()] if self._options.declares and not self.is_transaction() else []
        texts = [*ahead, *sent.queries]
        entries = [{"query": text, "variables": {}} for text in texts]
        if len(entries) == 1:
            return dumps(entries[0]), 0
        return dumps({"batch": entries, "transaction": not self.is_transaction()}), len(ahead)

    @property
    def _engine(self) -> Any:
        return (self._within or self._wrapped)._engine

    @property
    def _transaction_id(self) -> Any:
        return self._within._tx_id if self.is_transaction() else None


def _check_tenant(tenant_id: object) -> None:
    if isinstance(tenant_id, bool) or not isinstance(tenant_id, (str, int)):
        raise TenantMissingError(f"{type(tenant_id).__name__} is no tenant's id")
    if isinstance(tenant_id, str) and (not tenant_id.strip() or "\0" in tenant_id):
        raise TenantMissingError("an empty text is no tenant's id")


def _results(answer: Any, ahead: int) -> list[Any]:
    parts = answer["batchResult"][ahead:] if "batchResult" in answer else [answer]
    return [part["data"]["result"] for part in parts]


def _refused(error: errors.RecordNotFoundError, sent: _Sent, ahead: int) -> OutsideTenantError | None:
    """What a guard found missing."""
    told = error.data.get("user_facing_error", {}) if isinstance(error.data, dict) else {}
    place = told.get("batch_request_idx")
    if place is None or place - ahead not in sent.guards:
        return None
    return OutsideTenantError("a row that the operation refers to is not among the tenant's")


class AsyncTenant(TenantBase):
    """With the asyncio interface."""

    async def _execute(
        self,
        method: str,
        arguments: dict[str, Any],
        model: type[Any] | None = None,
        root_selection: list[str] | None = None,
    ) -> Any:
        steps = self._steps(method, arguments, model, root_selection)
        try:
            queries = next(steps)
            while True:
                queries = steps.send(await self._send(self._request(queries)))
        except StopIteration as stop:
            return {"data": {"result": stop.value}}

    async def _send(self, sent: _Sent) -> list[Any]:
        content, ahead = self._content(sent)
        try:
            return _results(await self._engine.query(content, tx_id=self._transaction_id), ahead)
        except errors.RecordNotFoundError as error:
            refusal = _refused(error, sent, ahead)
            raise refusal or error from None

    async def _declare(self) -> None:
        if self._options.declares:
            await self._send(_Sent((self._setting(),), frozenset()))

    async def unconfined_query_raw(self, query: str, *parameters: object) -> Any:
        (result,) = await self._send(self._raw_request("query_raw", query, parameters))
        return deserialize_raw_results(result)

    async def unconfined_execute_raw(self, query: str, *parameters: object) -> int:
        (result,) = await self._send(self._raw_request("execute_raw", query, parameters))
        return int(result)

    def tx(self, **options: Any) -> AsyncTransaction:
        return AsyncTransaction(self, options)

    def batch_(self) -> AsyncBatch:
        return AsyncBatch(self)


class SyncTenant(TenantBase):
    """With the blocking interface."""

    def _execute(
        self,
        method: str,
        arguments: dict[str, Any],
        model: type[Any] | None = None,
        root_selection: list[str] | None = None,
    ) -> Any:
        steps = self._steps(method, arguments, model, root_selection)
        try:
            queries = next(steps)
            while True:
                queries = steps.send(self._send(self._request(queries)))
        except StopIteration as stop:
            return {"data": {"result": stop.value}}

    def _send(self, sent: _Sent) -> list[Any]:
        content, ahead = self._content(sent)
        try:
            return _results(self._engine.query(content, tx_id=self._transaction_id), ahead)
        except errors.RecordNotFoundError as error:
            refusal = _refused(error, sent, ahead)
            raise refusal or error from None

    def _declare(self) -> None:
        if self._options.declares:
            self._send(_Sent((self._setting(),), frozenset()))

    def unconfined_query_raw(self, query: str, *parameters: object) -> Any:
        (result,) = self._send(self._raw_request("query_raw", query, parameters))
        return deserialize_raw_results(result)

    def unconfined_execute_raw(self, query: str, *parameters: object) -> int:
        (result,) = self._send(self._raw_request("execute_raw", query, parameters))
        return int(result)

    def tx(self, **options: Any) -> SyncTransaction:
        return SyncTransaction(self, options)

    def batch_(self) -> SyncBatch:
        return SyncBatch(self)
