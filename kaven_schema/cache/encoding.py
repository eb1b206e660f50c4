"""Facts and diagnostics as plain tuples, and back. Places become a part's index and offsets within it."""

from __future__ import annotations

from typing import Any

from kaven_schema.catalog.facts import BlockFacts, FieldFacts, IndexFacts, Place, RelationFacts
from kaven_schema.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from kaven_schema.merge.pairing import MergedBlock
from kaven_schema.source import Source, Span


def encode_facts(facts: BlockFacts) -> tuple[Any, ...]:
    fields = tuple(
        (
            *field[:-2],
            (*field.relation[:-1], tuple(field.relation.place)) if field.relation else None,
            tuple(field.place),
        )
        for field in facts.fields
    )
    indexes = tuple((*index[:-1], tuple(index.place)) for index in facts.indexes)
    values = tuple((*value[:-1], tuple(value[-1])) for value in facts.values)
    return (*facts[:5], fields, indexes, values, facts.properties, tuple(facts.place))


def decode_facts(plain: tuple[Any, ...]) -> BlockFacts:
    *head, fields, indexes, values, properties, place = plain
    return BlockFacts._make(
        (
            *head,
            tuple([_decode_field(field) for field in fields]),
            tuple([IndexFacts._make((*index[:-1], Place._make(index[-1]))) for index in indexes]),
            tuple([(name, stored, Place._make(where)) for name, stored, where in values]),
            properties,
            Place._make(place),
        )
    )


def _decode_field(plain: tuple[Any, ...]) -> FieldFacts:
    relation = plain[-2]
    decoded = RelationFacts._make((*relation[:-1], Place._make(relation[-1]))) if relation else None
    return FieldFacts._make((*plain[:-2], decoded, Place._make(plain[-1])))


def encode_diagnostic(found: Diagnostic, merged: MergedBlock) -> tuple[Any, ...]:
    labels = [(*_part_place(label.source, label.span, merged), label.text) for label in found.labels]
    edits = found.fix.edits if found.fix else ()
    fix = [(*_part_place(edit.source, edit.span, merged), edit.replacement) for edit in edits]
    title = found.fix.title if found.fix else ""
    return found.rule, found.severity.value, found.message, labels, found.help, title, fix


def decode_diagnostic(plain: tuple[Any, ...], merged: MergedBlock) -> Diagnostic:
    rule, severity, message, labels, help_line, title, edits = plain
    fix = tuple(Edit(*_place(part, start, end, merged), text) for part, start, end, text in edits)
    return Diagnostic(
        rule=rule,
        severity=Severity(severity),
        message=message,
        labels=tuple(Label(*_place(part, start, end, merged), text) for part, start, end, text in labels),
        help=help_line,
        fix=Fix(title, fix) if title else None,
    )


def _part_place(source: Source, span: Span, merged: MergedBlock) -> tuple[int, int, int]:
    for number, part in enumerate(merged.parts):
        begin = part.text.offset
        if part.text.source is source and begin <= span.start and span.end <= begin + len(part.text.text) + 1:
            return number, span.start - begin, span.end - begin
    raise ValueError("a block rule may point at nothing outside its block")


def _place(part: int, start: int, end: int, merged: MergedBlock) -> tuple[Source, Span]:
    text = merged.parts[part].text
    return text.source, Span(start + text.offset, end + text.offset)
