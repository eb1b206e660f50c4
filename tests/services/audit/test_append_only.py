"""The migration: rows come in, and stay as they are."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.services.audit import append_only_script, record
from tests.database.servers import query
from tests.services.project import World

pytestmark = pytest.mark.xdist_group("postgres")

INSERT = "INSERT INTO audit_logs (id, action, entity_type, entity_id) VALUES ('1', 'b', 'c', 'd')"
CHANGES = (
    "UPDATE audit_logs SET action = 'other'",
    "UPDATE audit_logs SET user_id = NULL",
    "DELETE FROM audit_logs",
    "TRUNCATE audit_logs",
    f"{INSERT} ON CONFLICT (id) DO UPDATE SET action = 'other'",
)


@pytest.fixture
def guarded(own_world: World) -> World:
    """With one row, of a user's in a tenant."""
    owner = own_world.url(Role.OWNER)
    query(owner, append_only_script())
    query(owner, append_only_script())  # twice does no harm
    user_id = own_world.user(id="user")
    own_world.run(own_world.client.tenant.create(data={"id": "tenant", "name": "a", "slug": "a"}))
    who: dict[str, Any] = {"user_id": user_id, "tenant_id": "tenant"}
    own_world.run(record(own_world.client, "seen", entity_type="User", entity_id=user_id, **who))
    query(own_world.url(), INSERT)
    return own_world


def rows(world: World) -> list[tuple[object, ...]]:
    return query(world.url(Role.OWNER), "SELECT * FROM audit_logs ORDER BY id")


@pytest.mark.parametrize("change", CHANGES)
def test_the_application_is_refused(guarded: World, change: str) -> None:
    before = rows(guarded)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        query(guarded.url(), change)
    assert rows(guarded) == before


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_is_granted_later(guarded: World, change: str) -> None:
    """As a migration of row-level security does, or a hand that does not know."""
    owner, before = guarded.url(Role.OWNER), rows(guarded)
    query(owner, "GRANT ALL ON audit_logs TO kaven_app")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        query(guarded.url(), change)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        query(owner, change)
    assert rows(guarded) == before


def test_through_the_client(guarded: World) -> None:
    log, where = guarded.client.auditlog, {"id": "1"}
    for work in (
        log.update(where=where, data={"action": "x"}),
        log.update_many(where=where, data={"action": "x"}),
        log.delete(where=where),
        log.delete_many(),
    ):
        with pytest.raises(guarded.package.errors.PrismaError):
            guarded.run(work)
    assert len(rows(guarded)) == 2


def test_nested_in_a_trigger_of_ones_own(guarded: World) -> None:
    """What lets foreign keys through does not let through what only looks like them."""
    query(guarded.url(Role.OWNER), "GRANT UPDATE ON audit_logs TO kaven_app")
    for change in ("action = 'other'", "user_id = 'user', action = 'other'", "tenant_id = 'other'"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            query(
                guarded.url(),
                "CREATE TEMP TABLE door (x int);"
                " CREATE FUNCTION pg_temp.go() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN UPDATE audit_logs SET {change}; RETURN NEW; END $$;"
                " CREATE TRIGGER go AFTER INSERT ON door FOR EACH ROW EXECUTE FUNCTION pg_temp.go();"
                " INSERT INTO door VALUES (1)",
            )


def test_truncating_what_it_refers_to(guarded: World) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        query(guarded.url(Role.OWNER), "TRUNCATE users CASCADE")


def test_users_and_tenants_may_go_for_good(guarded: World) -> None:
    """Base says so; the row stays, and what it says of them."""
    guarded.run(guarded.client.user.delete(where={"id": "user"}))
    guarded.run(guarded.client.tenant.delete(where={"id": "tenant"}))
    (entry,) = guarded.run(guarded.client.auditlog.find_many(where={"action": "seen"}))
    assert (entry.userId, entry.tenantId) == (None, None)
    assert entry.changes["actor"] == {"userId": "user", "tenantId": "tenant"}


def test_other_roles() -> None:
    assert 'FROM "app", "back""office";' in append_only_script(("app", 'back"office'))
    assert "REVOKE" not in append_only_script(())
