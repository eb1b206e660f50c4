"""The rows of load data. Each follows from the random seed and its own number alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from random import Random
from typing import Any
from uuid import UUID

Rows = dict[str, list[dict[str, Any]]]
"""By model, parents before children."""

_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
_SECONDS = 2 * 365 * 86400
_DIGITS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_FIRST = (
    "Ada",
    "Alan",
    "Barbara",
    "Donald",
    "Edsger",
    "Frances",
    "Grace",
    "John",
    "Katherine",
    "Ken",
    "Niklaus",
)
_LAST = (
    "Allen",
    "Dijkstra",
    "Hopper",
    "Johnson",
    "Knuth",
    "Liskov",
    "Lovelace",
    "Thompson",
    "Turing",
    "Wirth",
)
_WARES = ("Widget", "Widget Pro", "Gadget", "Consulting, one hour", "Support, one month", "Storage, 100 GB")
_ACTIONS = ("user.login", "user.updated", "invoice.sent", "order.created", "settings.changed")


def tenant_rows(seed: int, numbers: Iterable[int]) -> Rows:
    """Tenants and their subscriptions."""
    rows: Rows = {"Tenant": [], "Subscription": []}
    for number in numbers:
        random = Random(f"{seed} tenant {number}")  # noqa: S311 - data to fill tables
        tenant, moment = _id(seed, "tenant", number), _moment(random)
        stamps = {"createdAt": moment, "updatedAt": moment}
        status = "SUSPENDED" if random.random() < 0.05 else "ACTIVE"
        name = f"{random.choice(_LAST)} & {random.choice(_LAST)} {number}"
        slug = f"load-{seed}-{number}"
        rows["Tenant"].append({"id": tenant, "name": name, "slug": slug, "status": status, **stamps})
        plan = {
            "id": _id(seed, "subscription", number),
            "tenantId": tenant,
            "status": random.choice(("TRIAL", "ACTIVE", "ACTIVE", "ACTIVE", "PAST_DUE", "CANCELED")),
        }
        rows["Subscription"].append({**plan, **stamps})
    return rows


def user_rows(seed: int, numbers: Iterable[int], tenants: int) -> Rows:
    """Users, each with a membership, an invoice, an order and entries of the audit log."""
    rows: Rows = {}
    for number in numbers:
        for model, row in _User(seed, number, number % tenants).rows():
            rows.setdefault(model, []).append(row)
    return rows


class _User:
    def __init__(self, seed: int, number: int, tenant: int) -> None:
        self._seed = seed
        self._number = number
        self._random = Random(f"{seed} user {number}")  # noqa: S311 - data to fill tables
        self._id = _id(seed, "user", number)
        self._tenant = _id(seed, "tenant", tenant)
        self._subscription = _id(seed, "subscription", tenant)
        self._is_first = number == tenant

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """A user's parents first: a batch is written model by model, in this order."""
        joined = _moment(self._random)
        yield "User", self._user(joined)
        yield "UserTenant", self._membership(joined)
        yield from self._invoice(joined)
        yield from self._order(joined)
        yield from self._log(joined)

    def _user(self, joined: datetime) -> dict[str, Any]:
        # The shape of a bcrypt hash, of no password that anybody knows.
        secret = "".join(self._random.choices(_DIGITS, k=53))
        return {
            "id": self._id,
            "email": f"user-{self._number}@load-{self._seed}.example",
            "passwordHash": f"$2b$12${secret}",
            "name": f"{self._random.choice(_FIRST)} {self._random.choice(_LAST)}",
            "emailVerified": self._random.random() < 0.9,
            "tenantId": self._tenant,
            "createdAt": joined,
            "updatedAt": joined,
        }

    def _membership(self, joined: datetime) -> dict[str, Any]:
        role = "TENANT_ADMIN" if self._is_first else "USER"
        identity = {"id": self._own("membership"), "userId": self._id, "tenantId": self._tenant}
        return {**identity, "role": role, "createdAt": joined}

    def _invoice(self, joined: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
        items = self._items("invoice")
        due = joined + timedelta(days=15)
        amounts = _amounts(items)
        yield (
            "Invoice",
            {
                **self._document("invoice", "INV", joined),
                **amounts,
                "total": amounts["subtotal"] + amounts["tax"],
                "subscriptionId": self._subscription,
                "status": self._random.choice(("SENT", "PAID", "PAID", "OVERDUE")),
                "dueDate": due,
            },
        )
        for item in items:
            yield "InvoiceItem", {**item, "invoiceId": self._own("invoice")}

    def _order(self, joined: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
        items = self._items("order")
        amounts, shipping = _amounts(items), Decimal(15)
        status = self._random.choice(("PENDING", "SHIPPED", "COMPLETED"))
        order = self._document("order", "ORD", joined)
        total = amounts["subtotal"] + amounts["tax"] + shipping
        yield "Order", {**order, **amounts, "shipping": shipping, "total": total, "status": status}
        for item in items:
            product = f"prod-{self._random.randrange(1000)}"
            yield "OrderItem", {**item, "orderId": order["id"], "productId": product}
        change = {"id": self._own("status"), "orderId": order["id"], "status": status}
        yield "OrderStatusHistory", {**change, "createdAt": joined}

    def _document(self, kind: str, prefix: str, joined: datetime) -> dict[str, Any]:
        """Numbers apart from those of the year's sequence, which these must not use up."""
        return {
            "id": self._own(kind),
            "tenantId": self._tenant,
            "customerId": self._id,
            "number": f"{prefix}-LOAD-{self._seed}-{self._number}",
            "createdAt": joined,
            "updatedAt": joined,
        }

    def _items(self, kind: str) -> list[dict[str, Any]]:
        return [self._item(f"{kind} item {place}") for place in range(2)]

    def _item(self, kind: str) -> dict[str, Any]:
        quantity, price = self._random.randint(1, 9), Decimal(self._random.randint(100, 50000)) / 100
        ware = self._random.choice(_WARES)
        amounts = {"quantity": quantity, "price": price, "total": quantity * price}
        return {"id": self._own(kind), "description": ware, **amounts}

    def _log(self, joined: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
        for place in range(2):
            yield (
                "AuditLog",
                {
                    "id": self._own(f"log {place}"),
                    "tenantId": self._tenant,
                    "userId": self._id,
                    "action": self._random.choice(_ACTIONS),
                    "entityType": "User",
                    "entityId": self._id,
                    "createdAt": joined + timedelta(minutes=place),
                },
            )

    def _own(self, kind: str) -> str:
        return _id(self._seed, kind, self._number)


def _id(seed: int, kind: str, number: int) -> str:
    digest = blake2b(f"{seed} {kind} {number}".encode(), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4))


def _moment(random: Random) -> datetime:
    return _BEGIN + timedelta(seconds=random.randrange(_SECONDS))


def _amounts(items: list[dict[str, Any]]) -> dict[str, Decimal]:
    subtotal = sum((item["total"] for item in items), Decimal(0))
    return {"subtotal": subtotal, "tax": subtotal / 10}
