"""The tokens inside a line. No two terminals there match the same text, so one expression finds them all.

Lark's own lexers choose an expression for each state of the parser and count lines: inside one line that is what
most of the time would go into.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from lark.exceptions import UnexpectedCharacters
from lark.lexer import Lexer, Token

if TYPE_CHECKING:
    from lark.common import LexerConf
    from lark.lexer import LexerState, TerminalDef


class LineLexer(Lexer):
    """Takes the place of Lark's contextual lexer, through Lark's own way to replace it (`_plugins`)."""

    def __init__(
        self,
        conf: LexerConf,
        states: dict[int, Collection[str]],  # noqa: ARG002  Lark hands it over
        always_accept: Collection[str] = (),  # noqa: ARG002  likewise
    ) -> None:
        def rank(terminal: TerminalDef) -> tuple[int, int, str]:
            return -terminal.priority, -len(terminal.pattern.value), terminal.name

        terminals = sorted(conf.terminals, key=rank)
        shapes = [f"(?P<{terminal.name}>{terminal.pattern.to_regexp()})" for terminal in terminals]
        self._pattern = re.compile("|".join(shapes))
        self._ignored = frozenset(conf.ignore)

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Token]:  # noqa: ARG002  likewise
        text = str(getattr(lexer_state.text, "text", lexer_state.text))
        place = 0
        for found in self._pattern.finditer(text):
            start, end = found.span()
            if start != place:
                break
            place = end
            name = found.lastgroup or ""
            if name not in self._ignored:
                token = Token(name, found[0], start, end_pos=end)
                lexer_state.last_token = token
                yield token
        if place != len(text):
            raise UnexpectedCharacters(text, place, 1, place + 1)  # type: ignore[no-untyped-call]
