"""Of the script that makes base and a reference extended together, the part that makes base."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kaven_schema.database.migrations.statements import split_statements
from kaven_schema.update.sql import split_clauses

_QUOTED = r'(?:"[^"]+"\.)?"([^"]+)"'
_TABLE = re.compile(rf"(CREATE\s+TABLE\s+{_QUOTED}\s*\()(.*)\)\s*$", re.DOTALL)
_TYPE = re.compile(rf"CREATE\s+TYPE\s+{_QUOTED}")
_INDEX = re.compile(rf'CREATE\s+(?:UNIQUE\s+)?INDEX\s+"[^"]+"\s+ON\s+{_QUOTED}[^(]*(\(.*)$', re.DOTALL)
_SEMICOLON = re.compile(r"\s*;\n*")
_KEY = re.compile(
    rf'ALTER\s+TABLE\s+{_QUOTED}\s+ADD\s+CONSTRAINT\s+"[^"]+"\s+FOREIGN\s+KEY\s+(\([^)]*\))\s+REFERENCES\s+{_QUOTED}'
)


def only_base(sql: str, columns: Mapping[str, frozenset[str]]) -> str:
    """`columns` are those of base by table; an enum is a table without any. As Prisma's engine writes scripts."""
    pieces: list[str] = []
    place = 0
    for statement in split_statements(sql):
        kept = _kept(statement.text, columns)
        end = statement.start + len(statement.text)
        if kept:
            pieces += [sql[place : statement.start], kept]
            place = end
        else:
            semicolon = _SEMICOLON.match(sql, end)
            place = semicolon.end() if semicolon else end
    return "".join(pieces) + sql[place:]


def _kept(text: str, columns: Mapping[str, frozenset[str]]) -> str:
    if found := _TABLE.match(text):
        return _table(found, columns)
    if found := _TYPE.match(text):
        return text if found[1] in columns else ""
    if found := _INDEX.match(text):
        return text if _names(found[2]) <= columns.get(found[1], frozenset()) else ""
    if found := _KEY.match(text):
        is_base = found[3] in columns and _names(found[2]) <= columns.get(found[1], frozenset())
        return text if is_base else ""
    return text


def _table(found: re.Match[str], columns: Mapping[str, frozenset[str]]) -> str:
    if found[2] not in columns:
        return ""
    own = columns[found[2]]
    parts = [
        part for part in split_clauses(found[3]) if not part.startswith('"') or part.split('"')[1] in own
    ]
    lines = ",\n    ".join(parts)
    return f"{found[1]}\n    {lines}\n)"


def _names(text: str) -> frozenset[str]:
    return frozenset(re.findall(r'"([^"]+)"', text))
