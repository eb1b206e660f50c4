"""Databases in which two tenants have the same shapes of data, and the clients that look at them."""

from __future__ import annotations

import asyncio
import importlib
import sys
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kaven_schema.client.engine import use_engine
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.url import DatabaseUrl
from tests.database.row_level_security.protecting import example_catalog, migration
from tests.database.servers import query, superuser

DAY = datetime(2025, 3, 1, tzinfo=UTC)
TABLES = (
    *("tenants", "users", "user_tenants", "refresh_tokens", "audit_logs", "subscriptions", "invoices"),
    *("invoice_items", "orders", "order_items", "order_status_history", "tickets", "ticket_comments"),
)


class World:
    """One database, as its owner and as the application see it, each with a client that stays connected."""

    def __init__(self, package: ModuleType, owner: DatabaseUrl, app: DatabaseUrl) -> None:
        self.package = package
        self.owner = owner
        self.app = app
        self.tenancy = importlib.import_module(f"{package.__name__}.tenant")
        self._runner = asyncio.Runner()
        self._clients: dict[str, Any] = {}

    def run(self, work: Callable[[Any], Awaitable[Any]], url: DatabaseUrl | None = None) -> Any:
        """Do it with a connected client; the application's, unless told otherwise."""

        async def main() -> Any:
            return await work(await self._client(url or self.app))

        return self._runner.run(main())

    async def _client(self, url: DatabaseUrl) -> Any:
        if (found := self._clients.get(str(url))) is None:
            options = {"use_dotenv": False, "datasource": {"url": str(url)}}
            found = self.package.Prisma(**options, connect_timeout=timedelta(seconds=60))
            await found.connect()
            self._clients[str(url)] = found
        return found

    def close(self) -> None:
        for client in self._clients.values():
            self._runner.run(client.disconnect())
        self._runner.close()

    def rows(self, mark: str) -> list[tuple[object, ...]]:
        """Every row whose id has a tenant's mark."""
        parts = (f"SELECT '{table}', t::text FROM {table} t WHERE id LIKE '{mark}-%'" for table in TABLES)
        return query(self.owner, " UNION ALL ".join(parts) + " ORDER BY 1, 2")


async def populate(client: Any, mark: str) -> None:
    """A tenant in whose rows every id, and every text, begins with the mark."""
    await client.tenant.create(
        {"id": f"{mark}-tenant", "name": f"{mark}-name", "slug": f"{mark.lower()}-slug"}
    )
    for number in range(4):
        await _user(client, mark, number)
    await client.subscription.create(
        {"id": f"{mark}-subscription-0", "tenantId": f"{mark}-tenant", "stripePriceId": f"{mark}-price"}
    )
    for number in range(3):
        await _invoice(client, mark, number)
        await _order(client, mark, number)
        await _ticket(client, mark, number)
    deleted = {"deletedAt": DAY}
    await client.user.update(where={"id": f"{mark}-user-3"}, data=deleted)


async def link(client: Any) -> None:
    """What whoever maintains the database may do: rows of B's that refer to users of A's, as guests of B."""
    guest = {"userId": "A-user-2", "tenantId": "B-tenant"}
    await client.usertenant.create({"id": "B-guest", **guest})
    await client.auditlog.update(where={"id": "B-log-0"}, data={"userId": "A-user-0"})
    await client.ticket.update(where={"id": "B-ticket-0"}, data={"assigneeId": "A-user-1"})
    await client.ticketcomment.update(where={"id": "B-comment-0"}, data={"authorId": "A-user-1"})


async def _user(client: Any, mark: str, number: int) -> None:
    identity, tenant = f"{mark}-user-{number}", f"{mark}-tenant"
    await client.user.create(
        {
            "id": identity,
            "email": f"{mark}-{number}@example",
            "passwordHash": f"{mark}-hash",
            "name": f"{mark}-name-{number}",
            "tenantId": tenant,
            "createdAt": DAY + timedelta(days=number),
        }
    )
    await client.usertenant.create({"id": f"{mark}-member-{number}", "userId": identity, "tenantId": tenant})
    await client.refreshtoken.create(
        {"id": f"{mark}-token-{number}", "userId": identity, "token": f"{mark}-t{number}", "expiresAt": DAY}
    )
    log = {"action": f"{mark}-login", "entityType": "User", "entityId": identity}
    await client.auditlog.create(
        {"id": f"{mark}-log-{number}", "tenantId": tenant, "userId": identity, **log}
    )


