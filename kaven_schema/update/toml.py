"""TOML that this program writes, and reads again however people have changed it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from kaven_schema.diagnostics import ExitCode, KavenError


def parse_toml(content: bytes, shown: str, rule: str, help: str) -> dict[str, Any]:
    """Raises KavenError `rule` (exit 1) that names the file and, where there is one, the line."""
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        said = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error) or "nested too deeply"
        raise KavenError(
            rule, f"{shown} is not valid TOML: {said}", help=help, exit_code=ExitCode.PROBLEMS
        ) from None


def toml_string(text: str) -> str:
    """A basic string; JSON's escapes are TOML's, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else toml_string(str(value))


def toml_table(values: Mapping[str, object]) -> str:
    """Lines of `key = value`; values that are empty texts are left out."""
    lines = (f"{_key(key)} = {toml_value(value)}\n" for key, value in values.items() if value != "")
    return "".join(lines)


def toml_tables(name: str, tables: Iterable[Mapping[str, object]]) -> str:
    return "".join(f"\n[[{name}]]\n{toml_table(table)}" for table in tables)


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if is_bare else toml_string(key)


class Reader:
    """One table, whose values are asked for by type. Raises KavenError `rule` (exit 1)."""

    def __init__(self, table: object, shown: str, rule: str, help: str) -> None:
        self._shown, self._rule, self._help = shown, rule, help
        if not isinstance(table, dict):
            raise self.error("holds something else where a table is meant")
        self.table: dict[str, Any] = table

    def error(self, message: str) -> KavenError:
        return KavenError(
            self._rule, f"{self._shown} {message}", help=self._help, exit_code=ExitCode.PROBLEMS
        )

    def text(self, key: str, default: str | None = None) -> str:
        """Without a default the key must be there."""
        value = self.table.get(key, default)
        if not isinstance(value, str):
            raise self.error(f"has no `{key}`" if value is None else f"has a `{key}` that is no string")
        return value

    def day(self, key: str) -> date:
        from datetime import datetime

        value = self.table.get(key)
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.error(f"has no `{key}` as a date, such as 2025-12-18 without quotes")
        return value

    def texts(self, key: str) -> dict[str, str]:
        """A table whose values are all strings; an empty one where there is none."""
        found = self.table.get(key, {})
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise self.error(f"has a `{key}` that is no table of strings")
        return found

    def tables(self, key: str) -> list[Reader]:
        found = self.table.get(key, [])
        if not isinstance(found, list):
            raise self.error(f"has a `{key}` that is no array of tables: write [[{key}]]")
        return [Reader(one, self._shown, self._rule, self._help) for one in found]
