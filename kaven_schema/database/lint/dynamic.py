"""SQL that is put together at run time, where its parts can be told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kaven_schema.database.lint.parser import Node, SqlError, parse_sql, unwrapped

UNKNOWN = "?"
"""Stands for a name or value that only the run knows."""


def constant_text(expression: str) -> str | None:
    """The text that a PL/pgSQL expression gives; None where even its shape depends on the run."""
    try:
        statement = parse_sql(f"SELECT {expression}")[0]
    except SqlError:
        return None
    targets = statement.node.target_list
    return _text(unwrapped(targets[0].res_target.val)) if len(targets) == 1 else None


def _text(node: Node) -> str | None:
    kind = node.DESCRIPTOR.name
    if kind == "A_Const" and node.HasField("sval"):
        return str(node.sval.sval)
    if kind == "A_Expr" and node.name[-1].string.sval == "||":
        left, right = _text(unwrapped(node.lexpr)), _text(unwrapped(node.rexpr))
        return None if left is None or right is None else left + right
    return _called(node) if kind == "FuncCall" else None


def _called(call: Node) -> str | None:
    name, arguments = call.funcname[-1].string.sval, [unwrapped(argument) for argument in call.args]
    if name in ("quote_ident", "quote_literal"):
        return f'"{UNKNOWN}"' if name == "quote_ident" else f"'{UNKNOWN}'"
    pattern = _text(arguments[0]) if name == "format" and arguments else None
    return _formatted(pattern, iter(arguments[1:])) if pattern is not None else None


def _formatted(pattern: str, arguments: Iterator[Node]) -> str | None:
    pieces = []
    for piece in re.split(r"(%.)", pattern):
        if piece not in ("%I", "%L", "%s"):
            if piece.startswith("%") and piece != "%%":
                return None
            pieces.append("%" if piece == "%%" else piece)
            continue
        argument = next(arguments, None)
        value = _text(argument) if argument is not None else None
        if piece == "%s" and value is None:
            return None
        shown = UNKNOWN if value is None else value
        pieces.append(shown if piece == "%s" else f'"{shown}"' if piece == "%I" else f"'{shown}'")
    return "".join(pieces)
