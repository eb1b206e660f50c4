"""What a statement does, one thing at a time: the form in which rules see it."""

from __future__ import annotations

from dataclasses import dataclass

from kaven_schema.database.lint.parser import Node
from kaven_schema.source import Span

DATA_VERBS = frozenset({"update", "delete", "query", "insert"})
"""What changes no definition. `truncate` is not among them: it takes a table's lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One change, or one query.

    `verb` says what is done, such as `drop_column`; `table` to which table, empty where it is to none; `name` is
    what is changed, and `new_name` what it becomes. `node` is the syntax of just this act, `statement` numbers
    the statement in its script, and `is_hidden` marks what stands in the body of a DO block.
    """

    verb: str
    node: Node
    span: Span
    statement: int
    table: str = ""
    name: str = ""
    new_name: str = ""
    is_hidden: bool = False
