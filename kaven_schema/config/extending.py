"""Another file among `extended` of the settings, whose other lines stay as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from kaven_schema.config.document import Document, place_of

_KEY = "extended"
_STRING = r""""[^"\\\n]*"|'[^'\n]*'"""
_VALUE = rf"""extended[ \t]*=[ \t]*(?P<value>{_STRING}|\[(?:[^\]"'#]|{_STRING})*\])"""


def extended_line(names: tuple[str, ...]) -> str:
    """The setting as it is written on a line."""
    return f"{_KEY} = {json.dumps(list(names), ensure_ascii=False)}"


def with_extended(document: Document, written: tuple[str, ...], name: str) -> str:
    """The file's text with `name` behind the patterns that are `written`, or empty where that has to be done by hand.

    What is returned has been read again: it says just that, and nothing else has changed.
    """
    text = _added(document, name) if _KEY in document.table else _begun(document, (*written, name))
    wanted = {**document.table, _KEY: [*written, name]}
    before, after = (_read(one, document.prefix) for one in (document.text, text))
    return text if after == (before[0], wanted) else ""


def _begun(document: Document, names: tuple[str, ...]) -> str:
    if not document.prefix:
        return f"{extended_line(names)}\n{document.text}"
    header = r"\[[ \t]*" + r"[ \t]*\.[ \t]*".join(map(re.escape, document.prefix)) + r"[ \t]*\][^\n]*\n"
    return re.sub(
        f"(?m)^{header}", lambda found: f"{found[0]}{extended_line(names)}\n", document.text, count=1
    )


def _added(document: Document, name: str) -> str:
    line, column = place_of(document.text, (*document.prefix, _KEY))
    start = sum(map(len, document.text.splitlines(keepends=True)[: line - 1])) + column - 1
    found = re.compile(_VALUE).match(document.text, start)
    if found is None:
        return document.text
    value = _longer(found["value"], json.dumps(name, ensure_ascii=False))
    return document.text[: found.start("value")] + value + document.text[found.end() :]


def _longer(value: str, name: str) -> str:
    if not value.startswith("["):
        return f"[{value}, {name}]"
    inside = value[1:-1].rstrip()
    comma = "" if not inside.strip() or inside.endswith(",") else ","
    if "\n" not in inside:
        return f"[{inside}{comma}{' ' if inside.strip() else ''}{name}]"
    last = inside.splitlines()[-1]
    indent = last[: len(last) - len(last.lstrip())]
    return f"[{inside}{comma}\n{indent}{name},\n]"


def _read(text: str, prefix: tuple[str, ...]) -> tuple[Mapping[str, Any], object]:
    """The document without the table of the settings, and that table."""
    import tomllib

    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}, None
    if not prefix:
        return {}, whole
    table = whole
    for part in prefix[:-1]:
        table = table.get(part, {})
    return whole, table.pop(prefix[-1], None)
