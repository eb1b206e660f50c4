"""Questions that several rules ask of the syntax tree."""

from __future__ import annotations

from kaven_schema.database.lint.parser import Node, unwrapped, walk

# Of PostgreSQL's own functions those that people use as defaults; any other may be volatile.
_STEADY = frozenset(
    {
        "now", "transaction_timestamp", "statement_timestamp", "timezone", "date_trunc",
        "current_setting", "to_char", "to_jsonb", "to_json", "jsonb_build_object",
        "jsonb_build_array", "json_build_object", "json_build_array", "lower", "upper", "concat",
        "md5", "length", "make_interval", "make_date", "current_database", "array_fill"
    }
)  # fmt: skip
_KINDS = {
    "CONSTR_PRIMARY": "primary",
    "CONSTR_UNIQUE": "unique",
    "CONSTR_FOREIGN": "foreign",
    "CONSTR_CHECK": "check",
    "CONSTR_EXCLUSION": "exclusion",
}


def _contype(constraint: Node) -> str:
    values = type(constraint).DESCRIPTOR.fields_by_name["contype"].enum_type.values_by_number
    return str(values[constraint.contype].name)


def constraint_kind(constraint: Node) -> str:
    """primary, unique, foreign, check or exclusion; empty for what is no constraint of the table."""
    return _KINDS.get(_contype(constraint), "")


def constraint_of(column: Node, *contypes: str) -> Node | None:
    """The first constraint of a column definition that is of one of PostgreSQL's kinds."""
    found = (wrapped.constraint for wrapped in column.constraints)
    return next((constraint for constraint in found if _contype(constraint) in contypes), None)


def has_constraint(column: Node, *contypes: str) -> bool:
    return constraint_of(column, *contypes) is not None


def default_of(column: Node) -> Node | None:
    """A column's default or generation expression; DEFAULT NULL is none."""
    constraint = constraint_of(column, "CONSTR_DEFAULT", "CONSTR_GENERATED")
    if constraint is None:
        return None
    expression = unwrapped(constraint.raw_expr)
    while expression.DESCRIPTOR.name == "TypeCast":
        expression = unwrapped(expression.arg)
    return None if expression.DESCRIPTOR.name == "A_Const" and expression.isnull else constraint.raw_expr


def volatile_function(expression: Node) -> str:
    """The first function called that may give each row a value of its own; empty if there is none."""
    calls = ((kind, node) for kind, node in walk(expression) if kind == "FuncCall")
    own = unwrapped(expression)
    nodes = [own] if own.DESCRIPTOR.name == "FuncCall" else []
    names = [node.funcname[-1].string.sval for node in (*nodes, *(node for _, node in calls))]
    return next((name for name in names if name not in _STEADY), "")


def proves_not_null(constraint: Node) -> str:
    """The column of a CHECK ("column" IS NOT NULL)."""
    test = unwrapped(constraint.raw_expr)
    if constraint_kind(constraint) != "check" or test.DESCRIPTOR.name != "NullTest" or test.nulltesttype != 2:
        return ""
    argument = unwrapped(test.arg)
    return str(argument.fields[-1].string.sval) if argument.DESCRIPTOR.name == "ColumnRef" else ""
