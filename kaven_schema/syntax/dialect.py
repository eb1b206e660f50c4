"""The versions of Prisma whose language is read, and the grammar of each."""

from __future__ import annotations

from typing import Literal

from kaven_schema import resources

Dialect = Literal["5.17", "6", "7"]
DIALECTS: tuple[Dialect, ...] = ("5.17", "6", "7")


def grammar_text(dialect: Dialect) -> str:
    text = resources.grammar_text("prisma.lark")
    if dialect != "5.17":
        text += resources.grammar_text("prisma6.lark")
    return text + resources.grammar_text("prisma7.lark") if dialect == "7" else text
