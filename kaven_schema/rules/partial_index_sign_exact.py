"""A comment that is nearly the declaration of a partial index, and so makes none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kaven_schema.catalog.partial_indexes import SIGN, is_declaration
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.rules.suggestions import is_slip
from kaven_schema.syntax.ast import BlockKind, Comment, Field

_NEAR = re.compile(r"//+[ \t]*(@*)[ \t]*(kaven)[ \t]*[._:-]?[ \t]*(\w+)[ \t]*(?=\()", re.IGNORECASE)
_NAMES = ("indexes", "idx", "unique", "partial", "partialindex", "partial_index")


def check(context: BlockContext) -> Iterator[Finding]:
    if context.entry.kind is not BlockKind.MODEL:
        return
    for part in context.entry.merged.parts:
        if "aven" not in part.text.text:
            continue
        for member in part.block.members:
            comment = member.comment if isinstance(member, Field) else member
            if isinstance(comment, Comment) and (line := _meant(comment.text)):
                yield Finding(
                    f"this declares no index: a declaration begins with `/// {SIGN}(`",
                    (part.label(comment.span),),
                    f"write `{line}`, or leave it out",
                )


def _meant(comment: str) -> str:
    """The line that was meant; empty where it is right, or something else."""
    found = _NEAR.match(comment)
    if found is None or is_declaration(comment):
        return ""
    name = found[3].casefold()
    if not found[1] and name != "index":
        return ""  # a sentence about kaven
    if name not in _NAMES and not is_slip(name, "index"):
        return ""
    return f"/// {SIGN}{comment[found.end() :].rstrip()}"


RULE = Rule(
    slug="partial_index_sign_exact",
    severity=Severity.WARNING,
    summary="what looks like the declaration of a partial index is one",
    check_block=check,
)
