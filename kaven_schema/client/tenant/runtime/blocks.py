"""Transactions and batches of a tenant's client."""
# ruff: noqa: SLF001 - they are parts of the client whose privates they use

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Any, NoReturn, Self

from kaven_schema.client.tenant.runtime.errors import (
    NotConfinableError,
    RawQueryRefusedError,
    TenancyError,
    TransactionEndedError,
)
from kaven_schema.client.tenant.runtime.operations import Query


class Transaction:
    """A transaction in which PostgreSQL knows the tenant. It is of one tenant from its begin to its end."""

    def __init__(self, tenant: Any, options: dict[str, Any]) -> None:
        if tenant.is_transaction():
            raise TenancyError("a transaction begins no other")
        self._tenant = tenant
        self._manager = tenant._wrapped.tx(**options)
        self._inside: Any = None

    def _begun(self, transaction: Any) -> Any:
        outer = self._tenant
        options = outer._schema, outer.tenant_id, outer._options
        self._inside = type(outer)(outer._wrapped, *options, transaction)
        return self._inside

    def _end(self) -> None:
        """What was begun in it is of no use from here on."""
        if self._inside is None or self._inside._has_ended:
            raise TransactionEndedError("the transaction has not begun, or has ended")
        self._inside._has_ended = True

    @property
    def _is_open(self) -> bool:
        return self._inside is not None and not self._inside._has_ended


class AsyncTransaction(Transaction):
    async def start(self) -> Any:
        inside = self._begun(await self._manager.start())
        try:
            await inside._declare()
        except BaseException:
            await self._abandon()
            raise
        return inside

    async def commit(self) -> None:
        self._end()
        await self._manager.commit()

    async def rollback(self) -> None:
        self._end()
        await self._manager.rollback()

    async def _abandon(self) -> None:
        """What went wrong is what is told; PostgreSQL undoes it in any case."""
        with suppress(Exception):
            await self.rollback()

    async def __aenter__(self) -> Any:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            await self._abandon()
        elif self._is_open:
            await self.commit()


class SyncTransaction(Transaction):
    def start(self) -> Any:
        inside = self._begun(self._manager.start())
        try:
            inside._declare()
        except BaseException:
            self._abandon()
            raise
        return inside

    def commit(self) -> None:
        self._end()
        self._manager.commit()

    def rollback(self) -> None:
        self._end()
        self._manager.rollback()

    def _abandon(self) -> None:
        with suppress(Exception):
            self.rollback()

    def __enter__(self) -> Any:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._abandon()
        elif self._is_open:
            self.commit()


class Batch:
    """Writes of one tenant, done together or not at all."""

    def __init__(self, tenant: Any) -> None:
        self._tenant = tenant
        self._queries: list[Query] = []
        self._guards: set[int] = set()

    def __getattr__(self, name: str) -> Any:
        model = self._tenant._model_at(name)
        found = getattr(self._tenant._package, f"{model}BatchActions")(self)
        setattr(self, name, found)
        return found

    @property
    def _active_provider(self) -> str:
        return str(self._tenant._active_provider)

    def execute_raw(self, *_: object, **__: object) -> NoReturn:
        raise RawQueryRefusedError("SQL is not confined to the tenant")

    def _add(
        self,
        *,
        method: str,
        arguments: dict[str, Any],
        model: Any = None,
        root_selection: list[str] | None = None,
    ) -> None:
        if model is None:
            self.execute_raw()
        operations = self._tenant._operations
        given = {key: value for key, value in arguments.items() if key != "include"}  # nobody sees the rows
        plan = operations.plan(method, model.__prisma_model__, given, root_selection)
        if plan.needs.reads:
            raise NotConfinableError("a batch cannot look rows up: use `set` in a transaction")
        guards = operations.guards(plan)
        self._guards.update(range(len(self._queries), len(self._queries) + len(guards)))
        self._queries += [*guards, operations.query(plan)]

    def _taken(self) -> tuple[list[Query], frozenset[int]]:
        taken = self._queries, frozenset(self._guards)
        self._queries, self._guards = [], set()
        return taken


class AsyncBatch(Batch):
    async def commit(self) -> None:
        queries, guards = self._taken()
        if queries:
            await self._tenant._send(self._tenant._request(queries, guards))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            await self.commit()


class SyncBatch(Batch):
    def commit(self) -> None:
        queries, guards = self._taken()
        if queries:
            self._tenant._send(self._tenant._request(queries, guards))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.commit()
