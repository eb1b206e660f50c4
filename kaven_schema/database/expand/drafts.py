"""What to type into extended for each kind of plan, at each of its steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace as replace_declared

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.documentation import DocumentationLine, of_members
from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.database.expand.declared import Declared, renamed_index
from kaven_schema.database.expand.partial import copied, partial_lines, with_fields_renamed
from kaven_schema.database.expand.plan import REQUIRE, RETYPE, Plan
from kaven_schema.database.expand.subject import Subject, subject_of
from kaven_schema.diagnostics import Edit
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.fixing import insert, remove_line, replace
from kaven_schema.rules.places import line_at
from kaven_schema.source import Span
from kaven_schema.syntax.ast import BlockAttribute, BlockKind, Field


def second_column(declared: Declared, name: str, column: str) -> Declared:
    """A field again under another name: nullable, for the rows that exist have no value in it yet."""
    is_key = declared.has("unique")
    again = replace_declared(declared, name=name).without("unique", "ignore")
    return (again.having("unique", "@unique") if is_key else again).mapped(column).optional()


def add_beside(subject: Subject, plan: Plan) -> tuple[Edit, ...]:
    """The second field, as it is to be typed, below the first, and its own copy of each index."""
    edits = [_below(subject.part, subject.node.span, plan.typed)]
    names = {subject.facts.name: plan.typed.split(maxsplit=1)[0]}
    for part, line in _index_lines(subject):
        edits.append(_below(part, line.span, renamed_index(line.attribute, names, keep_names=False)))
    facts = subject.entry.facts
    edits += [
        _below(one.part, one.span, copied(one.index, facts, names, plan)) for one in partial_lines(subject)
    ]
    return tuple(edits)


def retire(subject: Subject, *, loosened: bool) -> tuple[Edit, ...]:
    """The field taken out of the client, while its column stays."""
    declared = Declared.of(subject.node).having("ignore", "@ignore")
    return (_rewritten(subject, declared.optional() if loosened else declared),)


def make_required(subject: Subject) -> tuple[Edit, ...]:
    declared = Declared.of(subject.node)
    return (_rewritten(subject, Declared(declared.name, declared.type, "", declared.attributes)),)


def remove(subject: Subject, *, with_words: bool) -> tuple[Edit, ...]:
    """The field and every index over it; its documentation too, unless the field below takes that over."""
    lines = [line.span for line in _own_words(subject)] if with_words else []
    edits = [remove_line(subject.part, span) for span in (*lines, subject.node.span)]
    edits += [remove_line(part, line.span) for part, line in _index_lines(subject)]
    return (*edits, *(remove_line(one.part, one.span) for one in partial_lines(subject)))


def _own_words(subject: Subject) -> Iterator[DocumentationLine]:
    """The documentation above the field, line by line."""
    for member, lines in of_members(subject.part.block):
        if member == subject.node:
            yield from (line for line in lines if line.span.start < subject.node.span.start)


def switch_over(catalog: Catalog, plan: Plan) -> tuple[Edit, ...]:
    """From two columns to the new one: the old leaves the client; with another type the new takes its name."""
    old, new = field_of(catalog, plan, plan.column), field_of(catalog, plan, plan.new_column)
    if plan.kind == REQUIRE:
        return make_required(old) if old else ()
    if plan.kind == RETYPE and old and new:
        return _swap(plan, old, new)
    edits = [_rewritten(new, _lasting(plan, new, new.facts.name))] if new else []
    return (*edits, *([_rewritten(old, _retired(plan, old, old.facts.name))] if old else []))


def _swap(plan: Plan, old: Subject, new: Subject) -> tuple[Edit, ...]:
    """The names change places, and so do the lines: Prisma wants the new one first, as its column is named anew."""
    names = {new.facts.name: plan.field, old.facts.name: f"{plan.field}Old"}
    places = sorted((old, new), key=lambda one: one.facts.place)
    texts = _lasting(plan, new, plan.field), _retired(plan, old, names[old.facts.name])
    edits = [_rewritten(place, text) for place, text in zip(places, texts, strict=True)]
    for part, line in dict.fromkeys((*_index_lines(old), *_index_lines(new))):
        text = renamed_index(line.attribute, names, keep_names=True)
        edits.append(replace(part, _written(part, line), text))
    for one in dict.fromkeys((*partial_lines(old), *partial_lines(new))):
        text = with_fields_renamed(one.index, names)
        edits.append(replace(one.part, one.span, text))
    return tuple(edits)


def _lasting(plan: Plan, new: Subject, name: str) -> Declared:
    own = Declared.of(new.node)
    arity = "" if plan.is_required else own.arity
    return replace_declared(own, name=name, arity=arity).mapped(plan.new_column)


def _retired(plan: Plan, old: Subject, name: str) -> Declared:
    own = replace_declared(Declared.of(old.node), name=name).having("ignore", "@ignore").mapped(plan.column)
    return own.optional() if plan.was_required else own


def give_up(catalog: Catalog, plan: Plan) -> tuple[Edit, ...]:
    """Back to the one field that there was; empty where extended has that already."""
    old, new = field_of(catalog, plan, plan.column), field_of(catalog, plan, plan.new_column)
    edits = remove(new, with_words=False) if new else ()
    if old is None:
        return edits
    own = Declared.of(old.node)
    name = plan.field if own.name == f"{plan.field}Old" else own.name
    restored = replace_declared(own, name=name).without("ignore")
    if name != own.name:
        restored = restored.mapped(plan.column)
    if plan.kind == REQUIRE:
        restored = restored.optional()
    elif plan.was_required and own.arity == "?":
        restored = replace_declared(restored, arity="")
    if restored != own:
        edits += (_rewritten(old, restored),)
    return (*edits, *_over(old, new, name)) if name != own.name else edits


def _over(old: Subject, new: Subject | None, name: str) -> Iterator[Edit]:
    """The indexes over the old field, by the name that it gets back; those over both go with the new one."""
    names = {old.facts.name: name}
    gone = [line.span for _, line in _index_lines(new)] if new else []
    for part, line in _index_lines(old):
        if line.span not in gone:
            text = renamed_index(line.attribute, names, keep_names=True)
            yield replace(part, _written(part, line), text)
    kept = [one.span for one in partial_lines(new)] if new else []
    for one in partial_lines(old):
        if one.span not in kept:
            yield replace(one.part, one.span, with_fields_renamed(one.index, names))


def model_of(catalog: Catalog, plan: Plan) -> Entry | None:
    """The model over the plan's table, whatever it is called by now."""
    table = (plan.schema, plan.table)
    models = catalog.of_kind(BlockKind.MODEL)
    return next((one for one in models if (one.facts.schema, one.facts.table) == table), None)


