"""Enums that a migration replaces, as Prisma does: rename the old, make the new, convert columns, drop the old."""

from __future__ import annotations

from kaven_schema.database.lint.rule import Context
from kaven_schema.database.lint.schema import Type
from kaven_schema.database.lint.types import ColumnType, TypeChange, type_change


def replaced(found: Type, context: Context) -> bool:
    """Whether by the end of the migration another enum bears the name that this one had before it."""
    return bool(found.values) and any(
        (act.verb == "create_enum" and act.name == found.first_name)
        or (act.verb == "rename_type" and act.new_name == found.first_name)
        for act in context.acts
    )


def enum_change(context: Context, old: ColumnType, new: ColumnType) -> TypeChange:
    """The change of a column's type; that of one enum into another goes by their values."""
    before, after = (context.schema.types.get(type_.name) for type_ in (old, new))
    if before is None or after is None or not (before.values and after.values) or old.name == new.name:
        return type_change(old, new)
    if old.is_array != new.is_array:
        return TypeChange.BREAKS
    keeps = set(before.values) <= set(after.values) or replaced(before, context)
    return TypeChange.REWRITES if keeps else TypeChange.BREAKS
