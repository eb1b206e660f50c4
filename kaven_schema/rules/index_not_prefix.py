"""An index of the developer's that begins another one: that one serves the same queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.catalog.facts import IndexFacts
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.index_nodes import IndexNode, index_node
from kaven_schema.rules.index_unique import stored_name
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.printer import print_expression


class _Tree(NamedTuple):
    """A plain B-tree over columns; it may stand for an index, a unique constraint or an id."""

    facts: IndexFacts
    node: IndexNode
    columns: tuple[str, ...]


def check(context: BlockContext) -> Iterator[Finding]:
    if not _has_suspects(context):
        return
    trees = [tree for index in context.entry.facts.indexes if (tree := _tree(context, index))]
    beginning: dict[tuple[str, ...], list[_Tree]] = {}
    for tree in trees:
        for length in range(1, len(tree.columns) + 1):
            beginning.setdefault(tree.columns[:length], []).append(tree)
    for tree in trees:
        if _is_own(tree.facts, context):
            other = next((other for other in beginning.get(tree.columns, ()) if _serves(other, tree)), None)
            if other:
                yield _finding(tree, other)


def _is_own(index: IndexFacts, context: BlockContext) -> bool:
    return index.kind == "index" and context.entry.is_extended(index.place)


def _has_suspects(context: BlockContext) -> bool:
    """Spares most blocks the look at the lines themselves."""
    indexes = context.entry.facts.indexes
    if len(indexes) < 2 or not any(_is_own(index, context) for index in indexes):
        return False
    beginnings = Counter(
        index.fields[:length] for index in indexes for length in range(1, len(index.fields) + 1)
    )
    return any(beginnings[index.fields] > 1 for index in indexes if _is_own(index, context))


def _tree(context: BlockContext, index: IndexFacts) -> _Tree | None:
    node = index_node(context.entry, index)
    options = node.options()
    is_plain = options.get("type", "BTree") == "BTree" and options.keys() <= {"type", "map", "name"}
    if index.kind == "fulltext" or not is_plain:
        return None
    return _Tree(index, node, tuple(print_expression(element) for element in node.elements()))


def _serves(other: _Tree, tree: _Tree) -> bool:
    """`other` begins with the columns of `tree`. Of two that are equal the first one serves."""
    if other is tree:
        return False
    if other.columns == tree.columns and other.facts.kind == "index":
        return other.facts.place < tree.facts.place and stored_name(other.facts) != stored_name(tree.facts)
    return True


def _finding(tree: _Tree, other: _Tree) -> Finding:
    return Finding(
        message=f"`{other.node.shown}` serves every query that `{tree.node.shown}` serves",
        labels=(tree.node.label("needed by no query"), other.node.label("begins with the same")),
        help=f"remove `{tree.node.shown}`: each index slows every write",
    )


RULE = Rule(
    slug="index_not_prefix",
    severity=Severity.WARNING,
    summary="an index is not the beginning of another one",
    check_block=check,
)
