"""An index over a field that the model does not have, or over a relation."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import BlockFacts, FieldFacts, IndexFacts
from kaven_schema.diagnostics import Fix, Label, Severity
from kaven_schema.rules.fixing import replace
from kaven_schema.rules.index_nodes import index_node
from kaven_schema.rules.places import fields_by_name
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.rules.suggestions import Suggestions
from kaven_schema.source import Span
from kaven_schema.syntax.ast import Array, BlockKind, Constant, Expression, FunctionCall


def check(context: BlockContext) -> Iterator[Finding]:
    facts = context.entry.facts
    indexes = [index for index in facts.indexes if index.where_written == "block"]
    fields = fields_by_name(facts) if indexes else {}
    suggestions: Suggestions | None = None
    for index in indexes:
        for name in index.fields:
            field = fields.get(name.partition(".")[0])
            if field is None:
                suggestions = suggestions or _scalars(context)
                yield _unknown(context, index, name, suggestions.nearest(name))
            elif _is_relation(field, context):
                yield _relation(context, index, name)


def _scalars(context: BlockContext) -> Suggestions:
    return Suggestions(
        [field.name for field in context.entry.facts.fields if not _is_relation(field, context)]
    )


def _is_relation(field: FieldFacts, context: BlockContext) -> bool:
    return not field.is_scalar and context.kinds.get(field.type) in (BlockKind.MODEL, BlockKind.VIEW)


def _unknown(context: BlockContext, index: IndexFacts, name: str, near: str) -> Finding:
    model = context.entry.name
    return Finding(
        message=f"`{model}` has no field `{name}`",
        labels=(_label(context, index, name, "unknown field"), _where(context, index)),
        help=f"did you mean `{near}`?" if near else f"add `{name}` to `{model}`, or remove it here",
    )


def _relation(context: BlockContext, index: IndexFacts, name: str) -> Finding:
    keys = _keys(context.entry.facts, name)
    label = _label(context, index, name, "a relation")
    fix = None
    if keys and context.entry.is_extended(index.place) and _has_room(context, index, keys):
        part = context.entry.part(index.place)
        edit = replace(part, label.span.shifted(-part.text.offset), ", ".join(keys))
        fix = Fix(f"index `{', '.join(keys)}`", (edit,))
    otherwise = f"add the index to the other side of `{name}`: its key is there"
    return Finding(
        message=f"`{name}` is a relation, and an index takes the fields that hold its key",
        labels=(label,),
        help=f"write `{', '.join(keys)}`" if keys else otherwise,
        fix=fix,
    )


def _has_room(context: BlockContext, index: IndexFacts, keys: tuple[str, ...]) -> bool:
    """Not where the keys are in the index already, nor where several would stand without brackets."""
    is_list = isinstance(index_node(context.entry, index).attribute.argument("fields", ""), Array)
    return not set(keys) & set(index.fields) and (is_list or len(keys) == 1)


def _keys(facts: BlockFacts, name: str) -> tuple[str, ...]:
    field = facts.field(name)
    return field.relation.fields if field and field.relation else ()


def _label(context: BlockContext, index: IndexFacts, name: str, text: str) -> Label:
    node = index_node(context.entry, index)
    for element in node.elements():
        if _name(element) == name:
            span = node.line.place_of(element)
            return node.part.label(Span(span.start, span.start + len(name)), text)
    return node.label(text)


def _name(element: Expression) -> str:
    return element.name if isinstance(element, Constant | FunctionCall) else ""


def _where(context: BlockContext, index: IndexFacts) -> Label:
    return context.entry.part(index.place).name_label("in this block")


RULE = Rule(
    slug="index_fields_known",
    severity=Severity.ERROR,
    summary="an index is over fields that hold a value and that the merged model has",
    check_block=check,
)
