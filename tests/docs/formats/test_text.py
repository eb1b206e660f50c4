from __future__ import annotations

from kaven_schema.docs.formats.text import to_text
from tests.docs.schemas import example, of_text

SPECIFIED = """\
• Tenant ←→ User (many-to-many via UserTenant)
• Tenant → Subscription (one-to-one)
• Tenant → Invoice (one-to-many)
• Tenant → Order (one-to-many)
• User → RefreshToken (one-to-many)
• User → AuditLog (one-to-many)
• Subscription → Invoice (one-to-many)
• Invoice → InvoiceItem (one-to-many)
• Order → OrderItem (one-to-many)
• Order → OrderStatusHistory (one-to-many)
""".splitlines()


def test_every_relationship_of_the_specification_is_there() -> None:
    lines = to_text(example()).splitlines()
    assert [line for line in SPECIFIED if line not in lines] == []
    assert lines[1].strip("│").strip() == "KAVEN DATABASE SCHEMA"


def test_who_joins_two_stands_between_them() -> None:
    assert """\
CORE MODELS (TENANT & USER):
┌──────────┐       ┌──────────────┐       ┌────────┐
│  Tenant  │◄─────►│  UserTenant  │◄─────►│  User  │
└──────────┘       └──────────────┘       └────────┘
""" in to_text(example())


def test_children_hang_below() -> None:
    assert """\
             ┌─────────┐
             │  Order  │
             └─────────┘
       ┌──────────┴───────────┐
       ▼                      ▼
┌─────────────┐   ┌──────────────────────┐
│  OrderItem  │   │  OrderStatusHistory  │
└─────────────┘   └──────────────────────┘
""" in to_text(example())


def test_what_is_too_wide_is_listed() -> None:
    children = "".join(
        f"model Child{n} {{\n  id Int @id\n  topId Int\n"
        "  top Top @relation(fields: [topId], references: [id])\n}\n"
        for n in range(12)
    )
    lists = "".join(f"  c{n} Child{n}[]\n" for n in range(12))
    text = to_text(of_text(f"// ====\n// ALL\n// ====\nmodel Top {{\n  id Int @id\n{lists}}}\n{children}"))
    assert "  ├─► Child0\n" in text
    assert "  └─► Child11\n" in text
    tree = text.partition("RELATIONSHIPS")[0]
    assert max(map(len, tree.splitlines())) < 112


def test_only_some_models() -> None:
    text = to_text(example(), {"Order", "OrderItem"})
    assert "Tenant" not in text
    assert "• Order → OrderItem (one-to-many)" in text
    assert text.count("•") == 1


def test_circles_and_models_that_refer_to_themselves_end() -> None:
    text = to_text(
        of_text(
            """
            model A {
              id Int @id
              bId Int @unique
              b B @relation("x", fields: [bId], references: [id])
              c B? @relation("y")
              d Int?
              e A? @relation("z", fields: [d], references: [id])
              f A[] @relation("z")
            }
            model B {
              id Int @id
              aId Int @unique
              a A @relation("y", fields: [aId], references: [id])
              g A? @relation("x")
            }
            """
        )
    )
    assert "• A → A (one-to-many)" in text
    assert text.count("│  A  │") == text.count("│  B  │") == 1


def test_nothing_to_relate() -> None:
    assert "RELATIONSHIPS" not in to_text(of_text("model Person {\n  id Int @id\n}"))
