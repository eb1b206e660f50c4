"""The parse tables of the grammar, made beforehand: building them takes longer than parsing 400 KB.

    python -m kaven_schema.syntax.tables

writes them anew after a change of the grammar; a test holds them against it. Tables of another grammar are never
used: the digest of the text is their name.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from kaven_schema import resources
from kaven_schema.syntax.builder import LineBuilder

if TYPE_CHECKING:
    from lark import Lark

START_RULES = ("schema", "attributes", "block_attribute", "expression")
_FILE = "prisma.tables.json"


class Grammar(NamedTuple):
    """A parser, and the regular expression of every terminal, also of those that only others use."""

    lark: Lark
    patterns: dict[str, str]


def load_grammar(text: str) -> Grammar:
    """From the tables that were made of this text, or from the text itself."""
    stored = json.loads(resources.grammar_text(_FILE)).get(_digest(text))
    return _from_tables(stored) if stored else build_grammar(text)


def build_grammar(text: str) -> Grammar:
    from lark import Lark

    options: dict[str, Any] = {"transformer": LineBuilder()}
    lark = Lark(
        text, parser="lalr", lexer="contextual", start=list(START_RULES), maybe_placeholders=False, **options
    )
    terminals, _rules, _ignored = lark.grammar.compile(list(START_RULES), "*")
    return Grammar(lark, {terminal.name: terminal.pattern.to_regexp() for terminal in terminals})


def _from_tables(stored: dict[str, Any]) -> Grammar:
    from lark import Lark

    lark = Lark.__new__(Lark)
    tables = {"data": _with_numbers(stored["data"]), "memo": _with_numbers(stored["memo"])}
    lark._load(tables, transformer=LineBuilder())
    return Grammar(lark, stored["patterns"])


def make_tables(text: str) -> dict[str, Any]:
    """What `load_grammar` needs of a grammar, as JSON values."""
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    grammar = build_grammar(text)
    data, memo = grammar.lark.memo_serialize([TerminalDef, Rule])
    plain = {**data, "options": {**data["options"], "transformer": None}}
    tables = {"data": plain, "memo": memo, "patterns": grammar.patterns}
    return dict(json.loads(json.dumps(tables, default=sorted)))


def _with_numbers(value: Any) -> Any:
    """JSON has no numbers as keys; the tables' keys are states."""
    if isinstance(value, dict):
        return {int(key) if key.isdigit() else key: _with_numbers(item) for key, item in value.items()}
    return [_with_numbers(item) for item in value] if isinstance(value, list) else value


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _write() -> None:
    from kaven_schema.syntax.parser import grammar_text

    texts = sorted({grammar_text("5.17"), grammar_text("6"), grammar_text("7")})
    tables = {_digest(text): make_tables(text) for text in texts}
    with open(resources.grammar_path(_FILE), "w", encoding="utf-8") as file:
        file.write(json.dumps(tables, sort_keys=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    _write()
