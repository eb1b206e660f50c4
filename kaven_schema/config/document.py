"""A TOML file whose values are asked for by type, and whose errors name their line."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Any

from kaven_schema.diagnostics import ExitCode, KavenError, Severity

# Patterns for errors alone: compiled when there is one.
_HEADER = r"\s*\[\[?([^\[\]]+)\]"
_KEY_PART = r"""[\w\-]+|"[^"]*"|'[^']*'"""
_SYNTAX_PLACE = r" \(at (?:line (\d+), column (\d+)|end of document)\)"
_TYPE_NAMES = {str: "a string", bool: "true or false", int: "a number", float: "a number", list: "an array"}


@dataclass(frozen=True, slots=True)
class Document:
    """The settings table of one file; without a path, an empty one.

    `prefix` leads to the table inside of the file: ("tool", "kaven") in pyproject.toml.
    """

    folder: str
    path: str = ""
    text: str = field(default="", repr=False)
    prefix: tuple[str, ...] = ()
    table: dict[str, Any] = field(default_factory=dict)

    def check_keys(self, known: tuple[str, ...]) -> None:
        for key in self.table:
            if key not in known:
                help_line = f"the settings are: {', '.join(known)}"
                if key == "tool" and not self.prefix:
                    help_line = "in kaven.toml, write the settings at the top level, without [tool.kaven]"
                raise self.error((key,), f"unknown setting `{key}`", _did_you_mean(key, known) or help_line)

    def string(self, key: str, default: str) -> str:
        value = self.table.get(key, default)
        if not isinstance(value, str):
            raise self._wrong_type((key,), value, f'a string: {key} = "{default}"')
        return self._named((key,), value)

    def strings(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """An array of strings, or the one string itself."""
        value = self.table.get(key, default)
        values = (value,) if isinstance(value, str) else value
        if not isinstance(values, (list, tuple)) or not all(isinstance(one, str) for one in values):
            raise self._wrong_type((key,), value, f'a string or an array of strings: {key} = ["…", "…"]')
        return tuple(self._named((key,), one) for one in values)

    def choice(self, key: str, choices: tuple[str, ...], *inside: str) -> str:
        """One of `choices`, by default the first."""
        table = self.table
        for name in inside:
            table = table[name]
        value = table.get(key, choices[0])
        allowed = " or ".join(f'"{choice}"' for choice in choices)
        if not isinstance(value, str):
            raise self._wrong_type((*inside, key), value, f"a string, {allowed}")
        if value not in choices:
            message = f'`{".".join((*inside, key))}` is "{value}", it must be {allowed}'
            help_line = _did_you_mean(value, choices) or f'write {key} = "{choices[0]}"'
            raise self.error((*inside, key), message, help_line)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.table.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong_type((key,), value, f"true or false: {key} = {str(default).lower()}")
        return value

    def severities(self, key: str) -> dict[str, Severity]:
        """A table of rule = "error", "warning" or "off"."""
        table = self.table.get(key, {})
        if not isinstance(table, dict):
            header = ".".join((*self.prefix, key))
            raise self._wrong_type((key,), table, f'a table: [{header}] slug = "warning"')
        choices = tuple(severity.value for severity in Severity)
        return {slug: Severity(self.choice(slug, choices, key)) for slug in table}

    def error(self, keys: tuple[str, ...], message: str, help: str) -> KavenError:
        """A `config_invalid` at the line where `keys` is set, or its nearest table."""
        if self.path:
            line, column = place_of(self.text, (*self.prefix, *keys))
            message = f"{os.path.relpath(self.path)}:{line}:{column}: {message}"
        return KavenError("config_invalid", message, help=help, exit_code=ExitCode.WRONG_USE)

    def _named(self, keys: tuple[str, ...], value: str) -> str:
        if not value or "\0" in value:
            raise self.error(
                keys, f"`{keys[-1]}` holds an empty name or a NUL", f"name it, or remove `{keys[-1]}`"
            )
        return value

    def _wrong_type(self, keys: tuple[str, ...], value: object, wanted: str) -> KavenError:
        is_now = _TYPE_NAMES.get(type(value), "a table" if isinstance(value, dict) else "a date or time")
        return self.error(keys, f"`{'.'.join(keys)}` is {is_now}", f"write it as {wanted}")


def nearest_document(folder: str) -> Document:
    """The settings that hold in a folder: its own, or the nearest above it in the same repository."""
    while True:
        found = _in_folder(folder)
        if found:
            return found
        parent = os.path.dirname(folder)
        if parent == folder or os.path.lexists(os.path.join(folder, ".git")):
            return Document("")
        folder = parent


def _in_folder(folder: str) -> Document | None:
    own = _read(os.path.join(folder, "kaven.toml"), ())
    shared = _read(os.path.join(folder, "pyproject.toml"), ("tool", "kaven"))
    if own and shared and own.table and shared.table:
        files = f"{os.path.relpath(own.path)} and [tool.kaven] in {os.path.relpath(shared.path)}"
        raise KavenError(
            "config_ambiguous",
            f"{files} both hold settings",
            help="move the settings into one of the two, and remove them from the other",
            exit_code=ExitCode.WRONG_USE,
        )
    return shared if shared and shared.table else own or shared


def _read(path: str, prefix: tuple[str, ...]) -> Document | None:
    content = _content(path)
    # Most pyproject.toml are not about us: do not pay for parsing them.
    if content is None or not all(part.encode() in content for part in prefix):
        return None
    document = Document(os.path.dirname(path), path, content.decode("utf-8-sig", "replace"), prefix)
    table: object = _parsed(document, content)
    for part in prefix:
        if not isinstance(table, dict) or part not in table:
            return None
        table = table[part]
    if not isinstance(table, dict):
        raise document.error((), f"`{'.'.join(prefix)}` is not a table", "write it as [tool.kaven]")
    return Document(document.folder, path, document.text, prefix, table)


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise KavenError(
            "config_unreadable",
            f"cannot read {os.path.relpath(path)}: {error.strerror or error}",
            help=f"see who may read it: ls -ld {os.path.relpath(path)}",
        ) from None


def _parsed(document: Document, content: bytes) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _syntax_error(document, line, 1, "not UTF-8", "save the file as UTF-8") from None
    except RecursionError:
        raise _syntax_error(document, 1, 1, "nested too deeply", "flatten the nested arrays") from None
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = re.search(_SYNTAX_PLACE, message)
        last_line = document.text.count("\n") + 1
        line, column = (int(place[1]), int(place[2])) if place and place[1] else (last_line, 1)
        what = re.sub(_SYNTAX_PLACE, "", message)
        raise _syntax_error(document, line, column, what, "mend the TOML at this place") from None


def _syntax_error(document: Document, line: int, column: int, what: str, help: str) -> KavenError:
    message = f"{os.path.relpath(document.path)}:{line}:{column}: not valid TOML: {what}"
    return KavenError("config_invalid", message, help=help, exit_code=ExitCode.WRONG_USE)


def place_of(text: str, keys: tuple[str, ...]) -> tuple[int, int]:
    """Line and column where a key is set, else of the table or inline table that it stands in."""
    depth, place, table = 0, (1, 1), ()
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(_HEADER, line)
        name = header[1] if header else line.partition("=")[0]
        parts = tuple(part.strip("\"'") for part in re.findall(_KEY_PART, name))
        path = parts if header else table + parts
        if header:
            table = parts
        shared = min(len(path), len(keys))
        if depth < shared and path[:shared] == keys[:shared]:
            depth, place = shared, (number, line.index(name.strip()) + 1)
    return place


def _did_you_mean(word: str, known: tuple[str, ...]) -> str:
    import difflib

    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else ""
