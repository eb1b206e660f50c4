"""The field that a plan is about: found, or refused with the reason and its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.database.expand.plan import read_plans
from kaven_schema.database.expand.texts import PlanRefused, Texts
from kaven_schema.diagnostics import Diagnostic, ExitCode, KavenError, Label, Severity
from kaven_schema.files import shown_path
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.places import field_node, name_place_label
from kaven_schema.syntax.ast import BlockKind, Field

_OWN_VALUES = ("autoincrement", "sequence", "dbgenerated")


class Subject(NamedTuple):
    """A scalar field of extended."""

    entry: Entry
    facts: FieldFacts
    part: Part
    node: Field

    def label(self, text: str = "") -> Label:
        return name_place_label(self.entry, self.facts.name, self.facts.place, text)

    def refused(self, problem: str, help: str, rule: str = "plan_refused") -> PlanRefused:
        message = f"{self.entry.name}.{self.facts.name} {problem}"
        return PlanRefused(Diagnostic(rule, Severity.ERROR, message, (self.label(),), help))


def subject_of(entry: Entry, facts: FieldFacts) -> Subject:
    return Subject(entry, facts, *field_node(entry, facts))


def find_subject(catalog: Catalog, name: str) -> Subject:
    """`Model.field`. Raises KavenError `plan_field_unknown`, and PlanRefused for one that no plan can change."""
    model, _, field = name.partition(".")
    entry = catalog.by_name.get(model)
    facts = entry.facts.field(field) if entry else None
    if entry is None or facts is None or entry.kind is not BlockKind.MODEL:
        raise _unknown(catalog, name)
    if not entry.is_extended(facts.place):
        raise _base_field(entry, facts)
    subject = subject_of(entry, facts)
    for problem, help_line in _problems(subject, catalog):
        raise subject.refused(problem, help_line)
    return subject


def at_subject(refused: PlanRefused, subject: Subject, texts: Texts) -> PlanRefused:
    """What is wrong with lines that nobody has written, told at the field from which they would come."""
    known = (texts.base, *texts.extended)

    def told(found: Diagnostic) -> Diagnostic:
        if all(label.source in known for label in found.labels):
            return found
        label = subject.label("the plan would end in a schema that is refused")
        help_line = "choose another change: the schema has to be valid after every step"
        return found._replace(labels=(label,), help=help_line, fix=None)

    return PlanRefused(*map(told, refused.diagnostics), edits=refused.edits)


def _unknown(catalog: Catalog, name: str) -> KavenError:
    from difflib import get_close_matches

    models = catalog.of_kind(BlockKind.MODEL)
    names = [f"{entry.name}.{field.name}" for entry in models for field in entry.facts.fields]
    near = get_close_matches(name, names, n=1)
    return KavenError(
        "plan_field_unknown",
        f"there is no field {name}",
        help=f"did you mean {near[0]}?" if near else "write Model.field, as in the merged schema",
        exit_code=ExitCode.WRONG_USE,
    )


def _base_field(entry: Entry, facts: FieldFacts) -> PlanRefused:
    label = name_place_label(entry, facts.name, facts.place)
    place = f"{shown_path_of(label)}:{label.source.position(label.span.start).line}"
    return PlanRefused(
        Diagnostic(
            "plan_base_field",
            Severity.ERROR,
            f"{entry.name}.{facts.name} is base's ({place}): only a release of its vendor changes it",
            (label,),
            "add a field of your own to extended, and leave this one",
        )
    )


def shown_path_of(label: Label) -> str:
    return shown_path(Path(label.source.path))


def _problems(subject: Subject, catalog: Catalog) -> Iterator[tuple[str, str]]:
    entry, facts = subject.entry, subject.facts
    if catalog.target(facts):
        yield "is a relation, and has no column", "rename it in extended: no migration is needed"
    if facts.type == "Unsupported":
        yield (
            "has a type that Prisma does not know",
            "write the migration by hand: kaven migrate dev --create-only",
        )
    if facts.is_id or any(index.kind == "id" and facts.name in index.fields for index in entry.facts.indexes):
        yield "is part of the key by which rows are found", "leave it; a key is changed with its whole table"
    holders = [one.name for one in entry.facts.fields if one.relation and facts.name in one.relation.fields]
    if holders:
        help_line = "add a second relation with a column of its own, move the rows over, then remove this one"
        yield f"holds the foreign key of the relation {holders[0]}, which is not only a column", help_line
    for other in catalog.of_kind(BlockKind.MODEL):
        for field in other.facts.fields:
            if field.relation and field.type == entry.name and facts.name in field.relation.references:
                yield (
                    f"is what the foreign key of {other.name}.{field.name} refers to",
                    "let that refer to the id",
                )


def refuse_own_values(subject: Subject) -> None:
    """A default that gives each row another value: of two columns nobody could tell which one was written."""
    function = subject.facts.default.partition("(")[0]
    if function in _OWN_VALUES:
        raise subject.refused(
            f"gets its default from {function}(): of two columns nobody could tell which one was written",
            "take the default away first, in a migration of its own",
        )


def check_free_name(entry: Entry, name: str) -> None:
    """Raises PlanRefused where the model has such a field already, KavenError where none can have the name."""
    import re

    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise KavenError(
            "plan_field_invalid",
            f"{name!r} cannot be a field's name",
            help="begin with a letter, and use letters, digits and _",
            exit_code=ExitCode.WRONG_USE,
        )
    if taken := entry.facts.field(name):
        label = name_place_label(entry, name, taken.place)
        raise PlanRefused(
            Diagnostic(
                "plan_field_taken",
                Severity.ERROR,
                f"{entry.name}.{name} exists already",
                (label,),
                "choose another name; if you typed it for this plan, remove it: the plan says what to type",
            )
        )


def check_no_open_plan(subject: Subject, output: Path) -> None:
    """Two triggers over one column would not see what the other writes."""
    mine = subject.entry.facts.schema, subject.entry.facts.table
    for plan in read_plans(output):
        is_same = (plan.schema, plan.table) == mine and subject.facts.column in (plan.column, plan.new_column)
        if is_same and not plan.contract:
            raise subject.refused(
                f"is in the middle of the plan {plan.name}",
                f"finish that one first: kaven migrate contract {plan.name}",
                "plan_open",
            )


def free_column(entry: Entry, wanted: str, *, is_asked_for: bool) -> str:
    """A column that the table has not. Raises KavenError `plan_column_taken` where the user asked for one it has."""
    import re

    taken = {field.column for field in entry.facts.fields}
    if wanted in taken and is_asked_for:
        raise KavenError(
            "plan_column_taken",
            f"{entry.facts.table} has a column {wanted} already",
            help="choose another one: --column",
            exit_code=ExitCode.WRONG_USE,
        )
    while wanted in taken:
        number = re.search(r"_v(\d+)$", wanted)
        stem = wanted[: number.start()] if number else wanted
        wanted = f"{stem}_v{int(number[1]) + 1 if number else 2}"
    return wanted
