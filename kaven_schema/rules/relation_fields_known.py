"""A relation over fields that one of its models does not have."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import zip_longest

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import FieldFacts, RelationFacts
from kaven_schema.diagnostics import Label, Severity
from kaven_schema.rules.places import block_label, field_node, fields_by_name
from kaven_schema.rules.relations import RelationField, key_line, relation_fields
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.rules.suggestions import Suggestions
from kaven_schema.source import Span
from kaven_schema.syntax.ast import Array, Constant

Facing = tuple[FieldFacts | None, ...]


class _Owner:
    """A model that relations name fields of."""

    def __init__(self, entry: Entry, catalog: Catalog) -> None:
        self.entry = entry
        self.fields = fields_by_name(entry.facts)
        self._catalog = catalog

    @cached_property
    def suggestions(self) -> Suggestions:
        return Suggestions([field.name for field in self.fields.values() if not self.is_relation(field)])

    def is_relation(self, field: FieldFacts) -> bool:
        return not field.is_scalar and self._catalog.target(field) is not None


def check(context: SchemaContext) -> Iterator[Finding]:
    owners: dict[str, _Owner] = {}
    for found in relation_fields(context.catalog):
        relation = found.field.relation
        if relation and (relation.fields or relation.references):
            for entry in (found.entry, found.target):
                if entry.name not in owners:
                    owners[entry.name] = _Owner(entry, context.catalog)
            yield from _unknown(
                found,
                "fields",
                relation.fields,
                owners[found.entry.name],
                _facing(relation.references, owners[found.target.name]),
            )
            yield from _unknown(
                found,
                "references",
                relation.references,
                owners[found.target.name],
                _facing(relation.fields, owners[found.entry.name]),
            )
            if relation.fields and relation.references and len(relation.fields) != len(relation.references):
                yield _uneven(found, relation)


def _unknown(
    found: RelationField, argument: str, names: tuple[str, ...], owner: _Owner, facing: Facing
) -> Iterator[Finding]:
    for name, other in zip_longest(names, facing[: len(names)]):
        field = owner.fields.get(name)
        if field is None:
            message = f"`{owner.entry.name}` has no field `{name}`"
            arity = "?" if argument == "fields" and found.field.is_optional else ""
            help_line = _help_for_unknown(name, owner, key_line(name, other, arity))
        elif owner.is_relation(field):
            message = f"`{owner.entry.name}.{name}` is a relation, and `{argument}` takes fields with a value"
            help_line = _help_for_relation(field, owner)
        else:
            continue
        labels = (_label(found, argument, name), block_label(owner.entry, "in this one"))
        yield Finding(message=message, labels=labels, help=help_line)


def _facing(names: tuple[str, ...], owner: _Owner) -> Facing:
    """The fields on the other side, whose types these must have."""
    return tuple(owner.fields.get(name) for name in names)


def _help_for_unknown(name: str, owner: _Owner, line: str) -> str:
    near = owner.suggestions.nearest(name)
    model = owner.entry.name
    return f"did you mean `{near}`?" if near else f"add `{line}` to `{model}`, or name a field that it has"


def _help_for_relation(field: FieldFacts, owner: _Owner) -> str:
    keys = ", ".join(field.relation.fields) if field.relation else ""
    return f"write `{keys}`" if keys else f"name the fields of `{owner.entry.name}` that hold the key"


def _label(found: RelationField, argument: str, name: str) -> Label:
    part, declared = field_node(found.entry, found.field)
    attribute = declared.attribute("relation")
    value = attribute.argument(argument) if attribute else None
    elements = value.elements if isinstance(value, Array) else (value,)
    for element in elements:
        if isinstance(element, Constant) and element.name == name:
            return part.label(declared.place_of(element), "no such field")
    return part.label(Span(declared.span.start, declared.span.start + len(declared.name)), "no such field")


def _uneven(found: RelationField, relation: RelationFacts) -> Finding:
    fields, references = len(relation.fields), len(relation.references)
    return Finding(
        message=f"`{found.shown}` has {fields} in `fields` and {references} in `references`",
        labels=(found.entry.label(relation.place, "not the same number"),),
        help="name one field of this model for each field that it refers to",
    )


RULE = Rule(
    slug="relation_fields_known",
    severity=Severity.ERROR,
    summary="a relation names fields that both models have, and as many of one as of the other",
    check_schema=check,
)
