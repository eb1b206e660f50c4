"""What it means for rows that exist when a column's type changes, as measured on PostgreSQL 16.

SAFE: every value fits, and the table is not rewritten. CARE: every value fits, but the whole table is rewritten
under a lock. BREAKING: values may be lost or refused, or PostgreSQL knows no conversion of its own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kaven_schema.compare.change import Severity

_DEFAULTS = {
    "String": "Text",
    "Boolean": "Boolean",
    "Int": "Integer",
    "BigInt": "BigInt",
    "Float": "DoublePrecision",
    "Decimal": "Decimal(65, 30)",
    "DateTime": "Timestamp(3)",
    "Json": "JsonB",
    "Bytes": "ByteA",
}
_WRITTEN = re.compile(r"(?:@\w+\.)?(\w+)(?:\(([^)]*)\))?")
# What a type without its length or precision stands for; VarChar without one is unlimited.
_LENGTHS = {"Char": (1,), "Bit": (1,), "Decimal": (65, 30)}
_TIMES = ("Time", "Timetz", "Timestamp", "Timestamptz")
_UNLIMITED = 10**9
# Digits before the decimal point that a whole number may have.
_DIGITS = {"SmallInt": 5, "Integer": 10, "BigInt": 19}
_LONGER = {
    "SmallInt": ("Integer", "BigInt", "Real", "DoublePrecision"),
    "Integer": ("BigInt", "DoublePrecision"),
    "Real": ("DoublePrecision",),
    "Date": ("Timestamp", "Timestamptz"),
    "Time": ("Timetz",),
    "Timestamp": ("Timestamptz",),
    "Timestamptz": ("Timestamp",),
    "Json": ("JsonB",),
    "JsonB": ("Json",),
    "Uuid": ("Text",),
    "Inet": ("Text",),
}


class Native(NamedTuple):
    """A column's type in the database: `VarChar`, and the numbers in its parentheses."""

    name: str
    arguments: tuple[int, ...]


def native_type(prisma_type: str, written: str) -> Native:
    """`written` is `@db.VarChar(20)`, or empty: then Prisma's own choice for the type."""
    found = _WRITTEN.fullmatch(written or _DEFAULTS.get(prisma_type, prisma_type))
    if found is None:
        return Native(written, ())
    arguments = tuple(int(number) for number in re.findall(r"\d+", found[2] or ""))
    if not arguments:
        arguments = (6,) if found[1] in _TIMES else _LENGTHS.get(found[1], ())
    return Native(found[1], arguments)


def conversion(old: Native, new: Native) -> Severity:
    if old == new:
        return Severity.SAFE
    if old.name in ("VarChar", "Char", "Text", "Xml") and new.name in ("VarChar", "Text"):
        return _text(old, new)
    if new.name == "Decimal":
        return _decimal(old, new)
    if old.name == new.name:
        return _same_family(old, new)
    is_longer = new.name in _LONGER.get(old.name, ()) and _keeps_precision(old, new)
    return Severity.CARE if is_longer else Severity.BREAKING


def _length(native: Native) -> int:
    return native.arguments[0] if native.arguments else _UNLIMITED


def _text(old: Native, new: Native) -> Severity:
    if _length(new) < _length(old):
        return Severity.BREAKING
    return Severity.CARE if old.name == "Char" else Severity.SAFE


def _decimal(old: Native, new: Native) -> Severity:
    precision, scale = new.arguments if len(new.arguments) == 2 else (_length(new), 0)
    if old.name in _DIGITS:
        return Severity.CARE if precision - scale >= _DIGITS[old.name] else Severity.BREAKING
    if old.name != "Decimal":
        return Severity.BREAKING
    old_precision, old_scale = old.arguments if len(old.arguments) == 2 else (_length(old), 0)
    if scale == old_scale:
        return Severity.SAFE if precision >= old_precision else Severity.BREAKING
    fits = scale > old_scale and precision - scale >= old_precision - old_scale
    return Severity.CARE if fits else Severity.BREAKING


def _same_family(old: Native, new: Native) -> Severity:
    """Lengths and precisions; a Char and a Bit are padded to theirs."""
    if _length(new) < _length(old) or old.name == "Bit":
        return Severity.BREAKING
    return Severity.CARE if old.name == "Char" else Severity.SAFE


def _keeps_precision(old: Native, new: Native) -> bool:
    return new.name not in _TIMES or _length(new) >= (0 if old.name == "Date" else _length(old))
