"""Scripts without the statements that would make what is there already."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from kaven_schema.database.migrations.statements import Statement, split_statements
from kaven_schema.update.identifiers import quoted

_NAME = r'"((?:[^"]|"")+)"'
_QUALIFIED = rf"(?:{_NAME}\.)?{_NAME}"
_CREATE_TABLE = re.compile(rf"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_QUALIFIED}\s*\(", re.IGNORECASE)
_CREATE_INDEX = re.compile(
    rf"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}", re.IGNORECASE
)
_CREATE_TYPE = re.compile(rf"CREATE\s+TYPE\s+{_QUALIFIED}\s+AS\s+ENUM", re.IGNORECASE)
_ADD_VALUE = re.compile(
    rf"ALTER\s+TYPE\s+{_QUALIFIED}\s+ADD\s+VALUE\s+(?:IF\s+NOT\s+EXISTS\s+)?'((?:[^']|'')*)'", re.IGNORECASE
)
_ALTER_TABLE = re.compile(
    rf"(ALTER\s+TABLE\s+(?:ONLY\s+|IF\s+EXISTS\s+)*{_QUALIFIED})\s+(?P<clauses>.*)", re.IGNORECASE | re.DOTALL
)
_ADD_COLUMN = re.compile(rf"ADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}", re.IGNORECASE)
_ADD_CONSTRAINT = re.compile(rf"ADD\s+CONSTRAINT\s+{_NAME}", re.IGNORECASE)
_DROP = re.compile(
    r"DROP\s+(?:TABLE|INDEX|TYPE)\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?(.*)", re.IGNORECASE | re.DOTALL
)
_DROP_OR_RENAME = re.compile(
    rf"(?:DROP|RENAME)\s+(?:COLUMN\s+|CONSTRAINT\s+)?(?:IF\s+EXISTS\s+)?{_NAME}", re.IGNORECASE
)
_RENAME_TYPE = re.compile(rf"ALTER\s+TYPE\s+{_QUALIFIED}\s+RENAME\s+TO\s+{_NAME}", re.IGNORECASE)
_CLAUSES = ",\n"
_NOTHING = "-- nothing is left to do: extended had made all of it\n"


class Made(NamedTuple):
    """Something in the database: `kind` is table, column, index, constraint, type or value."""

    kind: str
    table: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.table}.{self.name}" if self.table else f"{self.kind} {self.name}"


def without_made(sql: str, made: frozenset[Made]) -> tuple[str, tuple[str, ...]]:
    """The script without the statements, or the clauses, that make what is `made`; and what was left out."""
    left_out: list[str] = []
    pieces: list[str] = []
    place = 0
    for statement in split_statements(sql):
        kept, gone = _rest(statement, made)
        if not gone:
            continue
        left_out += [str(one) for one in gone]
        end = statement.start + len(statement.text)
        pieces += [sql[place : statement.start], kept or f"-- left out: {', '.join(map(str, gone))}"]
        place = _behind_semicolon(sql, end) if not kept else end
    text = "".join(pieces) + sql[place:]
    if left_out and not split_statements(text):
        text = text.rstrip("\n") + "\n" + _NOTHING
    return text, tuple(left_out)


def _behind_semicolon(sql: str, place: int) -> int:
    found = re.compile(r"\s*;").match(sql, place)
    return found.end() if found else place


def _rest(statement: Statement, wanted: frozenset[Made]) -> tuple[str, list[Made]]:
    """What is left of a statement, and what it would have made twice."""
    clauses = _clauses(statement.text)
    if clauses is None:
        one = _made_by(statement.text)
        return ("", [one]) if one in wanted and one is not None else (statement.text, [])
    head, table, parts = clauses
    gone = [(part, made) for part in parts if (made := _clause_made(table, part)) in wanted and made]
    if not gone:
        return statement.text, []
    twice = {part for part, _ in gone}
    left = [part for part in parts if part not in twice]
    return (f"{head} {_CLAUSES.join(left)}" if left else ""), [made for _, made in gone]


def made_by_all(scripts: Iterable[str]) -> frozenset[Made]:
    """What stands when all scripts have run, one after the other."""
    found: set[Made] = set()
    for sql in scripts:
        for statement in split_statements(sql):
            text = quoted(statement.text)
            found |= _all_made(text)
            found -= _all_dropped(text, found)
            if renamed := _RENAME_TYPE.match(text):
                found = {_with_type_renamed(one, renamed[2], renamed[3]) for one in found}
    return frozenset(found)


def _with_type_renamed(one: Made, old: str, new: str) -> Made:
    if one == Made("type", "", old):
        return Made("type", "", new)
    return Made("value", new, one.name) if (one.kind, one.table) == ("value", old) else one


def _all_made(text: str) -> set[Made]:
    if clauses := _clauses(text):
        _, table, parts = clauses
        return {made for part in parts if (made := _clause_made(table, part))}
    one = _made_by(text)
    if one is None:
        return set()
    if one.kind == "table":
        return {one, *_in_table(text, one.name)}
    if one.kind == "type":
        return {one, *(Made("value", one.name, value) for value in re.findall(r"'((?:[^']|'')*)'", text))}
    return {one}


def _all_dropped(text: str, there: set[Made]) -> set[Made]:
    """A table takes its columns along, and a type its values; what is renamed is gone as well."""
    if clauses := _clauses(text):
        _, table, parts = clauses
        gone = {found[1] for part in parts if (found := _DROP_OR_RENAME.match(part))}
        if any(re.match(r"RENAME\s+TO\b", part, re.IGNORECASE) for part in parts):
            return {one for one in there if table in (one.table, one.name)}
        if not gone:  # the rule, and a look at all that is there for each statement would take its time
            return set()
        return {one for one in there if one.name in gone and one.table in (table, "")}
    found = _DROP.match(text)
    names = set(re.findall(_NAME, found[1])) if found else set()
    return {one for one in there if one.name in names or one.table in names} if names else set()


def _made_by(text: str) -> Made | None:
    if found := _CREATE_TABLE.match(text):
        return Made("table", "", found[2])
    if found := _CREATE_INDEX.match(text):
        return Made("index", "", found[1])
    if found := _CREATE_TYPE.match(text):
        return Made("type", "", found[2])
    if found := _ADD_VALUE.match(text):
        return Made("value", found[2], found[3])
    return None


def _clauses(text: str) -> tuple[str, str, list[str]] | None:
    """The head, the table and the clauses of an ALTER TABLE."""
    found = _ALTER_TABLE.match(text)
    return (found[1], found[3], split_clauses(found["clauses"])) if found else None


def alter_table_clauses(text: str) -> tuple[str, list[str]] | None:
    """The table and the clauses of an ALTER TABLE; None for every other statement."""
    found = _clauses(text)
    return (found[1], found[2]) if found else None


def _clause_made(table: str, clause: str) -> Made | None:
    if found := _ADD_CONSTRAINT.match(clause):
        return Made("constraint", "", found[1])
    if found := _ADD_COLUMN.match(clause):
        return Made("column", table, found[1])
    return None


def _in_table(text: str, table: str) -> set[Made]:
    """The columns and constraints of a CREATE TABLE."""
    inner = text[text.index("(") + 1 : text.rindex(")")]
    found = set()
    for part in split_clauses(inner):
        if named := re.match(_NAME, part):
            found.add(Made("column", table, named[1]))
        elif named := re.match(rf"CONSTRAINT\s+{_NAME}", part, re.IGNORECASE):
            found.add(Made("constraint", "", named[1]))
    return found


_PIECE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|[(),]""")


def split_clauses(text: str) -> list[str]:
    """At the commas that stand in no parentheses and no text."""
    parts: list[str] = []
    depth = start = 0
    for found in _PIECE.finditer(text):
        match found[0]:
            case "(":
                depth += 1
            case ")":
                depth -= 1
            case "," if depth == 0:
                parts.append(text[start : found.start()].strip())
                start = found.end()
    return [*parts, text[start:].strip()]
