"""Tenants and their people, made through the services."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from kaven_schema.services.tenants import SYSTEM, Tenants
from kaven_schema.services.users import Memberships
from tests.services.project import World


def new_slug() -> str:
    return f"t{uuid4().hex}"


def new_tenant(world: World) -> tuple[str, str]:
    """Its id, and its administrator's."""
    admin_id = world.user()
    made = Tenants(world.client).create("Acme", new_slug(), admin_id=admin_id, by=SYSTEM)
    return str(world.run(made).id), admin_id


def verified_user(world: World) -> str:
    return world.user(emailVerified=True)


def new_member(world: World, tenant_id: str, role: str = "USER") -> str:
    user_id = world.user()
    world.run(Memberships(world.client).add(tenant_id, user_id, by=SYSTEM, role=role))
    return user_id


def super_admin(world: World) -> str:
    return world.user(globalRole="SUPER_ADMIN")


def tenant_row(world: World, tenant_id: str) -> Any:
    return world.run(world.client.tenant.find_unique(where={"id": tenant_id}))


def actions(world: World, entity_id: str) -> list[str]:
    """What the log tells of it, in its order."""
    found = world.run(
        world.client.auditlog.find_many(where={"entityId": entity_id}, order={"createdAt": "asc"})
    )
    return [row.action for row in found]
