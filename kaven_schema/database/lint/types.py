"""Column types, and what it takes to change one into another."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from kaven_schema.database.lint.parser import Node, unwrapped

_CANONICAL = {
    "bpchar": "char",
    "decimal": "numeric",
    "int": "int4",
    "integer": "int4",
    "bigint": "int8",
    "smallint": "int2",
    "serial": "int4",
    "serial4": "int4",
    "bigserial": "int8",
    "serial8": "int8",
    "smallserial": "int2",
    "serial2": "int2",
}
SERIALS = frozenset({"serial", "serial4", "bigserial", "serial8", "smallserial", "serial2"})
_INTEGERS = ("int2", "int4", "int8")
_LENGTHS = frozenset({"varchar", "varbit", "timestamp", "timestamptz", "time", "timetz"})


class ColumnType(NamedTuple):
    """`name` as PostgreSQL's catalog has it; `modifiers` such as a length, or precision and scale."""

    name: str
    modifiers: tuple[int, ...] = ()
    is_array: bool = False

    def __str__(self) -> str:
        modifiers = f"({','.join(map(str, self.modifiers))})" if self.modifiers else ""
        return f"{self.name}{modifiers}{'[]' * self.is_array}"


class TypeChange(Enum):
    """Widening keeps every value and what reads it; `REWRITES` does too, but writes the whole table anew."""

    NONE = "none"
    WIDENS = "widens"
    REWRITES = "rewrites"
    BREAKS = "breaks"


def qualified(parts: tuple[str, ...]) -> str:
    """A name as the lint compares it: without the schemas that are searched anyway."""
    shown = parts[1:] if len(parts) > 1 and parts[0] in ("public", "pg_catalog") else parts
    return ".".join(shown)


def type_of(type_name: Node) -> ColumnType:
    name = qualified(tuple(part.string.sval for part in type_name.names))
    modifiers = tuple(
        constant.ival.ival
        for constant in map(unwrapped, type_name.typmods)
        if constant.DESCRIPTOR.name == "A_Const"
    )
    name = _CANONICAL.get(name, name)
    if name == "numeric" and len(modifiers) == 1:
        modifiers = (*modifiers, 0)
    return ColumnType(name, modifiers, bool(type_name.array_bounds))


def type_change(old: ColumnType, new: ColumnType) -> TypeChange:
    """As measured on PostgreSQL 16; what is not known to keep every value breaks."""
    if old == new:
        return TypeChange.NONE
    if old.is_array != new.is_array:
        return TypeChange.BREAKS
    change = _change_of_one(old, new)
    return TypeChange.REWRITES if old.is_array and change is TypeChange.WIDENS else change


def _change_of_one(old: ColumnType, new: ColumnType) -> TypeChange:
    if old.name == new.name == "numeric":
        return _numeric_change(old.modifiers, new.modifiers)
    if old.name == new.name and old.name in _LENGTHS:
        return TypeChange.WIDENS if _is_longer(old, new) else TypeChange.BREAKS
    if old.name == "varchar" and new.name == "text":
        return TypeChange.WIDENS
    if old.name == "text" and new == ColumnType("varchar", (), new.is_array):
        return TypeChange.WIDENS
    return TypeChange.REWRITES if _keeps_values(old, new) else TypeChange.BREAKS


def _is_longer(old: ColumnType, new: ColumnType) -> bool:
    return not new.modifiers or bool(old.modifiers and new.modifiers[0] >= old.modifiers[0])


def _keeps_values(old: ColumnType, new: ColumnType) -> bool:
    if old.name in _INTEGERS and new.name in _INTEGERS:
        return _INTEGERS.index(old.name) < _INTEGERS.index(new.name)
    return (old.name, new.name) == ("float4", "float8")


def _numeric_change(old: tuple[int, ...], new: tuple[int, ...]) -> TypeChange:
    if not new:
        return TypeChange.WIDENS
    if not old:
        return TypeChange.BREAKS
    (precision, scale), (wider, finer) = old, new
    if scale == finer:
        return TypeChange.WIDENS if wider >= precision else TypeChange.BREAKS
    keeps = finer > scale and wider - finer >= precision - scale
    return TypeChange.REWRITES if keeps else TypeChange.BREAKS
