"""Merges without the rules: what they forbid is theirs to test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kaven_schema.cache.blocks import BlockCache
from kaven_schema.diagnostics import Severity
from kaven_schema.pipeline import CompilerOptions, Merged, compile_sources
from kaven_schema.rules.registry import RULES
from kaven_schema.source import Source
from kaven_schema.syntax.ast import Comment, EmptyLines
from kaven_schema.syntax.printer import line_members, print_block
from tests.laws.reading import nodes, tree

NO_RULES = CompilerOptions(severities={rule.slug: Severity.OFF for rule in RULES})


def merge(base: Source, extended: Sequence[Source], cache: Path | None = None) -> Merged:
    """With a folder for `cache`, what an earlier merge kept there is used, and kept anew."""
    kept = BlockCache(cache / "blocks", "laws") if cache else None
    merged = compile_sources(base, extended, NO_RULES, kept)
    assert merged.is_valid, [(found.rule, found.message) for found in merged.diagnostics]
    return merged


def declarations(text: str) -> dict[tuple[str, str], Counter[str]]:
    """What a schema declares, without order and layout."""
    return {
        (block.kind.value, block.name): Counter(
            " ".join(line.split())
            for line, member in zip(print_block(block), line_members(block), strict=True)
            if member is not None and not isinstance(block.members[member], Comment | EmptyLines)
        )
        for block in tree(text).blocks
    }


def comments(text: str) -> Counter[str]:
    return Counter(node.text for node in nodes(tree(text)) if isinstance(node, Comment))


def without_order(value: Any) -> Any:
    """JSON values with lists sorted, for what has no order."""
    if isinstance(value, dict):
        return {key: without_order(item) for key, item in value.items()}
    return sorted(map(without_order, value), key=repr) if isinstance(value, list) else value
