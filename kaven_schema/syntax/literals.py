"""What a string literal stands for, and back."""

from __future__ import annotations

import json


def string_value(raw: str) -> str:
    """The value of a literal as written, with its quotes. Prisma's strings are JSON's.

    A literal with an unknown escape, which is a syntax error, stands for what is written.
    """
    if "\\" not in raw:
        return raw[1:-1]
    try:
        return str(json.loads(raw))
    except ValueError:
        return raw[1:-1]


def string_literal(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
