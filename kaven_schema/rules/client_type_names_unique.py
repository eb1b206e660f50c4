"""Two models of which prisma-client-py makes types that bear one name."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Severity
from kaven_schema.rules.python_client.generators import python_generators
from kaven_schema.rules.python_client.mends import rename_block
from kaven_schema.rules.python_client.models import visible_models
from kaven_schema.rules.python_client.names import TYPE_INFIXES
from kaven_schema.rules.rule import Finding, Rule, SchemaContext


def check(context: SchemaContext) -> Iterator[Finding]:
    if not (context.settings.python_client and python_generators(context.catalog)):
        return
    models = {model.entry.name: model.entry for model in visible_models(context.catalog)}
    for name, entry in models.items():
        infix = next((infix for infix in TYPE_INFIXES if name.endswith(infix)), "")
        stem = models.get(name.removesuffix(infix)) if infix else None
        if stem:
            judged, other = (stem, entry) if entry.is_vendors and not stem.is_vendors else (entry, stem)
            yield Finding(
                message=f"the client's types for `{other.name}` and `{judged.name}` share names: type checks go wrong",
                labels=(
                    judged.merged.parts[0].name_label("rename it"),
                    other.merged.parts[0].name_label("has types of the same name"),
                ),
                help=rename_block(judged, context.catalog),
            )


RULE = Rule(
    slug="client_type_names_unique",
    severity=Severity.WARNING,
    summary="no two models make the Python client's types share a name",
    check_schema=check,
)
