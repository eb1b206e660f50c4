"""Two models, views or enums that are stored under one name."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.diagnostics import Label, Severity
from kaven_schema.rules.places import block_label
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.syntax.ast import BlockKind

_STORED = (BlockKind.MODEL, BlockKind.VIEW, BlockKind.ENUM)


def check(context: SchemaContext) -> Iterator[Finding]:
    seen: dict[tuple[str, str], Entry] = {}
    for entry in context.catalog.of_kind(*_STORED):
        first = seen.setdefault((entry.facts.schema, entry.facts.table), entry)
        if first is not entry and _clash(first, entry, context):
            yield _finding(first, entry)


def _clash(first: Entry, other: Entry, context: SchemaContext) -> bool:
    """In PostgreSQL a table brings a type of its name. Prisma does not see that no enum can have it too."""
    if (first.kind is BlockKind.ENUM) is (other.kind is BlockKind.ENUM):
        return True
    is_postgresql = context.settings.provider in ("postgresql", "postgres")
    return is_postgresql and any(_is_the_developers(entry) for entry in (first, other))


def _is_the_developers(entry: Entry) -> bool:
    return entry.merged.base is None


def _finding(first: Entry, other: Entry) -> Finding:
    if _is_the_developers(first) and not _is_the_developers(other):
        first, other = other, first
    table = other.facts.table
    return Finding(
        message=f"`{other.name}` and `{first.name}` are both stored as `{table}`",
        labels=(_label(other, "the same stored name"), _label(first, "stored by this name")),
        help=f'give `{other.name}` a stored name of its own, such as @@map("{table}_2")',
    )


def _label(entry: Entry, text: str) -> Label:
    """The `@@map` that gives the name, else the block's own name."""
    for part in entry.merged.parts:
        for line in part.block.attributes:
            if line.attribute.name == "map":
                return part.label(line.place_of(line.attribute), text)
    return block_label(entry, text)


RULE = Rule(
    slug="database_name_unique",
    severity=Severity.ERROR,
    summary="each model, view and enum has a stored name of its own",
    check_schema=check,
)
