from __future__ import annotations

from uuid import UUID

from kaven_schema.database.seed.rows import Rows, tenant_rows, user_rows


def ids(rows: Rows) -> list[str]:
    return [row["id"] for some in rows.values() for row in some]


def test_same_seed_same_rows() -> None:
    assert tenant_rows(1, range(5)) == tenant_rows(1, range(5))
    assert user_rows(1, range(5), 2) == user_rows(1, range(5), 2)
    assert not set(ids(user_rows(1, range(5), 2))) & set(ids(user_rows(2, range(5), 2)))


def test_rows_do_not_depend_on_the_batch() -> None:
    one, two = user_rows(1, range(3), 2), user_rows(1, range(3, 6), 2)
    assert user_rows(1, range(6), 2) == {model: one[model] + two[model] for model in one}


def test_ids_are_unique_uuids() -> None:
    found = ids(tenant_rows(1, range(10))) + ids(user_rows(1, range(50), 10))
    assert len(set(found)) == len(found)
    assert {UUID(one).version for one in found} == {4}


def test_parents_come_first_and_exist() -> None:
    rows = user_rows(3, range(20), 4)
    assert list(rows)[:4] == ["User", "UserTenant", "Invoice", "InvoiceItem"]
    assert list(rows).index("Order") < list(rows).index("OrderItem")
    invoices, users = ({row["id"] for row in rows[model]} for model in ("Invoice", "User"))
    tenants = {row["id"] for row in tenant_rows(3, range(4))["Tenant"]}
    assert {row["invoiceId"] for row in rows["InvoiceItem"]} == invoices
    assert {row["userId"] for row in rows["UserTenant"]} == users
    assert {row["tenantId"] for row in rows["User"]} == tenants


def test_amounts_add_up() -> None:
    rows = user_rows(1, range(10), 1)
    for model, items, key in (("Invoice", "InvoiceItem", "invoiceId"), ("Order", "OrderItem", "orderId")):
        for row in rows[model]:
            total = sum(item["total"] for item in rows[items] if item[key] == row["id"])
            assert row["subtotal"] == total
            assert row["total"] == total + row["tax"] + row.get("shipping", 0)


def test_every_tenant_has_one_admin() -> None:
    memberships = user_rows(1, range(9), 3)["UserTenant"]
    admins = [row["tenantId"] for row in memberships if row["role"] == "TENANT_ADMIN"]
    assert len(admins) == len(set(admins)) == 3
