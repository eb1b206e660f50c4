from __future__ import annotations

from itertools import permutations

import pytest

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.catalog.scoping import Scope, declares_global, scope_of, scopes
from tests.rules.compiling import compile_texts

TENANT = """\
model Tenant {
  key String @id
}
"""
ORDER = """\
model Order {
  id       String @id
  tenantId String
  lines    Line[]
}
"""
LINE = """\
model Line {
  id      String @id
  orderId String
  order   Order  @relation(fields: [orderId], references: [id])
}
"""
USER = """\
model User {
  id       String  @id
  tenantId String?
}
"""


def catalog(*blocks: str) -> Catalog:
    return compile_texts({"base.prisma": "\n".join(blocks)}).catalog


def holder(name: str, *relations: str) -> str:
    """A model with a required relation for each `field Target`; `field Target?` is an optional one."""
    lines = ["  id String @id"]
    for relation in relations:
        field, target = relation.split()
        lines.append(f"  {field}Id String{'?' if target.endswith('?') else ''}")
        lines.append(f"  {field} {target} @relation(fields: [{field}Id], references: [id])")
    return f"model {name} {{\n" + "\n".join(lines) + "\n}\n"


def test_tenant_is_its_own() -> None:
    assert scope_of(catalog(TENANT), "Tenant") == Scope((), "Tenant", "key", is_certain=True)


def test_tenant_field_says_so() -> None:
    found = catalog(TENANT, ORDER, USER)
    assert scope_of(found, "Order") == Scope((), "Order", "tenantId", is_certain=True)
    assert scope_of(found, "User") == Scope((), "User", "tenantId", is_certain=False)


def test_required_relations_lead_there() -> None:
    found = catalog(TENANT, ORDER, LINE, holder("Note", "line Line"), USER, holder("Token", "user User"))
    assert scope_of(found, "Line") == Scope(("order",), "Order", "tenantId", is_certain=True)
    assert scope_of(found, "Note") == Scope(("line", "order"), "Order", "tenantId", is_certain=True)
    assert scope_of(found, "Token") == Scope(("user",), "User", "tenantId", is_certain=False)


def test_a_key_to_tenant_of_another_name() -> None:
    found = catalog(TENANT, holder("Plan", "owner Tenant"))
    assert scope_of(found, "Plan") == Scope(("owner",), "Tenant", "key", is_certain=True)


@pytest.mark.parametrize(
    "block",
    [
        holder("Note", "order Order?"),
        "model Note {\n  id String @id\n  orders Order[]\n}\n",
        "model Note {\n  id String @id\n  tenantId String[]\n}\n",
        "view Note {\n  id String @unique\n  tenantId String\n}\n",
        holder("Note", "country Country"),
    ],
    ids=["optional", "the other side", "a list", "a view", "to a model of no tenant"],
)
def test_nothing_leads_there(block: str) -> None:
    assert scope_of(catalog(TENANT, ORDER, "model Country {\n  id String @id\n}\n", block), "Note") is None


def test_certain_before_short_before_the_alphabet() -> None:
    note = holder("Note", "user User", "line Line")
    assert scopes(catalog(TENANT, USER, ORDER, LINE, note))["Note"].path == ("line", "order")
    note = holder("Note", "line Line", "order Order")
    assert scopes(catalog(TENANT, ORDER, LINE, note))["Note"].path == ("order",)
    note = holder("Note", "second Order", "first Order")
    assert scopes(catalog(TENANT, ORDER, note))["Note"].path == ("first",)


def test_own_field_counts_before_any_relation() -> None:
    note = holder("Note", "order Order").replace("  id ", "  tenantId String?\n  id ")
    assert scopes(catalog(TENANT, ORDER, note))["Note"].path == ()


def test_circles_end() -> None:
    found = catalog(TENANT, holder("A", "b B"), holder("B", "a A"), holder("C", "c C", "order Order"), ORDER)
    assert scopes(found).keys() == {"Tenant", "C", "Order"}


def test_order_of_blocks_makes_no_difference() -> None:
    blocks = (TENANT, ORDER, USER, LINE, holder("Note", "user User", "line Line", "other Line"))
    expected = scopes(catalog(*blocks))
    assert len(expected) == 5
    for order in permutations(blocks):
        assert scopes(catalog(*order)) == expected


def test_no_tenant_no_scopes() -> None:
    assert scopes(catalog(ORDER, LINE)) == {}
    assert scopes(catalog(TENANT.replace("model", "view"), ORDER)) == {}


@pytest.mark.parametrize("layer", ["base.prisma", "extended.prisma"])
def test_declared_global_in_either_layer(layer: str) -> None:
    block = "model Country {\n  id String @id\n}\n"
    texts = {"base.prisma": block, "extended.prisma": "model Country {\n  name String?\n}\n"}
    assert not declares_global(compile_texts(texts).catalog.by_name["Country"])
    texts[layer] = f"// ISO 3166\n/// Countries. @kaven.global\n// of the world\n{texts[layer]}"
    assert declares_global(compile_texts(texts).catalog.by_name["Country"])


@pytest.mark.parametrize(
    "above",
    [
        "// @kaven.global\n",
        "/// @kaven.global\n\n",
        "/// x@kaven.global\n",
        "/// @kaven.globals\n",
        "/// @kaven\n",
    ],
)
def test_not_declared_global(above: str) -> None:
    found = catalog(f"{above}model Country {{\n  /// @kaven.global\n  id String @id\n}}\n")
    assert not declares_global(found.by_name["Country"])
