"""A partial index declared where no table is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.documentation import above
from kaven_schema.catalog.partial_indexes import SIGN
from kaven_schema.diagnostics import Label, Severity
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.source import Span
from kaven_schema.syntax.ast import BlockKind

_LINE = re.compile(r"^[ \t]*(///[ \t]*@kaven\.index(?![\w.]).*)$", re.MULTILINE)


def check(context: SchemaContext) -> Iterator[Finding]:
    has_sign: dict[str, bool] = {}  # by file: looking through all of it for each block would take too long
    for entry in context.catalog.entries:
        for part in entry.merged.parts:
            source = part.text.source
            if source.path not in has_sign:
                has_sign[source.path] = SIGN in source.text
            if has_sign[source.path]:
                for label in _misplaced(entry, part):
                    yield Finding(
                        "a partial index is declared inside of a model",
                        (label,),
                        f"move the line into `model {entry.name} {{ … }}`, beside its block attributes"
                        if entry.kind is BlockKind.MODEL
                        else "move the line into the model whose table it is to index",
                    )


def _misplaced(entry: Entry, part: Part) -> Iterator[Label]:
    for line in above(part.text):
        if line.text.startswith(SIGN):
            yield Label(part.text.source, line.span)
    if entry.kind is not BlockKind.MODEL:
        for found in _LINE.finditer(part.text.text):
            yield part.label(Span(*found.span(1)))


RULE = Rule(
    slug="partial_index_inside_model",
    severity=Severity.ERROR,
    summary="a partial index is declared inside of a model",
    check_schema=check,
)
