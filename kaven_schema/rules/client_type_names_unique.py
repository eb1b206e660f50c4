"""Two models of which prisma-client-py makes types that bear one name."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.python_client.generators import python_generators
from kaven_schema.rules.python_client.mends import rename_block
from kaven_schema.rules.python_client.names import TYPE_INFIXES
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.syntax.ast import BlockKind


def check(context: SchemaContext) -> Iterator[Finding]:
    if not (context.settings.python_client and python_generators(context.catalog)):
        return
    seen = context.catalog.of_kind(BlockKind.MODEL, BlockKind.VIEW)
    models = {entry.name: entry for entry in seen if not entry.facts.is_ignored}
    for name, longer in models.items():
        if name.endswith(TYPE_INFIXES):
            stems = (name.removesuffix(infix) for infix in TYPE_INFIXES if name.endswith(infix))
            yield from (_finding(models[stem], longer, context.catalog) for stem in stems if stem in models)


def _finding(stem: Entry, longer: Entry, catalog: Catalog) -> Finding:
    judged, other = (stem, longer) if longer.is_vendors and not stem.is_vendors else (longer, stem)
    return Finding(
        message=f"the client's types for `{other.name}` and `{judged.name}` share names: type checks go wrong",
        labels=(
            judged.merged.parts[0].name_label("rename it"),
            other.merged.parts[0].name_label("has types of the same name"),
        ),
        help=rename_block(judged, catalog),
    )


RULE = Rule(
    slug="client_type_names_unique",
    severity=Severity.WARNING,
    summary="no two models make the Python client's types share a name",
    check_schema=check,
)