async def _invoice(client: Any, mark: str, number: int) -> None:
    amounts = {"subtotal": Decimal(number), "total": Decimal(number)}
    item = {"description": f"{mark}-ware", "price": Decimal(1), "total": Decimal(1)}
    await client.invoice.create(
        {
            "id": f"{mark}-invoice-{number}",
            "tenantId": f"{mark}-tenant",
            "subscriptionId": f"{mark}-subscription-0",
            "number": f"{mark}-INV-{number}",
            **amounts,
            "items": {"create": [{"id": f"{mark}-line-{number}-{place}", **item} for place in range(2)]},
        }
    )


async def _order(client: Any, mark: str, number: int) -> None:
    amounts = {"subtotal": Decimal(number), "total": Decimal(number)}
    item = {"description": f"{mark}-ware", "quantity": 1, "price": Decimal(1), "total": Decimal(1)}
    await client.order.create(
        {
            "id": f"{mark}-order-{number}",
            "tenantId": f"{mark}-tenant",
            "number": f"{mark}-ORD-{number}",
            **amounts,
            "items": {"create": [{"id": f"{mark}-item-{number}", **item}]},
            "statusHistory": {"create": [{"id": f"{mark}-status-{number}", "status": "PENDING"}]},
        }
    )


async def _ticket(client: Any, mark: str, number: int) -> None:
    author = f"{mark}-user-{number}"
    await client.ticket.create(
        {
            "id": f"{mark}-ticket-{number}",
            "tenantId": f"{mark}-tenant",
            "assigneeId": author,
            "subject": f"{mark}-subject-{number}",
            "comments": {
                "create": [{"id": f"{mark}-comment-{number}", "authorId": author, "body": f"{mark}-body"}]
            },
        }
    )


@pytest.fixture(scope="session")
def package(example: Path) -> ModuleType:
    use_engine()
    sys.path.insert(0, str(example))
    return importlib.import_module("seed_example")


Worlds = Callable[[str], World]


@pytest.fixture(scope="session")
def populated(
    package: ModuleType, shared_server: EmbeddedServer, template: str, roles: None
) -> Callable[..., str]:
    """By the tenants that there are, and whether PostgreSQL keeps them apart: the name of a database with them."""
    made: dict[str, str] = {}

    def find(tenants: str, *, is_protected: bool = False) -> str:
        name = f"tenancy_{tenants.lower()}_{'protected' if is_protected else 'plain'}"
        if name not in made:
            made[name] = name
            _populate(package, shared_server, template, name, tenants)
            if is_protected:
                query(shared_server.url(Role.OWNER).with_database(name), migration(example_catalog()))
        return name

    return find


def _populate(package: ModuleType, server: EmbeddedServer, template: str, name: str, tenants: str) -> None:
    with superuser(server) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER kaven_owner TEMPLATE {template}".encode())
    owner = server.url(Role.OWNER).with_database(name)
    world = World(package, owner, owner)

    async def fill(client: Any) -> None:
        for mark in tenants:
            await populate(client, mark)
        if tenants == "AB":
            await link(client)

    world.run(fill)
    world.close()


@contextmanager
def opened(package: ModuleType, server: EmbeddedServer, populated: str) -> Iterator[World]:
    """A copy of a populated database."""
    name = f"world_{uuid.uuid4().hex[:12]}"
    with superuser(server) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER kaven_owner TEMPLATE {populated}".encode())
        urls = (server.url(role).with_database(name) for role in (Role.OWNER, Role.APP))
        world = World(package, *urls)
        yield world
        world.close()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def world(
    package: ModuleType, shared_server: EmbeddedServer, populated: Callable[..., str]
) -> Iterator[World]:
    """The tenants A and B, without row-level security: the wrapper stands alone."""
    with opened(package, shared_server, populated("AB")) as found:
        yield found


@pytest.fixture(scope="session")
def still_world(
    package: ModuleType, shared_server: EmbeddedServer, populated: Callable[..., str]
) -> Iterator[World]:
    """The same for all tests that change nothing."""
    with opened(package, shared_server, populated("AB")) as found:
        yield found


@pytest.fixture
def protected_world(
    package: ModuleType, shared_server: EmbeddedServer, populated: Callable[..., str]
) -> Iterator[World]:
    """The tenants A and B, with row-level security; the application's client is bound by it."""
    with opened(package, shared_server, populated("AB", is_protected=True)) as found:
        yield found
