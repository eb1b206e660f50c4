"""The grammar at work: what is nested, inside a line, Lark parses; of the rest its terminals suffice.

Lark stays in this module, in `builder.py` and in `tables.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from kaven_schema.syntax.ast import Attribute, Expression
from kaven_schema.syntax.dialect import Dialect, grammar_text
from kaven_schema.syntax.memory import decode, encode
from kaven_schema.syntax.problems import LineSyntaxError, NestingError, nests_too_deep
from kaven_schema.syntax.tables import Grammar

if TYPE_CHECKING:
    from lark import Token

WIDE_BLANKS = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_WIDE_IN_GRAMMAR = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"

_Part = tuple[str, str]  # a start rule, and a text


class Parser:
    """One dialect's grammar. Use `parser_for`: equal attributes are parsed once."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._grammar = Grammar(grammar_text(dialect))
        self._known: dict[_Part, object] = {}
        self._kept: Mapping[_Part, Any] = {}
        self._parsed: list[_Part] = []

    def recall(self, kept: Mapping[_Part, Any]) -> None:
        """From now on take these, which `parsed` of another run gave, instead of parsing them again."""
        self._kept = kept
        self._parsed = []

    def parsed(self) -> dict[_Part, Any]:
        """What had to be parsed since `recall`, as plain tuples."""
        return {part: encode(self._known[part]) for part in self._parsed}

    def attributes(self, text: str) -> tuple[Attribute, ...]:
        return cast("tuple[Attribute, ...]", self._parse(text, "attributes"))

    def block_attribute(self, text: str) -> Attribute:
        return cast("Attribute", self._parse(text, "block_attribute"))

    def expression(self, text: str) -> Expression:
        return cast("Expression", self._parse(text, "expression"))

    def _parse(self, text: str, rule: str) -> object:
        """Raises LineSyntaxError or NestingError; spans count from the start of `text`."""
        part = (rule, text)
        found = self._known.get(part)
        if found is None:
            kept = self._kept.get(part)
            found = self._known[part] = decode(kept) if kept else self._parse_anew(text, rule)
            if not kept:
                self._parsed.append(part)
        return found

    def _parse_anew(self, text: str, rule: str) -> object:
        if nests_too_deep(text):
            raise NestingError
        from lark import UnexpectedCharacters, UnexpectedInput

        try:
            return self._grammar.lark.parse(text, start=rule)
        except UnexpectedInput as error:
            if isinstance(error, UnexpectedCharacters):
                raise LineSyntaxError(
                    cast("int", error.pos_in_stream), frozenset(error.allowed or ())
                ) from None
            token: Token | None = getattr(error, "token", None)
            place = token.start_pos if token is not None and token.type != "$END" else None
            expected = frozenset(getattr(error, "accepts", None) or ())
            raise LineSyntaxError(len(text) if place is None else place, expected) from None

    def pattern(self, shape: str, *, wide_blanks: bool) -> re.Pattern[str]:
        """A regular expression of `shape`, in which `{NAME}` stands for the grammar's terminal of that name.

        Without `wide_blanks` it is for texts that have none: it compiles in a third of the time.
        """
        written = re.sub(r"\{([A-Z_]+)\}", lambda name: f"(?:{self._grammar.patterns[name[1]]})", shape)
        return re.compile(written if wide_blanks else written.replace(_WIDE_IN_GRAMMAR, ""))


@cache
def parser_for(dialect: Dialect) -> Parser:
    return Parser(dialect)
