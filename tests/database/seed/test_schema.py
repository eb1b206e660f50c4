from __future__ import annotations

from typing import Any

import pytest

from kaven_schema.database.seed.schema import Needs, SeedSchema
from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.schema_wasm import SchemaEngine

SCHEMA = """
datasource db {
  provider = "postgresql"
  url      = "postgresql://"
}

model User {
  id      String   @id @default(uuid())
  email   String   @map("e\\"mail")
  role    Role
  region  String
  tags    String[]
  touched DateTime @updatedAt
  nick    String?
  teamId  String
  team    Team     @relation(fields: [teamId], references: [id])

  @@map("users")
}

model Team {
  id    String @id @default(uuid())
  users User[]
}

enum Role {
  ADMIN
}
"""


@pytest.fixture(scope="module")
def dmmf() -> dict[str, Any]:
    return SchemaEngine.load("5.17").dmmf([("schema.prisma", SCHEMA)])


def refusal(schema: SeedSchema, needs: Needs) -> KavenError:
    with pytest.raises(KavenError) as raised:
        schema.check(needs)
    return raised.value


def test_everything_that_lacks_is_named(dmmf: dict[str, Any]) -> None:
    needs = {"User": ("email", "name"), "Role": ("ADMIN", "USER"), "Tenant": ("id",)}
    error = refusal(SeedSchema.of(dmmf, {}), needs)
    assert error.rule == "seed_schema_lacks"
    assert error.message.endswith(": User.name, Role.USER, Tenant")


def test_required_fields_without_a_value(dmmf: dict[str, Any]) -> None:
    needs = {"User": ("email", "role")}
    error = refusal(SeedSchema.of(dmmf, {}), needs)
    assert error.rule == "seed_value_missing"
    assert error.message.endswith(": User.region, User.teamId")
    assert '{"User": {"region": …}}' in error.help
    SeedSchema.of(dmmf, {"User": {"region": "EU", "teamId": "1"}}).check(needs)


def test_values_of_unknown_fields(dmmf: dict[str, Any]) -> None:
    for values in ({"User": {"regoin": "EU"}}, {"Usr": {"region": "EU"}}, {"User": {"": 1}}):
        with pytest.raises(KavenError) as raised:
            SeedSchema.of(dmmf, values)
        assert raised.value.rule == "seed_values_invalid"


def test_rows_have_what_the_model_has(dmmf: dict[str, Any]) -> None:
    schema = SeedSchema.of(dmmf, {"User": {"region": "EU", "email": "theirs"}})
    assert schema.row("User", {"email": "ours", "globalRole": "X"}) == {"region": "EU", "email": "ours"}


def test_names_in_the_database(dmmf: dict[str, Any]) -> None:
    schema = SeedSchema.of(dmmf, {})
    assert (schema.table("User"), schema.table("Team")) == ('"users"', '"Team"')
    assert (schema.column("User", "email"), schema.column("User", "nick")) == ('"e""mail"', '"nick"')
