"""What a string literal stands for, and back."""

from __future__ import annotations

import json


def string_value(raw: str) -> str:
    """The value of a literal as written, with its quotes. Prisma's strings are JSON's."""
    return str(json.loads(raw)) if "\\" in raw else raw[1:-1]


def string_literal(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
