"""The proof finds every way in which a merge could have changed base; each is done here to a merge that is right."""

from __future__ import annotations

import pytest

from kaven_schema.proof.base_stands import Loss, find_losses
from tests.merge.cases import CASES, Case

BASE = Case("shop").base.text
# What is done, to what, and what the proof must name: the block, and the line of base.
CORRUPTIONS = (
    ("a model's @@map dropped", '  @@map("orders")\n', "", "model Order", 47),
    ("a model's @@map changed", '@@map("tenants")', '@@map("tenant")', "model Tenant", 25),
    ("an enum's @@map dropped", '  @@map("order_status")\n', "", "enum OrderStatus", 56),
    ("a field's @map dropped", ' @map("tenant_id")', "", "model Order", 30),
    ("a type changed", "total     Decimal ", "total     Float   ", "model Order", 34),
    ("a type made optional", "number    Int  ", "number    Int? ", "model Order", 31),
    ("a type made required", 'note      String? ', "note      String  ", "model Order", 35),
    ("a list made single", "orders    Order[]", "orders    Order?", "model Tenant", 19),
    ("a default changed", "@default(autoincrement())", "@default(1)", "model Order", 31),
    ("a default dropped", "@default(OPEN)", "", "model Order", 32),
    ("a default's order changed", '["new", "web"]', '["web", "new"]', "model Order", 36),
    ("@db.Decimal(10, 2) cut at the comma", "@db.Decimal(10, 2)", "@db.Decimal(10)", "model Order", 34),
    ("@db.Decimal dropped", " @db.Decimal(10, 2)", "", "model Order", 34),
    ("the length of a string changed", "@db.VarChar(200)", "@db.VarChar(20)", "model Order", 35),
    ("@updatedAt dropped", ' @updatedAt @map("updated_at")', ' @map("updated_at")', "model Tenant", 21),
    ("onDelete changed", "onDelete: Cascade", "onDelete: SetNull", "model Order", 38),
    ("onDelete dropped", ", onDelete: Cascade", "", "model Order", 38),
    ("an unsupported type changed", '"tsvector"', '"tsquery"', "model Order", 37),
    ("a blank inside a string lost", '"My  Shop"', '"My Shop"', "model Tenant", 17),
    ("a blank behind an escape lost", r'\"theme\":  ', r'\"theme\": ', "model Tenant", 18),
    ("an escape changed", r"\"{dark}\"", r"'{dark}'", "model Tenant", 18),
    ("one of several @@index lost", "  @@index([tenantId, status])\n", "", "model Order", 45),
    ("two @@index made one", "  @@index([tenantId, status])\n  @@index([tenantId, createdAt(sort: Desc)]", "  @@index([tenantId, status, createdAt(sort: Desc)]", "model Order", 45),
    ("the sort order of an index dropped", "(sort: Desc)", "", "model Order", 46),
    ("the name of an index dropped", ', map: "order_by_date"', "", "model Order", 46),
    ("the fields of a @@unique turned round", "[tenantId, number]", "[number, tenantId]", "model Order", 44),
    ("a @@unique made an @@index", "@@unique(", "@@index(", "model Order", 44),
    ("a field dropped", "  number    Int         @default(autoincrement())\n", "", "model Order", 31),
    ("a field renamed", "  number    Int", "  numbers   Int", "model Order", 31),
    ("a value dropped", "  DONE\n", "", "enum OrderStatus", 54),
    ("a value stored otherwise", '@map("sent")', '@map("posted")', "enum OrderStatus", 53),
    ("fields in another order", '  id        String      @id @default(uuid())\n  tenantId  String      @map("tenant_id")\n', '  tenantId  String      @map("tenant_id")\n  id        String      @id @default(uuid())\n', "model Order", 30),
    ("values in another order", '  OPEN @map("open")\n', "", "enum OrderStatus", 51),
    ("a block dropped", BASE[BASE.index("enum") : BASE.index("// the end")], "", "enum OrderStatus", 50),
    ("a block renamed", "model Tenant {", "model Company {", "model Tenant", 14),
    ("a model made a view", "model Tenant {", "view Tenant {", "model Tenant", 14),
    ("a property changed", 'env("DATABASE_URL")', 'env("DATABASE")', "datasource db", 8),
    ("a generator changed", '"prisma-client-js"', '"prisma-client-py"', "generator client", 3),
    ("a comment outside blocks lost", "// --- tenants ---\n", "", "", 11),
    ("the last comment lost", "// the end\n", "", "", 59),
    ("a comment reworded", "// found by name", "// find by name", "model Tenant", 24),
    ("a comment above a field lost", "  /// with taxes\n", "", "model Order", 34),
    ("a comment behind a field lost", " // never changes", "", "model Order", 39),
    ("a comment behind a value lost", " // or lost", "", "enum OrderStatus", 53),
    ("a comment of its own lost", "  // a paragraph of its own\n", "", "model Order", 43),
    ("documentation made a comment", "  /// with taxes", "  // with taxes", "model Order", 34),
    ("a comment behind a quote changed", '// 5" tablets, too', '// 5" tablets', "model Tenant", 18),
)
MOVES = (
    ("a comment moved to another field", "  /// with taxes\n", "  note      String?", "model Order", 34),
    ("a comment moved from index to index", "  /// numbers count within a tenant\n", "  @@index([tenantId, status])", "model Order", 44),
    ("a field moved to the end", "  status    OrderStatus @default(OPEN)\n", "  createdAt DateTime    @default(now()) //", "model Order", 33),
    ("a comment moved into a block", "// --- tenants ---\n", "  vat String?", "", 11),
)


