"""Which columns the function of a trigger names, and whether a migration leaves it naming one that is gone."""

from __future__ import annotations

from collections.abc import Iterable

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.parser import Node
from kaven_schema.database.lint.words import words_of
from kaven_schema.source import Span

_ROWS = ("new", "old")


def row_columns(function: Node) -> frozenset[str]:
    """The x of NEW.x and OLD.x in a function's body."""
    arguments = {wrapped.def_elem.defname: wrapped.def_elem.arg for wrapped in function.options}
    if "as" not in arguments:
        return frozenset()
    body = arguments["as"].list.items[0].string.sval
    words = [word.name for word in words_of(body, Span(0, len(body)))]
    threes = zip(words, words[1:], words[2:], strict=False)
    return frozenset(name for row, dot, name in threes if row in _ROWS and dot == "." and name != "*")


def is_mended(table: str, column: str, trigger: str, function: str, later: Iterable[Act]) -> bool:
    """Whether what follows in the migration takes the trigger away, or gives its function what it names."""
    return any(
        (act.verb == "drop_on_table" and (act.table, act.name) == (table, trigger))
        or (act.verb == "drop_object" and act.name == function)
        or (act.verb == "drop_table" and act.table == table)
        or (act.verb == "add_column" and (act.table, act.name) == (table, column))
        or (act.verb == "rename_column" and (act.table, act.new_name) == (table, column))
        or (act.verb == "create_function" and act.name == function and column not in row_columns(act.node))
        for act in later
    )
