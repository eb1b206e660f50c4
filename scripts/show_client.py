"""Imports the generated client, and shows a merged model: its fields, their types, and who added them."""

from __future__ import annotations

import re
import typing
from pathlib import Path

from prisma.models import User

from kaven_schema.api import merge

_SCHEMAS = Path(__file__).resolve().parent.parent / "prisma"
_SHOWN = ("id", "email", "createdAt", "auditLogs", "company", "preferences", "globalRole", "tickets")


def main() -> None:
    print(f"class {User.__name__}  # {User.__module__}")
    for name in _SHOWN:
        shown = f"    {name}: {_type_of(name)}"
        print(f"{shown:<50} # {_origin_of(name)}")


def _type_of(field: str) -> str:
    """As one would write it: without the modules that the types come from."""
    shown = str(typing.get_type_hints(User)[field])
    return re.sub(r"\b\w+\.", "", re.sub(r"<class '(.*)'>", r"\1", shown))


def _origin_of(field: str) -> str:
    start = _merged.text.index("\nmodel User {\n")
    found = re.compile(rf"^  {field} ", re.MULTILINE).search(_merged.text, start)
    assert found, f"model User has no field {field}"
    origin = _merged.origin_of(_merged.text.count("\n", 0, found.start()) + 1)
    assert origin
    return f"{Path(origin.path).name}:{origin.line}"


_merged = merge(_SCHEMAS / "schema.base.prisma", [_SCHEMAS / "schema.extended.prisma"])

if __name__ == "__main__":
    main()
