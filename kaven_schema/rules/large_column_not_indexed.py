"""A B-tree over values that are too large for it, or that it cannot search."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import FieldFacts, IndexFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.fixing import insert
from kaven_schema.rules.index_lines import without
from kaven_schema.rules.index_nodes import IndexNode, index_node
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import FunctionCall

_GIN_PROVIDERS = ("postgresql", "postgres", "cockroachdb")
_LARGE_TEXTS = (".Text", ".MediumText", ".LongText", ".Xml", ".NText")


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    for index in entry.facts.indexes:
        if index.kind in ("index", "unique") and entry.is_extended(index.place):
            large = next((field for name in index.fields if (field := _large(entry, index, name))), None)
            if large and _is_plain(node := index_node(entry, index), large.name):
                yield _finding(context, index, node, large)


def _large(entry: Entry, index: IndexFacts, name: str) -> FieldFacts | None:
    field = entry.facts.field(name)
    if field is None or field.is_list:
        return None
    is_large = field.type in ("Json", "Unsupported") or field.native.endswith(_LARGE_TEXTS)
    # A digest in Bytes is short, and unique is how one is looked up.
    return field if is_large or (field.type == "Bytes" and index.kind == "index") else None


def _is_plain(node: IndexNode, name: str) -> bool:
    if node.options().get("type", "BTree") != "BTree":
        return False
    return not any(
        isinstance(element, FunctionCall) and element.name == name and element.arguments.named("length")
        for element in node.elements()
    )


def _finding(context: BlockContext, index: IndexFacts, node: IndexNode, large: FieldFacts) -> Finding:
    fix = _fix(index, node, large) if context.settings.provider in _GIN_PROVIDERS else None
    mend = "write `type: Gin` in it, if queries look into the documents, or remove it"
    shown = f"{large.type} {large.native}".strip()
    return Finding(
        message=f"`{node.shown}` of `{context.entry.name}` is a B-tree over `{shown}`",
        labels=(
            node.label("fails for large values, or serves no search"),
            name_place_label(context.entry, large.name, large.place, "may be large"),
        ),
        help=mend if fix else f"{without(node, large.name)}; index a short column that stands for it",
        fix=fix,
    )


def _fix(index: IndexFacts, node: IndexNode, large: FieldFacts) -> Fix | None:
    fields = node.attribute.argument("fields", "")
    is_single = index.kind == "index" and len(index.fields) == 1 and "type" not in node.options()
    if large.type != "Json" or not is_single or large.native not in ("", "@db.JsonB") or fields is None:
        return None
    edit = insert(node.part, node.line.place_of(fields).end, ", type: Gin")
    return Fix("make it a Gin index", (edit,))


RULE = Rule(
    slug="large_column_not_indexed",
    severity=Severity.WARNING,
    summary="no B-tree holds documents, bytes or long texts",
    check_block=check,
)
