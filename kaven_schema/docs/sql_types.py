"""The type that a field's column has in PostgreSQL; of other databases only what the schema itself says."""

from __future__ import annotations

import re

from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.syntax.ast import Field
from kaven_schema.syntax.literals import string_value

_SCALARS = {
    "String": "text",
    "Boolean": "boolean",
    "Int": "integer",
    "BigInt": "bigint",
    "Float": "double precision",
    "Decimal": "decimal(65,30)",
    "DateTime": "timestamp(3)",
    "Json": "jsonb",
    "Bytes": "bytea",
}
_NATIVE = {
    "DoublePrecision": "double precision",
    "ByteA": "bytea",
    "JsonB": "jsonb",
    "Timestamptz": "timestamptz",
    "Timetz": "timetz",
    "VarBit": "varbit",
    "SmallInt": "smallint",
    "BigInt": "bigint",
    "Integer": "integer",
    "Boolean": "boolean",
}
_CALL = re.compile(r"^@?\w+\.(\w+)(?:\((.*)\))?$")


def sql_type(facts: FieldFacts, node: Field, enum: str | None, *, is_postgres: bool = True) -> str:
    """`enum` is the stored name of the field's enum. The native type that was written goes before the default one."""
    if node.type.unsupported:
        written = string_value(node.type.unsupported)
    elif enum is not None:
        written = f'"{enum}"'
    elif found := _CALL.match(facts.native):
        name, arguments = found[1], re.sub(r"\s+", "", found[2] or "")
        known = _NATIVE.get(name, name.lower()) if is_postgres else name.lower()
        written = known + (f"({arguments})" if arguments else "")
    else:
        written = _SCALARS.get(facts.type, facts.type) if is_postgres else facts.type
    return written + ("[]" if facts.is_list else "")
