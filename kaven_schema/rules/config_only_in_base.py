"""Base's datasource or one of its generators, given again in extended."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import is_config
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind


def check(context: BlockContext) -> Iterator[Finding]:
    base = context.entry.merged.base
    if base is None or not is_config(context.entry.kind):
        return
    kind, name = context.entry.kind, context.entry.name
    for part in context.entry.merged.extensions:
        yield Finding(
            message=f"`{kind.value} {name}` belongs to base, and cannot be given again",
            labels=(part.name_label("given again"), base.name_label("base has it")),
            help=_help(kind, name, sets_output=any(line.name == "output" for line in part.block.properties)),
        )


def _help(kind: BlockKind, name: str, *, sets_output: bool) -> str:
    if kind is BlockKind.GENERATOR and sets_output:
        return 'remove this block; where the client goes is a setting: client_output = "src/app/client"'
    if kind is BlockKind.GENERATOR:
        return f"remove this block, or give your generator a name of its own, such as `generator {name}2 {{`"
    return "remove this block: there is one datasource, and base has it"


RULE = Rule(
    slug="config_only_in_base",
    severity=Severity.ERROR,
    summary="datasource and generators of base are not given again",
    check_block=check,
)
