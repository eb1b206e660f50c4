"""Names that the grammar lets pass and Prisma refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kaven_schema.catalog.catalog import is_config
from kaven_schema.catalog.facts import SCALARS, Place
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import block_label, name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind

_RESERVED_TYPES = SCALARS - {"Unsupported"}
# fmt: off
_RESERVED = frozenset(
    (
        "PrismaClient", "break", "case", "catch", "class", "const", "continue", "debugger", "default",
        "delete", "do", "else", "enum", "export", "extends", "false", "finally", "for", "function",
        "if", "implements", "import", "in", "instanceof", "interface", "let", "new", "null", "package",
        "private", "protected", "public", "return", "super", "switch", "this", "throw", "true", "try",
        "typeof", "var", "void", "while", "with", "yield",
    )
)
# fmt: on
_is_plain = re.compile(r"[A-Za-z]\w*").fullmatch
_RESERVED_FROM_6 = _RESERVED | {"async", "await", "using"}


def check(context: BlockContext) -> Iterator[Finding]:
    if fault := _fault_of_block(context):
        yield Finding(
            message=f"`{context.entry.name}` {fault}",
            labels=(block_label(context.entry, "this name"),),
            help=_help_for_block(context),
        )
    if context.entry.kind is BlockKind.TYPE:
        return
    for name, place in _names_inside(context):
        if not _is_plain(name) and (fault := _fault_of_letters(name)):
            yield Finding(
                message=f"`{name}` {fault}",
                labels=(name_place_label(context.entry, name, place, "this name"),),
                help=f'rename it, and keep the stored name with @map("{name}")',
            )


def _help_for_block(context: BlockContext) -> str:
    if context.entry.kind in (BlockKind.MODEL, BlockKind.VIEW, BlockKind.ENUM):
        return f'rename it, and keep the stored name with @@map("{context.entry.name}")'
    return "rename it"


def _names_inside(context: BlockContext) -> list[tuple[str, Place]]:
    facts = context.entry.facts
    fields = [(field.name, field.place) for field in facts.fields]
    return fields + [(name, place) for name, _, place in facts.values]


def _fault_of_block(context: BlockContext) -> str:
    name, kind = context.entry.name, context.entry.kind
    if name in _RESERVED_TYPES:
        return "is the name of a type of Prisma's own"
    if is_config(kind):
        return ""
    reserved = _RESERVED if context.settings.dialect == "5.17" else _RESERVED_FROM_6
    if name in reserved and kind is not BlockKind.TYPE:
        return "is a reserved word"
    return _fault_of_letters(name)


def _fault_of_letters(name: str) -> str:
    if _is_digit(name[0]):
        return "begins with a digit"
    return "has a `-` in it" if "-" in name else ""


def _is_digit(letter: str) -> bool:
    """What Rust calls numeric: dialects 6 and 7 take letters of all scripts."""
    if letter.isascii():
        return letter.isdigit()
    from unicodedata import category

    return category(letter).startswith("N")


RULE = Rule(
    slug="name_is_valid",
    severity=Severity.ERROR,
    summary="names have no `-`, begin with a letter, and are not reserved",
    check_block=check,
)
