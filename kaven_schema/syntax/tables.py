"""The parse tables of the grammar, made beforehand: building them takes longer than parsing 400 KB.

    python -m kaven_schema.syntax.tables

writes them anew after a change of the grammar; a test holds them against it. Tables of another grammar are never
used: the digest of the text is their name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kaven_schema import resources
from kaven_schema.syntax.builder import LineBuilder

if TYPE_CHECKING:
    from lark import Lark

START_RULES = ("attributes", "block_attribute", "expression")
_FILE = "prisma.tables.json"


class Grammar:
    """The regular expression of every terminal at once, and the parser when somebody asks for it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stored = _stored_tables(text)

    @cached_property
    def patterns(self) -> dict[str, str]:
        return dict(self._stored["patterns"]) if self._stored else _patterns(self.lark)

    @cached_property
    def lark(self) -> Lark:
        return (
            _from_tables(self._stored)
            if self._stored
            else build_parser(self._text, START_RULES, **_line_options())
        )


def build_parser(text: str, start: Sequence[str], **options: Any) -> Lark:
    from lark import Lark

    return Lark(
        text, parser="lalr", lexer="contextual", start=list(start), maybe_placeholders=False, **options
    )


def _line_options() -> dict[str, Any]:
    from kaven_schema.syntax.lexer import LineLexer

    return {"transformer": LineBuilder(), "_plugins": {"ContextualLexer": LineLexer}}


def _patterns(lark: Lark) -> dict[str, str]:
    terminals, _rules, _ignored = lark.grammar.compile(list(START_RULES), "*")
    return {terminal.name: terminal.pattern.to_regexp() for terminal in terminals}


def _from_tables(stored: dict[str, Any]) -> Lark:
    from lark import Lark
    from lark.lark import LarkOptions

    lark = Lark.__new__(Lark)
    data = _with_numbers(stored["data"])
    # Tables made by a newer Lark may name options that this one does not have.
    options = {name: value for name, value in data["options"].items() if name in LarkOptions._defaults}  # noqa: SLF001
    tables = {"data": {**data, "options": options}, "memo": _with_numbers(stored["memo"])}
    lark._load(tables, **_line_options())  # noqa: SLF001  what Lark.load does with a pickle, from JSON
    return lark


def make_tables(text: str) -> dict[str, Any]:
    """What `Grammar` needs of a text, as JSON values."""
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    lark = build_parser(text, START_RULES)
    data, memo = lark.memo_serialize([TerminalDef, Rule])
    tables = {"data": data, "memo": memo, "patterns": _patterns(lark)}
    return dict(json.loads(json.dumps(tables, default=sorted)))


def _with_numbers(value: Any) -> Any:
    """JSON has no numbers as keys; the tables' keys are states."""
    if isinstance(value, dict):
        return {int(key) if key.isdigit() else key: _with_numbers(item) for key, item in value.items()}
    return [_with_numbers(item) for item in value] if isinstance(value, list) else value


def _stored_tables(text: str) -> dict[str, Any] | None:
    """Each grammar's tables are one line of the file, and no other is read."""
    start = f'"{_digest(text)}":'
    for line in resources.grammar_text(_FILE).split("\n"):
        if line.startswith(start):
            return dict(json.loads(line.removeprefix(start).removesuffix(",")))
    return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _write() -> None:
    from kaven_schema.syntax.dialect import grammar_text

    texts = sorted({grammar_text("5.17"), grammar_text("6"), grammar_text("7")})
    tables = {_digest(text): make_tables(text) for text in texts}
    with open(resources.grammar_path(_FILE), "w", encoding="utf-8") as file:
        lines = [
            f'"{digest}":{json.dumps(tables[digest], sort_keys=True, separators=(",", ":"))}'
            for digest in sorted(tables)
        ]
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    _write()
