"""The seed on PostgreSQL through the generated client, as the application's role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import bcrypt
import pytest

from kaven_schema.config import load_settings
from kaven_schema.database.seed import SeedOptions, SeedRun, seed
from kaven_schema.database.seed.accounts import Passwords
from kaven_schema.database.seed.load import LoadSize
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from tests.database.seed.examples import PASSWORDS, contents, counts, make_example
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")

YEAR = datetime.now(UTC).year
DEMO = {
    "tenants": 1,
    "users": 3,
    "user_tenants": 2,
    "subscriptions": 1,
    "invoices": 1,
    "invoice_items": 1,
    "orders": 1,
    "order_items": 1,
}
NUMBERS = "SELECT number FROM invoices UNION ALL SELECT number FROM orders ORDER BY 1"
OTHER = "INSERT INTO tenants (id, name, slug, \"updatedAt\") VALUES ('other', 'Other', 'other', now())"
Seed = Callable[..., SeedRun]


@pytest.fixture
def run(example: Path, app: DatabaseUrl, monkeypatch: pytest.MonkeyPatch) -> Seed:
    monkeypatch.setenv("DATABASE_URL", str(app))

    def seeding(
        root: Path = example, load: LoadSize | None = None, values: dict[str, dict[str, object]] | None = None
    ) -> SeedRun:
        options = SeedOptions(passwords=Passwords(PASSWORDS), load=load, values=values or {}, force=True)
        return seed(load_settings(root), options)

    return seeding


def refusal(work: Callable[[], object]) -> KavenError:
    with pytest.raises(KavenError) as raised:
        work()
    return raised.value


def invoice(number: str, tenant: str = "other") -> str:
    return (
        "INSERT INTO invoices (id, tenant_id, number, subtotal, total, updated_at)"
        f" VALUES (gen_random_uuid(), '{tenant}', '{number}', 1, 1, now())"
    )


def test_first_run(run: Seed, owner: DatabaseUrl) -> None:
    found = run()
    assert found.changed
    assert all(step.created for step in found.steps)
    assert counts(owner) == DEMO
    assert query(owner, NUMBERS) == [(f"INV-{YEAR}-001",), (f"ORD-{YEAR}-001",)]
    users = (
        "SELECT email, password_hash, tenant_id, global_role::text, email_verified FROM users ORDER BY name"
    )
    rows = query(owner, users)
    tenant = "123e4567-e89b-12d3-a456-426614174000"
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [
        ("user@demo.com", tenant, None, True),
        ("admin@kaven.io", None, "SUPER_ADMIN", True),
        ("admin@demo.com", tenant, None, True),
    ]
    given = [
        PASSWORDS[f"KAVEN_SEED_{who}_PASSWORD"] for who in ("REGULAR_USER", "SUPER_ADMIN", "TENANT_ADMIN")
    ]
    for row, password in zip(rows, given, strict=True):
        assert str(row[1]).startswith("$2b$12$")
        assert bcrypt.checkpw(password.encode(), str(row[1]).encode())
    items = "SELECT description, quantity, price, total FROM {} ORDER BY 1"
    assert [tuple(map(str, row)) for row in query(owner, items.format("order_items"))] == [
        ("Widget Pro", "2", "100.00", "200.00")
    ]
    assert query(owner, "SELECT settings->'features' FROM tenants") == [(["2fa", "api", "analytics"],)]


def test_second_run_changes_nothing(run: Seed, owner: DatabaseUrl) -> None:
    run()
    before = contents(owner)
    found = run()
    assert not found.changed
    assert contents(owner) == before


def test_what_somebody_changed_stays(run: Seed, owner: DatabaseUrl) -> None:
    run()
    query(owner, "UPDATE tenants SET slug = 'renamed'; UPDATE invoice_items SET description = 'mine'")
    query(owner, "DELETE FROM orders; DELETE FROM users WHERE email = 'user@demo.com'")
    found = run()
    assert found.slug == "renamed"
    assert [step.what for step in found.steps if step.created] == ["regular user", "membership", "order"]
    assert counts(owner) == DEMO


def test_rows_of_the_specifications_own_script_are_taken_over(run: Seed, owner: DatabaseUrl) -> None:
    run()
    query(owner, "UPDATE invoices SET id = gen_random_uuid(), number = 'INV-2025-001'")
    assert not run().changed


def test_numbers_go_on(run: Seed, owner: DatabaseUrl) -> None:
    query(owner, OTHER)
    for number in (
        f"INV-{YEAR}-001",
        f"INV-{YEAR}-1000",
        f"INV-{YEAR}-999",
        f"INV-{YEAR}-x",
        "INV-2001-5000",
    ):
        query(owner, invoice(number))
    run()
    assert (f"INV-{YEAR}-1001",) in query(owner, NUMBERS)
    assert (f"ORD-{YEAR}-001",) in query(owner, NUMBERS)


def test_failure_at_the_last_step_leaves_nothing(run: Seed, owner: DatabaseUrl) -> None:
    query(owner, "REVOKE INSERT ON order_items FROM kaven_app")
    error = refusal(run)
    assert error.rule == "seed_failed"
    assert "permission denied" in error.message
    assert counts(owner) == {}
    query(owner, "GRANT INSERT ON order_items TO kaven_app")
    assert run().changed
    assert counts(owner) == DEMO


def test_conflict_with_a_row_of_others(run: Seed, owner: DatabaseUrl) -> None:
    query(owner, "ALTER TABLE users ADD UNIQUE (name)")
    query(
        owner,
        "INSERT INTO users (id, email, password_hash, name, updated_at)"
        " VALUES ('1', 'a@b', '', 'Regular User', now())",
    )
    assert refusal(run).rule == "seed_conflict"
    assert counts(owner) == {"users": 1}


def test_database_without_tables(run: Seed, owner: DatabaseUrl) -> None:
    query(
        owner, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO kaven_app"
    )
    error = refusal(run)
    assert error.rule == "database_not_migrated"
    assert "kaven migrate deploy" in error.help


def test_database_without_a_column(run: Seed, owner: DatabaseUrl) -> None:
    query(owner, "ALTER TABLE users DROP COLUMN phone")
    assert refusal(run).rule == "database_not_migrated"


def test_load_data(run: Seed, owner: DatabaseUrl) -> None:
    size = LoadSize(tenants=3, users=7, random_seed=1)
    found = run(load=size)
    assert found.load == {
        "Tenant": 3,
        "Subscription": 3,
        "User": 7,
        "UserTenant": 7,
        "Invoice": 7,
        "InvoiceItem": 14,
        "Order": 7,
        "OrderItem": 14,
        "OrderStatusHistory": 7,
        "AuditLog": 14,
    }
    assert query(owner, "SELECT count(*) FROM users") == [(10,)]
    before = contents(owner)
    again = run(load=size)
    assert not again.changed
    assert set((again.load or {}).values()) == {0}
    assert contents(owner) == before
    more = run(load=LoadSize(tenants=3, users=9, random_seed=1))
    assert (more.load or {})["User"] == 2
    other = run(load=LoadSize(tenants=3, users=7, random_seed=2))
    assert (other.load or {})["AuditLog"] == 14


def test_load_data_that_was_interrupted_is_completed(run: Seed, owner: DatabaseUrl) -> None:
    size = LoadSize(tenants=2, users=5, random_seed=1)
    run(load=size)
    before = contents(owner)
    query(owner, "DELETE FROM order_items WHERE product_id IS NOT NULL; DELETE FROM audit_logs")
    found = run(load=size)
    assert {model: count for model, count in (found.load or {}).items() if count} == {
        "OrderItem": 10,
        "AuditLog": 10,
    }
    assert contents(owner) == before


def test_numbers_after_load_data_are_those_of_the_year(run: Seed, owner: DatabaseUrl) -> None:
    run(load=LoadSize(tenants=1, users=2, random_seed=1))
    query(owner, "DELETE FROM invoices WHERE number LIKE 'INV-2%'")
    run()
    assert (f"INV-{YEAR}-001",) in query(owner, NUMBERS)


def test_sync_client_and_a_required_field_of_ones_own(run: Seed, owner: DatabaseUrl, tmp_path: Path) -> None:
    sync = '"asyncio"', '"sync"'
    field = "  passwordHash String", "  region String\n  passwordHash String"
    root = make_example(tmp_path / "project", "seed_sync", sync, field)
    query(owner, "ALTER TABLE users ADD region text NOT NULL")
    error = refusal(lambda: run(root))
    assert error.rule == "seed_value_missing"
    assert "User.region" in error.message
    found = run(root, values={"User": {"region": "EU"}}, load=LoadSize(tenants=1, users=2, random_seed=1))
    assert found.changed
    assert query(owner, "SELECT region, count(*) FROM users GROUP BY 1") == [("EU", 5)]


def test_client_that_is_missing_or_of_another_schema(run: Seed, tmp_path: Path) -> None:
    root = make_example(tmp_path / "project", "seed_changed")
    schema = root / "prisma" / "schema.prisma"
    schema.write_text(schema.read_text("utf-8").replace("avatar ", "portrait "), encoding="utf-8")
    assert refusal(lambda: run(root)).rule == "client_stale"
    (root / "seed_changed" / "schema.prisma").unlink()
    (root / "seed_changed" / "client.py").unlink()
    error = refusal(lambda: run(root))
    assert error.rule == "client_not_generated"
    assert error.help == "run: kaven generate"


def test_client_that_does_not_import(run: Seed, tmp_path: Path) -> None:
    root = make_example(tmp_path / "project", "seed_broken")
    (root / "seed_broken" / "models.py").write_text("nothing here\n")
    assert refusal(lambda: run(root)).rule == "client_import_failed"