def column_of(catalog: Catalog, plan: Plan, column: str) -> FieldFacts | None:
    entry = model_of(catalog, plan)
    fields = entry.facts.fields if entry and column else ()
    return next((one for one in fields if one.column == column and not catalog.target(one)), None)


def field_of(catalog: Catalog, plan: Plan, column: str) -> Subject | None:
    entry, facts = model_of(catalog, plan), column_of(catalog, plan, column)
    return subject_of(entry, facts) if entry and facts else None


def _index_lines(subject: Subject) -> Iterator[tuple[Part, BlockAttribute]]:
    for index in subject.entry.facts.indexes:
        if index.where_written == "block" and subject.facts.name in index.fields:
            part = subject.entry.part(index.place)
            line = line_at(part, index.place.start)
            assert isinstance(line, BlockAttribute)
            yield part, line


def _below(part: Part, span: Span, text: str) -> Edit:
    """A line below another, indented as that is."""
    block = part.text.text
    start = max(block.rfind("\n", 0, span.start), block.rfind("\r", 0, span.start)) + 1
    line_break = re.compile(r"\r\n|\r|\n").search(block, span.end)
    assert line_break is not None, "the lines of a block end with a line break"
    return insert(part, line_break.start(), f"{line_break[0]}{block[start : span.start]}{text}")


def _rewritten(subject: Subject, declared: Declared) -> Edit:
    return replace(subject.part, _written(subject.part, subject.node), str(declared))


def _written(part: Part, line: Field | BlockAttribute) -> Span:
    """A declaration without the comment behind it."""
    end = line.comment.span.start if line.comment else line.span.end
    text = part.text.text[line.span.start : end].rstrip()
    return Span(line.span.start, line.span.start + len(text))
