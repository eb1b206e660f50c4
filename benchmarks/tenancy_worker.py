"""A process that does the same with three clients in turn, and says what each took.

To each line it answers with one of JSON: way, operation, milliseconds; of all of them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from decimal import Decimal
from itertools import count
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

BARE, WRAPPED, PROTECTED = "the bare client", "the tenant's client", "with row-level security"
TENANT = "t7"
_TIMES = 40
_ORDERS = 500
_AMOUNTS = {"subtotal": Decimal(20), "total": Decimal(20)}
_ITEM = {"description": "Ware", "quantity": 1, "price": Decimal(10), "total": Decimal(10)}

_numbers = count()
_random = Random(7)

Work = Callable[[Any, str], Awaitable[object]]


def _some() -> str:
    return f"{TENANT}-{_random.randint(1, _ORDERS)}"


def _new() -> dict[str, Any]:
    return {"tenantId": TENANT, "number": f"new-{next(_numbers)}", **_AMOUNTS}


async def _find_unique(client: Any, key: str) -> object:
    return await client.order.find_unique(where={"id": key})


async def _find_many(client: Any, _: str) -> object:
    where = {"tenantId": TENANT, "status": "PENDING"}
    return await client.order.find_many(where=where, take=20, order={"createdAt": "desc"})


async def _count(client: Any, _: str) -> object:
    return await client.order.count(where={"tenantId": TENANT})


async def _include(client: Any, key: str) -> object:
    return await client.order.find_unique(where={"id": key}, include={"items": True, "statusHistory": True})


async def _filter(client: Any, key: str) -> object:
    return await client.orderitem.find_many(where={"order": {"is": {"number": key}}})


async def _create(client: Any, _: str) -> object:
    return await client.order.create(data=_new())


async def _nested(client: Any, _: str) -> object:
    return await client.order.create(data={**_new(), "items": {"create": [_ITEM, _ITEM]}})


async def _connect(client: Any, key: str) -> object:
    return await client.orderitem.create(data={**_ITEM, "order": {"connect": {"id": key}}})


async def _update(client: Any, key: str) -> object:
    return await client.order.update(where={"id": key}, data={"customerId": "c"})


async def _update_many(client: Any, key: str) -> object:
    return await client.order.update_many(where={"number": key}, data={"customerId": "c"})


async def _delete(client: Any, key: str) -> object:
    return await client.order.delete(where={"id": key})


async def _transaction(client: Any, key: str) -> object:
    async with client.tx() as inside:
        await inside.order.find_unique(where={"id": key})
        return await inside.order.update(where={"id": key}, data={"customerId": "c"})


OPERATIONS: dict[str, Work] = {
    "find_unique": _find_unique,
    "find_many of 20": _find_many,
    "count": _count,
    "include": _include,
    "filter through a relation": _filter,
    "create": _create,
    "nested create": _nested,
    "connect": _connect,
    "update": _update,
    "update_many": _update_many,
    "delete": _delete,
    "transaction of two": _transaction,
}


async def _took(ways: dict[str, Any], name: str) -> dict[str, float]:
    """Milliseconds by way, medians of calls in turn, so that a busy moment hits all alike."""
    work = OPERATIONS[name]
    took: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(_TIMES):
        for way, client in ways.items():
            key = (await client.order.create(data=_new())).id if work is _delete else _some()
            began = perf_counter()
            await work(client, key)
            took[way].append(perf_counter() - began)
    return {way: median(times) * 1000 for way, times in took.items()}


async def serve(plain: str, protected: str) -> None:
    from db import Prisma  # type: ignore[import-not-found]
    from db.tenant import tenant_client  # type: ignore[import-not-found]

    async with Prisma(datasource={"url": plain}) as bare, Prisma(datasource={"url": protected}) as bound:
        ways = {
            BARE: bare,
            WRAPPED: tenant_client(bare, TENANT, row_level_security=False),
            PROTECTED: tenant_client(bound, TENANT),
        }
        for _ in sys.stdin:
            found = [
                (way, name, milliseconds)
                for name in OPERATIONS
                for way, milliseconds in (await _took(ways, name)).items()
            ]
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
