"""What the specification says of its tables: purpose, key features, important fields, security, a sample row."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from kaven_schema.docs.schema import Note

_FILE = Path(__file__).parent / "specification.json"


def specified(model: str, table: str) -> Note:
    """Empty for a model that the specification does not have, with that table's name: others have a `User`, too."""
    known = _known(model, table)
    return Note(
        purpose=known.get("purpose", ""),
        features=tuple(known.get("features", ())),
        important=tuple(known.get("important", {}).items()),
        security=tuple(known.get("security", ())),
    )


def specified_row(model: str, table: str) -> dict[str, Any]:
    """The specification's sample, by field; empty for other models."""
    row: dict[str, Any] = _known(model, table).get("sample", {})
    return row


def _known(model: str, table: str) -> dict[str, Any]:
    known = _tables().get(model, {})
    return known if known.get("table") == table else {}


@cache
def _tables() -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return tables
