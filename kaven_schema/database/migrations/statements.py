"""A script cut into its statements, as PostgreSQL's own psql cuts it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<line_comment>--[^\n]*)
  | (?P<comment>/\*)
  | (?P<escaped>\b[eE]'(?:[^'\\]|''|\\.)*'?)
  | (?P<string>'(?:[^']|'')*'?)
  | (?P<identifier>"(?:[^"]|"")*"?)
  | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?\$)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
  | (?P<number>[0-9][\w.]*)
  | (?P<end>;)
  | (?P<open>\()
  | (?P<close>\))
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: `start` is its first character in the script, `words` the beginning in upper case."""

    text: str
    start: int
    words: tuple[str, ...]


class _Reader:
    """Where a statement ends: not in parentheses, and not in a function body between BEGIN ATOMIC and END."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.start = -1
        self.end = 0
        self._parentheses = 0
        self._blocks = 0

    def take(self, kind: str, text: str, start: int, end: int) -> None:
        if self.start < 0:
            self.start = start
        self.end = end
        if kind == "open":
            self._parentheses += 1
        elif kind == "close":
            self._parentheses = max(0, self._parentheses - 1)
        elif kind == "word":
            self._word(text.upper())

    def _word(self, word: str) -> None:
        atomic = word == "ATOMIC" and self.words[-1:] == ["BEGIN"]
        if atomic or (self._blocks and word == "CASE"):
            self._blocks += 1
        elif self._blocks and word == "END":
            self._blocks -= 1
        self.words.append(word)

    @property
    def may_end(self) -> bool:
        return self._parentheses == 0 and self._blocks == 0


def split_statements(script: str) -> tuple[Statement, ...]:
    """The statements of a script, without the comments between them."""
    found: list[Statement] = []
    reader = _Reader()
    for kind, start, end in _tokens(script):
        if kind == "end" and reader.may_end:
            found += _finished(reader, script)
            reader = _Reader()
        else:
            reader.take(kind, script[start:end], start, end)
    return (*found, *_finished(reader, script))


def _finished(reader: _Reader, script: str) -> list[Statement]:
    if reader.start < 0:
        return []
    return [Statement(script[reader.start : reader.end], reader.start, tuple(reader.words))]


def _tokens(script: str) -> Iterator[tuple[str, int, int]]:
    """Everything but blanks and comments; signs that end nothing come one by one."""
    place = 1 if script.startswith("\ufeff") else 0
    while place < len(script):
        found = _TOKEN.match(script, place)
        if found is None:
            if not script[place].isspace():
                yield "sign", place, place + 1
            place += 1
            continue
        kind, end = str(found.lastgroup), found.end()
        if kind == "comment":
            end = _comment_end(script, end)
        elif kind == "dollar":
            closing = script.find(found[0], end)
            end = len(script) if closing < 0 else closing + len(found[0])
        if "comment" not in kind:
            yield kind, place, end
        place = end


def _comment_end(script: str, place: int) -> int:
    """Comments nest in PostgreSQL."""
    depth = 1
    for mark in _COMMENT_MARK.finditer(script, place):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(script)
