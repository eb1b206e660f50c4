"""Twenty and more ways to spoil a merge that Prisma would still accept, or nearly: the proof sees each."""

from __future__ import annotations

from pathlib import Path

import pytest

import kaven_schema
from kaven_schema.proof.base_stands import find_losses

_EXAMPLE = Path(__file__).parents[2] / "prisma"
_BASE = (_EXAMPLE / "schema.base.prisma").read_text(encoding="utf-8")

# name: (what stands in the merged text, what a faulty merger might have made of it)
_CORRUPTIONS = {
    "map_of_a_block_lost": ('  @@map("users")\n', ""),
    "map_of_a_block_changed": ('  @@map("users")\n', '  @@map("user")\n'),
    "map_of_a_field_lost": ('passwordHash String @map("password_hash")', "passwordHash String"),
    "type_changed": ("  quantity Int @default(1)", "  quantity BigInt @default(1)"),
    "arity_changed": ("  avatar String?\n", "  avatar String\n"),
    "list_made_single": ("  users User[]\n", "  users User?\n"),
    "default_changed": ('@default("BRL")', '@default("USD")'),
    "default_lost": ("role Role @default(USER)", "role Role"),
    "arguments_cut_at_the_comma": ("subtotal Decimal @db.Decimal(10, 2)", "subtotal Decimal @db.Decimal(10)"),
    "native_type_lost": (
        "  shipping Decimal @default(0) @db.Decimal(10, 2)",
        "  shipping Decimal @default(0)",
    ),
    "unique_lost": ("email String @unique", "email String"),
    "referential_action_changed": (
        "subscription Subscription? @relation(fields: [subscriptionId], references: [id], onDelete: SetNull)",
        "subscription Subscription? @relation(fields: [subscriptionId], references: [id], onDelete: Cascade)",
    ),
    "one_of_several_indexes_lost": ("  @@index([emailVerified])\n", ""),
    "compound_unique_reordered": ("@@unique([userId, tenantId])", "@@unique([tenantId, userId])"),
    "field_lost": ("  /// Optional avatar URL (S3, Cloudflare R2, etc)\n  avatar String?\n", ""),
    "field_renamed": ("  deletedAt DateTime?\n", "  removedAt DateTime?\n"),
    "documentation_lost": ("  /// Optional avatar URL (S3, Cloudflare R2, etc)\n", ""),
    "documentation_reworded": ("/// Bcrypt hashed password", "/// Hashed password"),
    "documentation_of_a_block_lost": ("/// User account (can belong to multiple tenants or none)\n", ""),
    "comment_made_documentation": ("  // INDEXES\n", "  /// INDEXES\n"),
    "enum_value_lost": ("  /// Payment failed, grace period\n  PAST_DUE\n", ""),
    "enum_values_reordered": ("  /// Created but not sent\n  DRAFT\n", ""),
    "property_of_the_datasource_changed": ('env("DATABASE_URL")', 'env("DB_URL")'),
    "property_of_the_generator_lost": ("  enable_experimental_decimal = true\n", ""),
    "banner_lost": ("// CORE MODELS (TENANT & USER)\n", ""),
    "string_rewritten": ('provider = "postgresql"', 'provider = "postgres ql"'),
}


@pytest.fixture(scope="module")
def merged() -> str:
    extended = _EXAMPLE / "schema.extended.prisma"
    return kaven_schema.merge(_EXAMPLE / "schema.base.prisma", [extended]).text


def _squeezed(text: str) -> str:
    """Without the alignment, which differs from block to block."""
    lines = text.split("\n")
    return "\n".join(line[: len(line) - len(line.lstrip())] + " ".join(line.split()) for line in lines)


def test_nothing_is_lost(merged: str) -> None:
    assert find_losses(_BASE, merged) == []
    assert find_losses(_BASE, _squeezed(merged)) == []


@pytest.mark.parametrize("name", _CORRUPTIONS)
def test_a_loss_is_found(name: str, merged: str) -> None:
    right, wrong = _CORRUPTIONS[name]
    text = _squeezed(merged)
    assert _squeezed(right) in text, "the corruption no longer fits the example"
    assert find_losses(_BASE, text.replace(_squeezed(right), _squeezed(wrong), 1))


def test_a_lost_block_is_found(merged: str) -> None:
    start = merged.index("model RefreshToken {")
    end = merged.index("\n}\n", start) + 3
    losses = find_losses(_BASE, merged[:start] + merged[end:])
    assert [loss.block for loss in losses if loss.declaration == "the whole block"] == ["model RefreshToken"]


def test_reordered_fields_are_found(merged: str) -> None:
    text = _squeezed(merged)
    moved = (
        "  /// Product ID (optional, for inventory tracking)\n" + '  productId String? @map("product_id")\n'
    )
    assert moved in text
    without = text.replace(moved, "", 1)
    place = without.index("  /// Quantity ordered\n")
    end = without.index("\n\n", place) + 1
    assert find_losses(_BASE, f"{without[:end]}\n{moved}{without[end:]}")


def test_a_comment_that_moved_to_another_owner_is_found(merged: str) -> None:
    text = _squeezed(merged)
    comment = "  /// Item description\n"
    assert comment in text
    moved = text.replace(comment, "", 1).replace("  /// Unit price\n", f"  /// Unit price\n{comment}", 1)
    assert find_losses(_BASE, moved)


def test_the_place_is_that_of_base() -> None:
    base = 'model A {\n  id Int @id\n\n  name String @map("n")\n}\n'
    losses = find_losses(base, base.replace(' @map("n")', ""))
    assert [(loss.block, loss.line) for loss in losses] == [("model A", 4)]


@pytest.mark.parametrize("line_break", ["\r\n", "\r"])
def test_line_breaks_do_not_matter(line_break: str) -> None:
    base = "// c\nmodel A {\n  // d\n  id Int @id\n}\n"
    assert find_losses(base.replace("\n", line_break), base) == []
