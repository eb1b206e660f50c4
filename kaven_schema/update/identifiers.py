"""Names in scripts that people wrote without quotes, as PostgreSQL reads them: in small letters."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|[A-Za-z_]\w*|[(),]""")
_BEFORE_NAME = frozenset(
    (
        "TABLE",
        "COLUMN",
        "INDEX",
        "TYPE",
        "CONSTRAINT",
        "EXISTS",
        "ONLY",
        "ADD",
        "DROP",
        "RENAME",
        "CONCURRENTLY",
    )
)
_BEFORE_COLUMN = frozenset("(,")
_WORDS = _BEFORE_NAME | frozenset(
    (
        "IF",
        "NOT",
        "VALUE",
        "PRIMARY",
        "UNIQUE",
        "FOREIGN",
        "CHECK",
        "EXCLUDE",
        "LIKE",
        "TO",
        "ON",
        "AS",
        "ENUM",
        "KEY",
    )
)


def quoted(statement: str) -> str:
    """The statement with quotes around every name that stands where one is declared, altered or dropped."""
    pieces: list[str] = []
    place = depth = 0
    before = ""
    creates = re.match(r"CREATE\s+TABLE\b", statement, re.IGNORECASE) is not None
    for found in _TOKEN.finditer(statement):
        text = found[0]
        is_name = text[0].isalpha() or text[0] == "_"
        depth += (text == "(") - (text == ")")
        wants = before in _BEFORE_NAME or (creates and depth == 1 and before in _BEFORE_COLUMN)
        if is_name and wants and text.upper() not in _WORDS:
            pieces += [statement[place : found.start()], f'"{text.lower()}"']
            place = found.end()
        if not text.startswith("--"):
            before = text.upper() if is_name else text
    return "".join(pieces) + statement[place:]
