"""A field of a type that nothing defines."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import SCALARS, FieldFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.fixing import replace
from kaven_schema.rules.places import field_node, type_label
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.rules.suggestions import Suggestions
from kaven_schema.source import Span

_FOREIGN = {
    **dict.fromkeys(("integer", "int2", "int4", "int16", "int32", "smallint", "serial", "number"), "Int"),
    **dict.fromkeys(("int8", "int64", "long", "bigserial"), "BigInt"),
    **dict.fromkeys(("text", "varchar", "char", "character", "str", "citext"), "String"),
    **dict.fromkeys(("uuid", "guid"), "String @db.Uuid"),
    **dict.fromkeys(("timestamp", "timestamptz", "date", "time"), "DateTime"),
    **dict.fromkeys(("bool",), "Boolean"),
    **dict.fromkeys(("double", "real", "float4", "float8"), "Float"),
    **dict.fromkeys(("numeric", "money"), "Decimal"),
    **dict.fromkeys(("jsonb", "object"), "Json"),
    **dict.fromkeys(("bytea", "blob", "binary"), "Bytes"),
}
_HAVE_UUIDS = ("postgresql", "postgres", "cockroachdb")


def check(context: SchemaContext) -> Iterator[Finding]:
    names = [*sorted(SCALARS - {"Unsupported"}), *context.catalog.by_name]
    known = SCALARS | context.catalog.by_name.keys()
    suggestions = Suggestions(names)
    folded = {name.casefold() for name in names}
    meant: dict[str, str] = {}
    for entry in context.catalog.entries:
        for field in entry.facts.fields:
            if field.type not in known:
                if field.type not in meant:
                    is_case = field.type.casefold() in folded
                    foreign = "" if is_case else _foreign(field.type, context.settings.provider)
                    meant[field.type] = foreign or suggestions.nearest(field.type)
                yield _finding(entry, field, meant[field.type])


def _foreign(name: str, provider: str) -> str:
    """What databases and other languages call thus."""
    meant = _FOREIGN.get(name.casefold(), "")
    return meant if provider in _HAVE_UUIDS else meant.partition(" ")[0]


def _finding(entry: Entry, field: FieldFacts, near: str) -> Finding:
    part, declared = field_node(entry, field)
    fix = None
    if near.casefold() == field.type.casefold() and entry.is_extended(field.place):
        start = declared.type.span.start
        fix = Fix(f"write `{near}`", (replace(part, Span(start, start + len(field.type)), near),))
    return Finding(
        message=f"nothing defines the type `{field.type}`",
        labels=(type_label(part, declared, "unknown type"),),
        help=f"did you mean `{near}`?" if near else f"define `model {field.type} {{` or an enum in extended",
        fix=fix,
    )


RULE = Rule(
    slug="type_known",
    severity=Severity.ERROR,
    summary="every field's type is a scalar, or something defines it",
    check_schema=check,
)
