"""The partial indexes of a plan's field: each gets a copy over the second one, and goes with the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kaven_schema.catalog.facts import BlockFacts
from kaven_schema.catalog.partial_indexes import (
    PartialIndex,
    declaration_line,
    default_name,
    partial_indexes,
)
from kaven_schema.database.expand.plan import RETYPE, Plan
from kaven_schema.database.expand.subject import Subject
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.predicates import places_of, with_column
from kaven_schema.source import Span


@dataclass(frozen=True, slots=True)
class PartialLine:
    """A declaration, and where its comment stands."""

    part: Part
    index: PartialIndex

    @property
    def span(self) -> Span:
        return self.index.place.span


def partial_lines(subject: Subject) -> Iterator[PartialLine]:
    """The declarations over a field, and those whose predicate reads its column."""
    for index in partial_indexes(subject.entry):
        if subject.facts.name in index.fields or _reads(index, subject.facts.column):
            yield PartialLine(subject.entry.part(index.place), index)


def copied(index: PartialIndex, facts: BlockFacts, fields: dict[str, str], plan: Plan) -> str:
    """The declaration over the plan's second column, under a name of its own; `fields` are old and new names."""
    columns = [
        plan.new_column if one in fields else found.column if (found := facts.field(one)) else one
        for one in index.fields
    ]
    name = ""
    if not any(one in fields for one in index.fields):
        name = default_name(facts.table, [*columns, plan.new_column], is_unique=index.is_unique)
    where = with_column(index.where, plan.column, plan.new_column)
    return _line(index, fields, where, name)


def with_fields_renamed(index: PartialIndex, fields: dict[str, str]) -> str:
    """The same index: its columns and its name stay."""
    return _line(index, fields, index.where, index.name)


def refuse_unlike_copies(subject: Subject, plan: Plan) -> None:
    """Raises PlanRefused where a copy would hold other rows than the index that it is a copy of."""
    read = (line.index for line in partial_lines(subject) if _reads(line.index, plan.column))
    for index in read:
        name = index.stored_name(subject.entry.facts)
        if plan.kind == RETYPE:
            raise subject.refused(
                f"is read by the predicate of {name}, which may mean another thing in another type",
                "take that declaration away in a migration of its own; declare it anew after the plan's last step",
            )
        if index.is_unique:
            raise subject.refused(
                f"decides which rows {name} keeps unique: until the backfill the second column is null in all",
                "keep its column, and give the field another name: @map",
            )


def _reads(index: PartialIndex, column: str) -> bool:
    return any(places_of(column, index.where))


def _line(index: PartialIndex, fields: dict[str, str], where: str, name: str) -> str:
    elements = (one._replace(field=fields.get(one.field, one.field)) for one in index.elements)
    return declaration_line(
        tuple(map(str, elements)), where, name=name, is_unique=index.is_unique, method=index.method
    )
