"""Ways in which a merge could change base, done to the written text of the merge `shop`."""

from __future__ import annotations

from typing import NamedTuple


class Corruption(NamedTuple):
    """`old` becomes `new`; the proof must name `block`, and the line of base that begins with `line`."""

    name: str
    old: str
    new: str
    block: str
    line: str


class Move(NamedTuple):
    """`what` goes to before `before`; the proof must name `block`, and the line of base that begins with `line`."""

    name: str
    what: str
    before: str
    block: str
    line: str


TENANT, ORDER, STATUS = "model Tenant", "model Order", "enum OrderStatus"
BY_DATE = '@@index([tenantId, createdAt(sort: Desc)], map: "order_by_date")'
BY_STATUS = "@@index([tenantId, status])"

CORRUPTIONS = (
    Corruption("@@map of a model dropped", '  @@map("orders")\n', "", ORDER, '@@map("orders")'),
    Corruption("@@map of a model changed", '@@map("tenants")', '@@map("tenant")', TENANT, "@@map"),
    Corruption("@@map of an enum dropped", '  @@map("order_status")\n', "", STATUS, "@@map"),
    Corruption("@map of a field dropped", ' @map("tenant_id")', "", ORDER, "tenantId"),
    Corruption("type changed", "total     Decimal ", "total     Float   ", ORDER, "total"),
    Corruption("type made optional", "number    Int  ", "number    Int? ", ORDER, "number"),
    Corruption("type made required", "note      String? ", "note      String  ", ORDER, "note"),
    Corruption("list made single", "orders    Order[]", "orders    Order?", TENANT, "orders"),
    Corruption("unsupported type changed", '"tsvector"', '"tsquery"', ORDER, "search"),
    Corruption("default changed", "@default(autoincrement())", "@default(1)", ORDER, "number"),
    Corruption("default dropped", "@default(OPEN)", "", ORDER, "status"),
    Corruption("order within a default changed", '["new", "web"]', '["web", "new"]', ORDER, "tags"),
    Corruption(
        "@db.Decimal(10, 2) cut at the comma", "@db.Decimal(10, 2)", "@db.Decimal(10)", ORDER, "total"
    ),
    Corruption("@db.Decimal dropped", " @db.Decimal(10, 2)", "", ORDER, "total"),
    Corruption("length of a column changed", "@db.VarChar(200)", "@db.VarChar(20)", ORDER, "note"),
    Corruption("@updatedAt dropped", " @updatedAt @map", " @map", TENANT, "updatedAt"),
    Corruption("onDelete changed", "onDelete: Cascade", "onDelete: SetNull", ORDER, "tenant "),
    Corruption("onDelete dropped", ", onDelete: Cascade", "", ORDER, "tenant "),
    Corruption("blank inside a string lost", '"My  Shop"', '"My Shop"', TENANT, "name"),
    Corruption("blank behind an escape lost", r"\"theme\":  ", r"\"theme\": ", TENANT, "settings"),
    Corruption("escape changed", r"\"{dark}\"", r"'{dark}'", TENANT, "settings"),
    Corruption("one of several @@index lost", f"  {BY_STATUS}\n", "", ORDER, BY_STATUS),
    Corruption(
        "two @@index made one",
        f"{BY_STATUS}\n  @@index([tenantId, createdAt",
        "@@index([tenantId, status, createdAt",
        ORDER,
        BY_STATUS,
    ),
    Corruption("sort order of an index dropped", "(sort: Desc)", "", ORDER, BY_DATE),
    Corruption("name of an index dropped", ', map: "order_by_date"', "", ORDER, BY_DATE),
    Corruption(
        "fields of a @@unique turned round", "[tenantId, number]", "[number, tenantId]", ORDER, "@@unique"
    ),
    Corruption("@@unique made an @@index", "@@unique(", "@@index(", ORDER, "@@unique"),
    Corruption("field dropped", "  tags      String[]                 @default(", "  // (", ORDER, "tags"),
    Corruption("field renamed", "  number    Int", "  numbers   Int", ORDER, "number"),
    Corruption("value dropped", "  DONE\n", "", STATUS, "DONE"),
    Corruption("value stored otherwise", '@map("sent")', '@map("posted")', STATUS, "SENT"),
    Corruption("block made a comment", "model Tenant {", "// model Tenant {", TENANT, "model"),
    Corruption("block renamed", "model Tenant {", "model Company {", TENANT, "model"),
    Corruption("model made a view", "model Tenant {", "view Tenant {", TENANT, "model"),
    Corruption("block not closed", "}\n\nenum OrderStatus", "\n\nenum OrderStatus", ORDER, "model"),
    Corruption("property changed", 'env("DATABASE_URL")', 'env("DATABASE")', "datasource db", "url"),
    Corruption("generator changed", "prisma-client-js", "prisma-client-py", "generator client", "provider"),
    Corruption("comment between blocks lost", "// --- tenants ---\n", "", "", "// --- tenants ---"),
    Corruption("last comment lost", "// the end\n", "", "", "// the end"),
    Corruption("comment reworded", "// found by name", "// find by name", TENANT, "@@index"),
    Corruption("comment above a field lost", "  /// with taxes\n", "", ORDER, "total"),
    Corruption("comment behind a field lost", " // never changes", "", ORDER, "createdAt"),
    Corruption("comment behind a value lost", " // or lost", "", STATUS, "SENT"),
    Corruption("comment behind a quote changed", '// 5" tablets, too', '// 5" tablets', TENANT, "settings"),
    Corruption("blank inside a comment lost", "// never changes", "// neverchanges", ORDER, "createdAt"),
    Corruption("documentation made a comment", "  /// with taxes", "  // with taxes", ORDER, "total"),
    Corruption("paragraph lost", "  // a paragraph of its own\n", "", ORDER, ""),
)
MOVES = (
    Move("comment to another field", "  /// with taxes\n", "  note      String?", ORDER, "total"),
    Move(
        "comment to another index",
        "  /// numbers count within a tenant\n",
        f"  {BY_STATUS}",
        ORDER,
        "@@unique",
    ),
    Move("comment into a block", "// --- tenants ---\n", "  vat String?", "", "// --- tenants ---"),
    Move("field to another place", "  DONE\n", '  OPEN @map("open")', STATUS, "DONE"),
    Move("value behind another", '  OPEN @map("open")\n', "  DONE\n", STATUS, "SENT"),
)
