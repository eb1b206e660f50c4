"""A second datasource, under another name."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import block_label
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.syntax.ast import BlockKind


def check(context: SchemaContext) -> Iterator[Finding]:
    datasources = tuple(context.catalog.of_kind(BlockKind.DATASOURCE))
    for other in datasources[1:]:
        yield Finding(
            message=f"`{other.name}` is a second datasource, and Prisma takes one",
            labels=(block_label(other, "the second"), block_label(datasources[0], "the first")),
            help="remove one of the two datasources",
        )


RULE = Rule(
    slug="datasource_once",
    severity=Severity.ERROR,
    summary="there is one datasource",
    check_schema=check,
)
