"""What the specification's plan of many steps lets a release do with data: expand, fill, and only then contract."""

from __future__ import annotations

from kaven_schema.database.migrations.statements import Statement, split_statements

# What moves values elsewhere must fill the new place.
_FILLED = frozenset(
    (
        "vendor_field_same_name",
        "vendor_block_same_name",
        "vendor_field_same_type",
        "vendor_enum_value_same_name",
    )
)


def refusal(rule: str, sql: str) -> str:
    """Why the plan does not allow this script for a break of the rule; empty where it does."""
    statements = split_statements(sql)
    renames = [one for one in statements if one.words[:1] == ("ALTER",) and "RENAME" in one.words]
    if renames:
        return "it renames in place, which code that still runs does not survive: add, fill, and drop later"
    if rule in _FILLED and not any(_fills(one) for one in statements):
        return "it fills nothing: values have to be copied to their new place, by UPDATE, INSERT or USING"
    return ""


def _fills(statement: Statement) -> bool:
    words = statement.words
    return words[:1] in (("UPDATE",), ("INSERT",), ("DO",), ("WITH",)) or "USING" in words