@pytest.fixture(scope="module")
def written() -> str:
    text = Case("shop").compile().text
    assert find_losses(BASE, text) == []
    return text


@pytest.mark.parametrize(("done", "old", "new", "block", "line"), CORRUPTIONS, ids=[case[0] for case in CORRUPTIONS])
def test_a_corruption_is_found(written, done, old, new, block, line):
    if done == "a block dropped":
        old = written[written.index("enum OrderStatus") : written.index("// the end")]
    assert written.count(old) == 1
    found = find_losses(BASE, written.replace(old, new))
    assert (block, line) in places(found)


@pytest.mark.parametrize(("done", "what", "before", "block", "line"), MOVES, ids=[case[0] for case in MOVES])
def test_a_move_is_found(written, done, what, before, block, line):
    assert written.count(what) == written.count(before) == 1
    moved = written.replace(what, "")
    moved = moved.replace(before, what + before)
    assert (block, line) in places(find_losses(BASE, moved))


def places(losses: list[Loss]) -> set[tuple[str, int]]:
    return {(loss.block, loss.line) for loss in losses}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_dropping_any_line_of_base_is_found(case: Case):
    """Every line of the output that came from base, one by one; a `}` that is gone joins two blocks."""
    merged = case.compile()
    lines = merged.text.split("\n")
    for number, line in enumerate(lines, 1):
        origin = merged.origin_of(number)
        if origin and origin.path == case.base.path and line.strip(" /*"):
            assert find_losses(case.base.text, "\n".join([*lines[: number - 1], *lines[number:]])), line


@pytest.mark.parametrize(
    ("base", "written"),
    [
        ("model A {\n  id Int @id\n}", "model A {\r\n    id   Int    @id\r\n}\r\n"),
        ("model A {\n  id Int@map( 'a' )@id\n}\n", "model A {\n  id Int @id @map('a')\n}\n"),
        ("model A { // x\n  id Int\n}\n", "model A {\n  // x\n\n  id Int\n}\n"),
        ("model A {\n  @@map('a')\n\n  id Int\n}\n", "model A {\n  id Int\n\n  @@map('a')\n}\n"),
        ("model A {\n  id Int\n} // x\n", "model A {\n  id Int\n}\n\n// x\n"),
        ("enum A {\n  B\n}\n", "// x\nenum A {\n  // y\n  B\n  C // z\n}\n\nenum D {\n  B\n}\n"),
        ("/* a\n b */\nmodel A { /* x */\n /* y */\n  id Int /* z */\n}\n", "/**\n * a\n * b\n */\nmodel A {\n  /**\n   * x\n   */\n\n  /**\n   * y\n   */\n  id Int /* z */\n}\n"),
        ("/* } */ model A {\n  id Int\n}\n", "/**\n * }\n */\nmodel A {\n  id Int\n}\n"),
        ("", "anything"),
    ],
)  # fmt: skip
def test_layout_is_no_loss(base, written):
    assert find_losses(base, written) == []


@pytest.mark.parametrize(
    ("base", "written"),
    [
        ("model A {\n /* x */\n  id Int\n}\n", "model A {\n  id Int\n}\n"),
        ("model A {\n /* x */\n  id Int\n}\n", "model A {\n  // x\n  id Int\n}\n"),
        ("model A {\n  id Int /* x */\n}\n", "model A {\n  id Int\n}\n"),
        ("/* x\n y */\nmodel A {\n  id Int\n}\n", "/**\n * x\n */\nmodel A {\n  id Int\n}\n"),
        ("model A { /* x */\n  id Int\n}\n", "model A {\n  id Int\n}\n"),
    ],
)
def test_lost_block_comments_are_found(base, written):
    assert find_losses(base, written)
