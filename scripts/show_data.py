"""Asks the database through the typed client: a tenant, its users, and its invoice with the items.

DATABASE_URL=$(kaven db url) PRISMA_QUERY_ENGINE_BINARY=$(kaven engine path) python scripts/show_data.py
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prisma import Prisma

if TYPE_CHECKING:
    from prisma.models import Tenant


async def main() -> None:
    async with Prisma() as db:
        tenant = await db.tenant.find_unique_or_raise(
            where={"slug": "demo"},
            include={
                "userTenants": {"include": {"user": True}, "order_by": {"role": "asc"}},
                "invoices": {"include": {"items": True}, "order_by": {"number": "asc"}},
            },
        )
    show(tenant)


def show(tenant: Tenant) -> None:
    print(f"{tenant.name} ({tenant.slug}, {tenant.status})")
    for member in tenant.userTenants or ():
        assert member.user
        print(f"  {member.role:<12}  {member.user.name} <{member.user.email}>")
    for invoice in tenant.invoices or ():
        print(f"  {invoice.number}  {invoice.status}  {invoice.total:.2f} {invoice.currency}")
        for item in invoice.items or ():
            print(f"    {item.quantity} x {item.description} at {item.price:.2f} = {item.total:.2f}")
        print(f"    tax {invoice.tax:.2f}, discount {invoice.discount:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
