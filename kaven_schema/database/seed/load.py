"""Load data: many tenants and users with what they leave behind, in batches that a second run leaves as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kaven_schema.database.seed.client import Client
from kaven_schema.database.seed.rows import Rows, tenant_rows, user_rows
from kaven_schema.database.seed.schema import SeedSchema
from kaven_schema.engines.progress import Progress, silent

NEEDS = {
    "Tenant": ("id", "name", "slug", "status", "createdAt", "updatedAt"),
    "User": ("id", "email", "passwordHash", "name", "tenantId", "createdAt", "updatedAt"),
    "UserTenant": ("id", "userId", "tenantId", "role", "createdAt"),
    "Subscription": ("id", "tenantId", "status", "createdAt", "updatedAt"),
    "Invoice": (
        *("id", "tenantId", "subscriptionId", "customerId", "number", "status", "subtotal", "tax", "total"),
        *("dueDate", "createdAt", "updatedAt"),
    ),
    "InvoiceItem": ("id", "invoiceId", "description", "quantity", "price", "total"),
    "Order": (
        *("id", "tenantId", "customerId", "number", "status", "subtotal", "shipping", "tax", "total"),
        *("createdAt", "updatedAt"),
    ),
    "OrderItem": ("id", "orderId", "productId", "description", "quantity", "price", "total"),
    "OrderStatusHistory": ("id", "orderId", "status", "createdAt"),
    "AuditLog": ("id", "tenantId", "userId", "action", "entityType", "entityId", "createdAt"),
    "TenantStatus": ("ACTIVE", "SUSPENDED"),
    "Role": ("TENANT_ADMIN", "USER"),
    "SubscriptionStatus": ("TRIAL", "ACTIVE", "PAST_DUE", "CANCELED"),
    "InvoiceStatus": ("SENT", "PAID", "OVERDUE"),
    "OrderStatus": ("PENDING", "SHIPPED", "COMPLETED"),
}

_BATCH = 500


@dataclass(frozen=True, slots=True)
class LoadSize:
    """`users` in all, spread over the tenants."""

    tenants: int
    users: int
    random_seed: int


def load(
    client: Client, schema: SeedSchema, size: LoadSize, *, progress: Progress = silent
) -> Mapping[str, int]:
    """How many rows of each model were created. What is committed before a failure stays, and is not made twice."""
    created: Counter[str] = Counter()
    title = f"Adding {size.tenants} tenants and {size.users} users"
    with progress(title, size.tenants + size.users) as advance:
        for rows, steps in _batches(size):
            for model, some in rows.items():
                data = [schema.row(model, row) for row in some]
                created[model] += client.create_missing(model, data)
            advance(steps)
    return dict(created)


def _batches(size: LoadSize) -> Iterator[tuple[Rows, int]]:
    """Parents before children; with the number of tenants or users in each."""
    for numbers in _ranges(size.tenants):
        yield tenant_rows(size.random_seed, numbers), len(numbers)
    for numbers in _ranges(size.users):
        yield user_rows(size.random_seed, numbers, size.tenants), len(numbers)


def _ranges(count: int) -> Iterator[range]:
    for start in range(0, count, _BATCH):
        yield range(start, min(start + _BATCH, count))
