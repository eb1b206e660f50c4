"""What all fixes make together: nothing that a rule, or a fix, finds fault with."""

from __future__ import annotations

import pytest

from kaven_schema.rules.fixing import apply_fixes
from tests.rules.compiling import Project, compile_texts

BASE = """\
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Tenant {
  id        String   @id @default(uuid()) @db.Uuid
  createdAt DateTime @default(now())
  updatedAt DateTime @updatedAt
}

model User {
  id        String   @id @default(uuid()) @db.Uuid
  slug      String   @unique
  createdAt DateTime @default(now())
  updatedAt DateTime @updatedAt
}
"""
IDENTITY = "id String @id @default(uuid()) @db.Uuid"
STAMPS = "createdAt DateTime @default(now())\n  updatedAt DateTime @updatedAt"
TENANT = "tenantId String @db.Uuid\n  tenant Tenant @relation(fields: [tenantId], references: [id], onDelete: Cascade)"
USER = "userId String @db.Uuid\n  user User @relation(fields: [userId], references: [id])"
PAIR = "pair Pair @relation(fields: [tenantId, userId], references: [tenantId, id])"
WHOLE = f"{IDENTITY}\n  {TENANT}\n  {STAMPS}"
MODELS = {
    "indexes over both": f"{WHOLE}\n  status String\n\n  @@index([tenantId])\n  @@index([status])",
    "comments": f"{WHOLE}\n\n  /// why\n  @@index([tenantId]) // a\n  @@index([createdAt]) // b",
    "stamps are there": f"{WHOLE}",
    "stamps are missing": f"{IDENTITY}\n  {TENANT}",
    "all that is promised": f"{WHOLE}\n  email String\n  status String",
    "an index over the tenant": f"{WHOLE}\n  status String\n\n  @@index([tenantId])",
    "a named one": f'{IDENTITY}\n  {TENANT}\n  {STAMPS}\n\n  @@index(tenantId, map: "by_tenant")',
    "one without brackets": f"{WHOLE}\n\n  @@index(tenantId)",
    "an index over the time": f"{WHOLE}\n\n  @@index([createdAt])",
    "two keys": f"{IDENTITY}\n  {TENANT}\n  {USER}\n  email String",
    "indexes above": f"@@index([tenantId])\n  @@index([createdAt])\n  {IDENTITY}\n  {TENANT}\n  {STAMPS}",
    "a key that begins another": f"{IDENTITY}\n  {TENANT}\n  {USER}\n  {PAIR}\n  {STAMPS}",
}


def texts_of(model: str) -> dict[str, str]:
    pair = f"model Pair {{\n  {IDENTITY}\n  {TENANT}\n  {STAMPS}\n\n  @@unique([tenantId, id])\n}}\n"
    extended = f"{pair if PAIR in model else ''}model Order {{\n  {model}\n}}\n"
    return {"base.prisma": BASE, "extended.prisma": extended}


def mended(texts: dict[str, str]) -> dict[str, str]:
    for _ in range(10):
        changed = apply_fixes(compile_texts(texts).diagnostics())
        if not changed:
            return texts
        texts = {**texts, **changed}
    raise AssertionError("the fixes do not come to an end")


def rules_of(project: Project) -> set[str]:
    return {found.rule for found in project.diagnostics()}


@pytest.mark.parametrize("case", MODELS)
def test_fixes_leave_no_finding_of_their_own(case: str):
    texts = texts_of(MODELS[case])
    after = compile_texts(mended(texts))
    assert not after.syntax_errors()
    left = [found.message for found in after.diagnostics()]
    assert rules_of(after) <= rules_of(compile_texts(texts)) - {"index_not_prefix"}, left


def test_one_index_serves_the_tenant_and_the_time():
    text = mended(texts_of(MODELS["stamps are missing"]))["extended.prisma"]
    assert text.count("@@index") == 1
    assert "@@index([tenantId, createdAt])" in text
    assert text.index("updatedAt") < text.index("@@index"), "new fields stand above the block attributes"


def test_new_fields_stand_above_block_attributes_that_fields_follow():
    text = mended(texts_of(f"{IDENTITY}\n  {TENANT}\n\n  @@unique([tenantId, name])\n\n  name String"))
    assert text["extended.prisma"].index("createdAt DateTime") < text["extended.prisma"].index("@@unique")


def test_no_index_over_a_field_that_is_not_there():
    extended = (
        f"{BASE}\nmodel Job {{\n  {IDENTITY}\n  co Tenant @relation(fields: [coId], references: [id])\n}}\n"
    )
    project = compile_texts({"base.prisma": BASE, "extended.prisma": extended[len(BASE) :]})
    assert "relation_fields_known" in rules_of(project)
    assert "foreign_key_indexed" not in rules_of(project)
