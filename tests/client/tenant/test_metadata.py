"""What a tenant's client is told of a schema."""

from __future__ import annotations

import pytest

from kaven_schema.client.tenant.metadata import read_catalog, tenancy_of
from kaven_schema.client.tenant.runtime.facts import GLOBAL, TENANT, Model
from kaven_schema.engines.schema_wasm import SchemaEngine

HEAD = """\
generator client {
  provider        = "prisma-client-py"
  previewFeatures = ["views"]
}

datasource db {
  provider = "postgresql"
  url      = "postgresql://localhost/x"
}
"""
SCHEMA = """
model Tenant {
  id       String    @id
  orders   Order[]
  partners Partner[]
}

model Order {
  id       String  @id
  tenantId String
  tenant   Tenant  @relation(fields: [tenantId], references: [id])
  buyerId  String?
  buyer    Buyer?  @relation(fields: [buyerId], references: [id])
  lines    Line[]
  tags     Tag[]

  @@unique([tenantId, id], name: "inTenant")
}

model Line {
  id        String    @id
  orderId   String
  order     Order     @relation(fields: [orderId], references: [id])
  buyerId   String
  buyer     Buyer     @relation(fields: [buyerId], references: [id])
  deletedAt DateTime?
}

model Buyer {
  id       String  @id
  tenantId String?
  orders   Order[]
  lines    Line[]
}

/// @kaven.global
model Tag {
  code   String  @id
  orders Order[]
}

model Partner {
  id       String @id
  tenantId String @ignore
  ownerId  String
  owner    Tenant @relation(fields: [ownerId], references: [id])
}

model Stray {
  id        String   @id
  deletedAt DateTime
}

view Total {
  tenantId String @unique
  amount   Int
}
"""


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    return {model.name: model for model in read(SCHEMA)}


def read(text: str, global_models: tuple[str, ...] = ()) -> tuple[Model, ...]:
    engine = SchemaEngine.load("5.17")
    tenancy = tenancy_of(
        engine.dmmf([("schema.prisma", HEAD + text)]), read_catalog(HEAD + text, "5.17"), global_models
    )
    assert tenancy
    return tenancy.models


def test_whose_rows(models: dict[str, Model]) -> None:
    access = {name: (model.access, model.path, model.tenant_field) for name, model in models.items()}
    assert access["Tenant"] == (TENANT, (), "id")
    assert access["Order"] == (TENANT, (), "tenantId")
    assert access["Line"] == (TENANT, ("order",), "tenantId")
    assert access["Tag"] == (GLOBAL, (), "")
    assert access["Stray"] == ("", (), "")
    assert access["Total"] == (TENANT, (), "tenantId")
    assert models["Total"].is_view


def test_field_that_the_client_has_not_confines_nothing(models: dict[str, Model]) -> None:
    assert models["Partner"].access == ""


def test_global_models_of_the_settings() -> None:
    (stray,) = (model for model in read(SCHEMA, ("Stray",)) if model.name == "Stray")
    assert stray.access == GLOBAL


def test_certainty(models: dict[str, Model]) -> None:
    certain = {
        f"{model.name}.{name}"
        for model in models.values()
        for name, relation in model.relations.items()
        if relation.is_certain
    }
    assert certain == {"Tenant.orders", "Order.tenant", "Order.lines", "Order.tags", "Line.order"}


def test_soft_deletes(models: dict[str, Model]) -> None:
    assert {name for name, model in models.items() if model.deleted} == {"Line"}


def test_criteria(models: dict[str, Model]) -> None:
    assert models["Order"].keys == {"inTenant": ("tenantId", "id")}
    assert models["Order"].identity == "id"
    assert models["Total"].identity == "tenantId"


def test_schema_without_tenants() -> None:
    text = HEAD + "model Order {\n  id String @id\n}\n"
    engine = SchemaEngine.load("5.17")
    assert tenancy_of(engine.dmmf([("schema.prisma", text)]), read_catalog(text, "5.17")) is None
