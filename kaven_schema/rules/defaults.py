"""Which defaults the database itself knows. Prisma's client makes the others, for new rows only."""

from __future__ import annotations

from kaven_schema.catalog.facts import FieldFacts

_CLIENT_SIDE = ("auto(", "cuid(", "nanoid(", "ulid(", "uuid(")
_DIFFERENT_FOR_EACH_ROW = ("autoincrement(", "dbgenerated(", "sequence(")


def has_database_default(field: FieldFacts) -> bool:
    """True where `ADD COLUMN` fills rows that exist already. A bare `dbgenerated()` says nothing about it."""
    if field.default in ("", "@updatedAt", "dbgenerated()"):
        return False
    return not field.default.startswith(_CLIENT_SIDE)


def has_one_value_for_all_rows(field: FieldFacts) -> bool:
    """True where `ADD COLUMN` gives all rows that exist already the same value."""
    return has_database_default(field) and not field.default.startswith(_DIFFERENT_FOR_EACH_ROW)
