"""Under row-level security: the services as the back office's role, and as the application's without a tenant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.database.embedded import Role
from kaven_schema.database.row_level_security.doors import doors_of
from kaven_schema.database.row_level_security.roles import make_embedded_roles
from kaven_schema.database.row_level_security.script import write_script
from kaven_schema.database.row_level_security.tables import protection_of
from kaven_schema.services.audit import AuditTrail, append_only_script
from kaven_schema.services.tenants import SYSTEM, AccessRefusedError, Tenants, access_to, status_script
from kaven_schema.services.users import Memberships, UserRefusedError, Users
from tests.database.servers import query, superuser
from tests.services.project import World

pytestmark = pytest.mark.xdist_group("postgres")

ROLE, PASSWORD = "kaven_test_backoffice", "none"


@pytest.fixture
def protected(own_world: World, services_project: Path) -> World:
    """With all migrations that there are for it, row-level security's last."""
    make_embedded_roles(own_world.server)
    schema = (services_project / "prisma" / "schema.prisma").read_text(encoding="utf-8")
    catalog = read_catalog(schema, "5.17")
    protection = write_script(protection_of(catalog), doors_of(catalog, "public"), ())
    for script in (append_only_script(), status_script(), protection):
        query(own_world.url(Role.OWNER), script)
    return own_world


@pytest.fixture
def office(protected: World) -> Iterator[Any]:
    """A client of the back office's, which sees every tenant."""
    with superuser(protected.server) as connection:
        make = f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}' IN ROLE kaven_super_admin, kaven_app"
        connection.execute(make.encode())
    url = replace(protected.url(), user=ROLE, password=PASSWORD)
    client = protected.package.Prisma(use_dotenv=False, datasource={"url": str(url)})
    protected.run(client.connect())
    yield client
    protected.run(client.disconnect())
    with superuser(protected.server) as connection:
        connection.execute(f"DROP ROLE {ROLE}".encode())


async def live(office: Any) -> tuple[str, str, str]:
    """A tenant's id, its administrator's and a member's."""
    users, members, tenants = Users(office), Memberships(office), Tenants(office)
    admin_id, mailed = await users.sign_up("admin@example.com", "Admin", "hash")
    await users.verify_email(mailed.token)
    tenant = await tenants.create("Acme", "acme", admin_id=admin_id, by=SYSTEM)
    user_id, mailed = await users.sign_up("user@example.com", "User", "hash")
    await users.verify_email(mailed.token)
    invitation = await members.invite(tenant.id, "user@example.com", by=admin_id)
    await members.join(invitation.token, user_id)
    await members.change_role(tenant.id, user_id, "TENANT_ADMIN", by=admin_id)
    await members.leave(tenant.id, admin_id)
    await tenants.delete(tenant.id, by=user_id)
    await tenants.restore(tenant.id, by=SYSTEM)
    await users.delete(admin_id, by=admin_id)
    return tenant.id, admin_id, user_id


def test_a_whole_life(protected: World, office: Any) -> None:
    tenant_id, _, user_id = protected.run(live(office))
    assert protected.run(access_to(office, tenant_id, user_id)).is_admin
    page = protected.run(AuditTrail(office, tenant_id=tenant_id).all())
    assert len(page.records) == 7
    for change in ("UPDATE audit_logs SET action = 'other'", "DELETE FROM audit_logs"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            query(replace(protected.url(), user=ROLE, password=PASSWORD), change)


def test_the_application_without_a_tenant_sees_nothing(protected: World, office: Any) -> None:
    """Also where it asks for the program itself."""
    tenant_id, _, user_id = protected.run(live(office))
    for work in (
        access_to(protected.client, tenant_id, user_id),
        Tenants(protected.client).suspend(tenant_id, by=SYSTEM),
        Memberships(protected.client).remove(tenant_id, user_id, by=SYSTEM),
        Users(protected.client).delete(user_id, by=SYSTEM),
    ):
        with pytest.raises((AccessRefusedError, UserRefusedError)):
            protected.run(work)
    assert protected.run(AuditTrail(protected.client).all()).records == []
    assert protected.run(access_to(office, tenant_id, user_id)).is_admin
