"""The demo data: the specification's nine steps, each of which leaves what is there as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from kaven_schema.database.seed.accounts import REGULAR_USER, SUPER_ADMIN, TENANT_ADMIN, Account
from kaven_schema.database.seed.client import Client
from kaven_schema.database.seed.numbers import next_number
from kaven_schema.database.seed.schema import SeedSchema
from kaven_schema.diagnostics import KavenError

NEEDS = {
    "Tenant": ("id", "name", "slug", "status"),
    "User": ("id", "email", "passwordHash", "name", "tenantId"),
    "UserTenant": ("userId", "tenantId", "role"),
    "Subscription": ("tenantId", "status", "trialEnd"),
    "Invoice": ("id", "tenantId", "number", "status", "subtotal", "total", "dueDate", "items"),
    "InvoiceItem": ("invoiceId", "description", "quantity", "price", "total"),
    "Order": ("id", "tenantId", "number", "status", "subtotal", "total", "items"),
    "OrderItem": ("orderId", "description", "quantity", "price", "total"),
    "TenantStatus": ("ACTIVE",),
    "Role": ("TENANT_ADMIN", "USER"),
    "SubscriptionStatus": ("TRIAL",),
    "InvoiceStatus": ("DRAFT",),
    "OrderStatus": ("PENDING",),
}

_LOCK = "SELECT pg_advisory_xact_lock(1801678190)"
"""One seed at a time in a database; the number is only ours."""

_TENANT_SLUG = "demo"
_TENANT = "123e4567-e89b-12d3-a456-426614174000"
_INVOICE = "723e4567-e89b-12d3-a456-426614174006"
_ORDER = "923e4567-e89b-12d3-a456-426614174008"
_TRIAL = timedelta(days=30)
_PAYMENT = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the demo data, and whether it had to be created."""

    what: str
    name: str
    created: bool


def seed_demo(client: Client, schema: SeedSchema, hashes: Mapping[Account, str]) -> tuple[Step, ...]:
    """The nine steps, in one transaction. `hashes` are of the accounts that were not there a moment ago."""
    with client.transaction() as transaction:
        return _Demo(transaction, schema, hashes).run()


class _Demo:
    def __init__(self, client: Client, schema: SeedSchema, hashes: Mapping[Account, str]) -> None:
        self._client = client
        self._schema = schema
        self._hashes = hashes
        self._now = datetime.now(UTC)
        self._steps: list[Step] = []

    def run(self) -> tuple[Step, ...]:
        self._client.execute(_LOCK)
        tenant = self._tenant()
        self._user(SUPER_ADMIN, None)
        self._member(tenant, self._user(TENANT_ADMIN, tenant), "TENANT_ADMIN")
        self._member(tenant, self._user(REGULAR_USER, tenant), "USER")
        self._subscription(tenant)
        self._invoice(tenant)
        self._order(tenant)
        return tuple(self._steps)

    def _tenant(self) -> Any:
        settings = {"theme": "light", "features": ["2fa", "api", "analytics"]}
        data = {
            "id": _TENANT,
            "name": "Demo Corporation",
            "slug": _TENANT_SLUG,
            "status": "ACTIVE",
            "settings": self._client.json(settings),
        }
        found = self._client.first("Tenant", {"OR": [{"slug": _TENANT_SLUG}, {"id": _TENANT}]})
        slug = found.slug if found else _TENANT_SLUG
        return self._once("tenant", slug, "Tenant", {"slug": slug}, data)

    def _user(self, account: Account, tenant: Any | None) -> Any:
        data = {
            "email": account.email,
            "passwordHash": self._hashes.get(account),
            "name": account.title,
            "emailVerified": True,
            "tenantId": tenant.id if tenant else None,
        }
        if account is SUPER_ADMIN:
            data["globalRole"] = "SUPER_ADMIN"
        same = {"email": account.email}
        if account not in self._hashes and self._client.first("User", same) is None:
            raise KavenError("seed_overtaken", f"{account.email} was just removed", help="run: kaven seed")
        return self._once(account.title.lower(), account.email, "User", same, data)

    def _member(self, tenant: Any, user: Any, role: str) -> None:
        pair = {"userId": user.id, "tenantId": tenant.id}
        self._once("membership", f"{user.email} as {role}", "UserTenant", pair, {**pair, "role": role})

    def _subscription(self, tenant: Any) -> None:
        key = {"tenantId": tenant.id}
        data = {**key, "status": "TRIAL", "trialEnd": self._now + _TRIAL}
        self._once("subscription", tenant.slug, "Subscription", key, data)

    def _invoice(self, tenant: Any) -> None:
        data = {
            "id": _INVOICE,
            "tenantId": tenant.id,
            "status": "DRAFT",
            "subtotal": Decimal(100),
            "tax": Decimal(10),
            "discount": Decimal(0),
            "total": Decimal(110),
            "currency": "BRL",
            "dueDate": self._now + _PAYMENT,
        }
        self._numbered("invoice", "Invoice", "INV", data, _item("Pro Plan - Monthly", 1, 100))

    def _order(self, tenant: Any) -> None:
        data = {
            "id": _ORDER,
            "tenantId": tenant.id,
            "status": "PENDING",
            "subtotal": Decimal(200),
            "shipping": Decimal(15),
            "tax": Decimal(20),
            "total": Decimal(235),
        }
        self._numbered("order", "Order", "ORD", data, _item("Widget Pro", 2, 100))

    def _numbered(
        self, what: str, model: str, prefix: str, data: dict[str, Any], item: dict[str, Any]
    ) -> None:
        """Known by its id, or, where another seed made it, by its item; its number follows those that there are."""
        by_item = {"tenantId": data["tenantId"], "items": {"some": {"description": item["description"]}}}
        found = self._client.first(model, {"OR": [{"id": data["id"]}, by_item]})
        if found is not None:
            self._steps.append(Step(what, found.number, created=False))
            return
        number = next_number(self._client, self._schema, model, f"{prefix}-{self._now.year}")
        items = {"create": [self._schema.row(f"{model}Item", item)]}
        row = self._schema.row(model, {**data, "number": number})
        made = self._client.create(model, {**row, "items": items})
        self._steps.append(Step(what, made.number, created=True))

    def _once(self, what: str, name: str, model: str, same: dict[str, Any], data: dict[str, Any]) -> Any:
        """The row that is there, or a new one."""
        found = self._client.first(model, same)
        self._steps.append(Step(what, name, created=found is None))
        return found or self._client.create(model, self._schema.row(model, data))


def _item(description: str, quantity: int, price: int) -> dict[str, Any]:
    total = Decimal(quantity * price)
    return {"description": description, "quantity": quantity, "price": Decimal(price), "total": total}
