"""One merged block as text, each line with its origin."""

from __future__ import annotations

from kaven_schema.merge.merger import IsRelation, merge_block
from kaven_schema.merge.pairing import MergedBlock
from kaven_schema.render.layout import RenderedBlock
from kaven_schema.syntax.printer import PrintedLine, print_block


def render_block(merged: MergedBlock, is_relation: IsRelation) -> RenderedBlock:
    result = merge_block(merged, is_relation)
    lines = print_block(result.block)

    def origin(line: PrintedLine) -> tuple[int, int] | None:
        if line.member is None or result.parts[line.member] is None:
            return None
        return result.parts[line.member] or 0, result.block.members[line.member].span.start

    origins = [origin(line) for line in lines]
    origins[0] = (0, 0)
    origins[-1] = (0, len(merged.parts[0].text.text) - 1)
    return RenderedBlock(merged, "\n".join([line.text for line in lines]), tuple(origins))
