"""A required field that is added to a model of base: rows that exist already have no value for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import BlockFacts, FieldFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.defaults import has_database_default
from kaven_schema.rules.fixing import make_optional
from kaven_schema.rules.places import field_node, name_place_label
from kaven_schema.rules.redeclared import added_fields
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind


class _Uses(NamedTuple):
    """What else of a model counts on its fields, by their names."""

    identity: frozenset[str]
    keys: Counter[str]
    key_count: int
    relations: dict[str, list[FieldFacts]]

    @staticmethod
    def of(facts: BlockFacts) -> _Uses:
        keys = [index for index in facts.indexes if index.kind in ("id", "unique")]
        relations: dict[str, list[FieldFacts]] = {}
        for field in facts.fields:
            if field.relation and field.arity == "":
                for name in field.relation.fields:
                    relations.setdefault(name, []).append(field)
        return _Uses(
            identity=frozenset(name for key in keys if key.kind == "id" for name in key.fields),
            keys=Counter(name for key in keys for name in set(key.fields)),
            key_count=len(keys),
            relations=relations,
        )


def check(context: BlockContext) -> Iterator[Finding]:
    if context.entry.kind is not BlockKind.MODEL or context.settings.provider == "mongodb":
        return
    uses: _Uses | None = None
    for field in added_fields(context.entry):
        if field.arity == "" and not has_database_default(field) and _is_stored(field, context):
            uses = uses or _Uses.of(context.entry.facts)
            yield _finding(field, uses, context.entry)


def _is_stored(field: FieldFacts, context: BlockContext) -> bool:
    return field.is_scalar or context.kinds.get(field.type) is BlockKind.ENUM


def _finding(field: FieldFacts, uses: _Uses, entry: Entry) -> Finding:
    part, declared = field_node(entry, field)
    start, end = declared.type.span
    written = f"{field.name} {part.text.text[start:end]}?"
    return Finding(
        message=f"`{entry.name}.{field.name}` is required, and {_cause(field)}: existing rows have no value",
        labels=(
            name_place_label(entry, field.name, field.place, "added to a model of base"),
            entry.merged.parts[0].name_label("base defines it"),
        ),
        help=f"write `{written}`, or give it a default that the database applies",
        fix=_fix(field, uses, entry) if _may_be_null(field, uses, entry) else None,
    )


def _cause(field: FieldFacts) -> str:
    if field.default in ("", "dbgenerated()"):
        return "has no default"
    shown = field.default if field.default.startswith("@") else f"@default({field.default})"
    return f"only Prisma's client fills it (`{shown}`)"


def _may_be_null(field: FieldFacts, uses: _Uses, entry: Entry) -> bool:
    """Not where rows are told apart by it, or where base has a required relation over it."""
    if field.name in uses.identity or uses.keys[field.name] == uses.key_count:
        return False
    return all(entry.is_extended(other.place) for other in uses.relations.get(field.name, ()))


def _fix(field: FieldFacts, uses: _Uses, entry: Entry) -> Fix:
    """The field becomes optional, and with it the required relations that it is the key of."""
    together = (field, *uses.relations.get(field.name, ()))
    edits = tuple(make_optional(*field_node(entry, one)) for one in together)
    return Fix(f"make `{entry.name}.{field.name}` optional", edits)


RULE = Rule(
    slug="extension_field_has_database_default",
    severity=Severity.ERROR,
    summary="a field that is added to a model of base is optional, or the database has a default for it",
    check_block=check,
)
