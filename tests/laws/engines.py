"""Prisma's own engines, as oracles."""

from __future__ import annotations

import re
from functools import cache

from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.schema_wasm import SchemaEngine

# What Prisma says where it cannot read a line, against what it says of a schema that it has read.
_SYNTAX = re.compile(
    r"This line is (invalid|not)|This block is invalid|This field declaration is invalid|Unknown escape sequence"
    r"|Invalid unicode escape|Invalid type definition"
    r"|Field declarations don't require a|Fields are required by default|please use `Type\[\]`|Optional lists are not"
)


@cache
def prisma(version: str) -> SchemaEngine:
    """Loaded once a process. What it needs and lacks, its error says."""
    return SchemaEngine.load(version)


def errors(text: str, version: str = "5.17") -> list[str]:
    return [
        found.message for found in prisma(version).lint([("schema.prisma", text)]) if not found.is_warning
    ]


def cannot_read(text: str, version: str = "5.17") -> bool:
    """Whether Prisma refuses the text for its syntax."""
    return any(_SYNTAX.search(message) for message in errors(text, version))


def crashes(text: str, version: str) -> bool:
    """Prisma's engines crash on some texts; nothing can be compared then."""
    try:
        errors(text, version)
    except KavenError:
        return True
    return False
