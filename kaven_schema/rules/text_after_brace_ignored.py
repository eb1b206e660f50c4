"""Text behind `{` that is no comment: Prisma drops it."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Severity
from kaven_schema.merge.pairing import Layer, Part
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.source import Span


def check(context: BlockContext) -> Iterator[Finding]:
    for part in context.entry.merged.parts:
        opening = part.block.opening
        if opening and part.layer is Layer.EXTENDED and not part.block.opening_comment:
            yield _finding(part, opening)


def _finding(part: Part, opening: str) -> Finding:
    start = part.text.text.index(opening, part.text.text.index("{", part.text.name_span.end) + 1)
    return Finding(
        message="Prisma ignores text behind `{`",
        labels=(part.label(Span(start, start + len(opening)), "ignored"),),
        help="move it to a line of its own, or write `//` before it",
    )


RULE = Rule(
    slug="text_after_brace_ignored",
    severity=Severity.WARNING,
    summary="nothing but a comment stands behind the `{` of a block",
    check_block=check,
)
