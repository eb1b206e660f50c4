"""The grammar at work: text in, tokens and line trees out. Lark stays in this module and in `builder.py`."""

from __future__ import annotations

import marshal
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from kaven_schema import resources
from kaven_schema.syntax.ast import Attribute, Expression
from kaven_schema.syntax.builder import LineBuilder

if TYPE_CHECKING:
    from lark import Lark, Token

Dialect = Literal["5.17", "6", "7"]
DIALECTS: tuple[Dialect, ...] = ("5.17", "6", "7")

_START_RULES = ("schema", "attributes", "block_attribute", "expression")


class SyntaxFault(Exception):
    """Where a part of a line stops making sense (an offset into the part), and the terminals that might stand there."""

    def __init__(self, offset: int, expected: frozenset[str]) -> None:
        super().__init__(f"unexpected text at offset {offset}")
        self.offset = offset
        self.expected = expected


class Parser:
    """One dialect's grammar. Use `parser_for`: making one costs 30 ms, and equal lines are parsed once."""

    def __init__(self, dialect: Dialect, tables: Path | None = None) -> None:
        self.dialect = dialect
        self._lark, self._patterns = _load(grammar_text(dialect), tables)
        self.attributes = lru_cache(maxsize=None)(self._attributes)

    def items(self, text: str) -> list[Token]:
        """A file's blocks, comments and empty lines; what is none of them is an `UNKNOWN_LINE`."""
        return cast("list[Token]", self._lark.parse(text, start="schema").children)

    def _attributes(self, text: str) -> tuple[Attribute, ...]:
        return cast("tuple[Attribute, ...]", self._line(text, "attributes"))

    def block_attribute(self, text: str) -> Attribute:
        return cast("Attribute", self._line(text, "block_attribute"))

    def expression(self, text: str) -> Expression:
        return cast("Expression", self._line(text, "expression"))

    def _line(self, text: str, rule: str) -> object:
        """Raises SyntaxFault; spans count from the start of `text`."""
        from lark import UnexpectedCharacters, UnexpectedInput

        try:
            return self._lark.parse(text, start=rule)
        except UnexpectedInput as error:
            if isinstance(error, UnexpectedCharacters):
                raise SyntaxFault(error.pos_in_stream or 0, frozenset(error.allowed or ())) from None
            token: Token | None = getattr(error, "token", None)
            place = token.start_pos if token is not None and token.type != "$END" else None
            expected = frozenset(getattr(error, "accepts", None) or ())
            raise SyntaxFault(len(text) if place is None else place, expected) from None

    def pattern(self, shape: str) -> re.Pattern[str]:
        """A regular expression of `shape`, in which `{NAME}` stands for the grammar's terminal of that name."""
        return re.compile(re.sub(r"\{([A-Z_]+)\}", lambda name: f"(?:{self._patterns[name[1]]})", shape))


_tables_folder: Path | None = None


def keep_tables_in(folder: Path) -> None:
    """From now on keep the parse tables of the grammar in this folder, and take them from there."""
    global _tables_folder
    _tables_folder = folder


@lru_cache(maxsize=None)
def parser_for(dialect: Dialect) -> Parser:
    return Parser(dialect, _tables_folder)


def grammar_text(dialect: Dialect) -> str:
    text = resources.grammar_text("prisma.lark")
    return text if dialect == "5.17" else text + resources.grammar_text("prisma6.lark")


_Grammar = tuple["Lark", dict[str, str]]  # with the pattern of every terminal, also of those only used in others


def _load(grammar: str, tables: Path | None) -> _Grammar:
    if tables is None:
        return _build(grammar)
    import hashlib

    import lark

    key = hashlib.sha256(f"{lark.__version__}\0{grammar}".encode()).hexdigest()[:16]
    file = tables / f"grammar-{key}"
    return _load_tables(file) or _store_tables(_build(grammar), file)


def _build(grammar: str) -> _Grammar:
    from lark import Lark

    built = Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        start=list(_START_RULES),
        maybe_placeholders=False,
        transformer=cast("Any", LineBuilder()),
    )
    terminals, _rules, _ignored = built.grammar.compile(list(_START_RULES), "*")
    return built, {terminal.name: terminal.pattern.to_regexp() for terminal in terminals}


def _load_tables(file: Path) -> _Grammar | None:
    from lark import Lark

    try:
        data, memo, patterns = marshal.loads(file.read_bytes())
        loaded = Lark.__new__(Lark)
        loaded._load({"data": data, "memo": memo}, transformer=LineBuilder())
    except Exception:  # a missing or foreign file only costs the time to build the grammar again
        return None
    return loaded, patterns


def _store_tables(grammar: _Grammar, file: Path) -> _Grammar:
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    from kaven_schema.files import write_cache

    built, patterns = grammar
    data, memo = built.memo_serialize([TerminalDef, Rule])
    data = {**data, "options": {**data["options"], "transformer": None}}
    write_cache(file, marshal.dumps(_plain((data, memo, patterns))))
    return grammar


def _plain(value: Any) -> Any:
    """The same with exact built-in types: Lark's tables hold subclasses of `str`, which marshal refuses."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple | set | frozenset) else value
