"""One merged block as text; and, for those who ask, where each of its lines comes from."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.merge.merger import IsRelation, merge_block
from kaven_schema.merge.pairing import MergedBlock
from kaven_schema.render.layout import RenderedBlock
from kaven_schema.syntax.printer import line_members, print_block


def render_block(merged: MergedBlock, is_relation: IsRelation) -> RenderedBlock:
    return RenderedBlock(merged, "\n".join(print_block(merge_block(merged, is_relation).block)))


def line_places(merged: MergedBlock, is_relation: IsRelation) -> Iterator[tuple[int, int] | None]:
    """For every line that `render_block` gives, the part and the offset in it that it comes from."""
    result = merge_block(merged, is_relation)
    _, *inner, _ = line_members(result.block)
    yield 0, 0
    for member in inner:
        part = None if member is None else result.parts[member]
        yield None if part is None or member is None else (part, result.block.members[member].span.start)
    yield 0, len(merged.parts[0].text.text) - 1
