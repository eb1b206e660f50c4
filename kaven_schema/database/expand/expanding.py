"""The first step of a plan: everything is looked at, then its migrations and its file are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kaven_schema.database.expand import drafts, scripts
from kaven_schema.database.expand.asking import Engine, NewIndexes, state_of
from kaven_schema.database.expand.declared import Declared, parse_declared
from kaven_schema.database.expand.partial import refuse_unlike_copies
from kaven_schema.database.expand.plan import (
    DROP,
    RENAME,
    REQUIRE,
    RETYPE,
    Plan,
    plan_name,
    plan_path,
    write_plan,
)
from kaven_schema.database.expand.subject import (
    Subject,
    at_subject,
    check_free_name,
    check_no_open_plan,
    find_subject,
    free_column,
    refuse_own_values,
)
from kaven_schema.database.expand.texts import Edits, PlanRefused, Texts
from kaven_schema.database.migrations.folder import Migration, read_folder, write_migration
from kaven_schema.database.migrations.states import comparing
from kaven_schema.database.partial_indexes.change import PartialIndexRefusedError
from kaven_schema.database.partial_indexes.declared import identifier
from kaven_schema.database.target import Target
from kaven_schema.diagnostics import Edit, ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.engines.schema_engine import Migrations
from kaven_schema.project import Project
from kaven_schema.syntax.ast import BlockKind

if TYPE_CHECKING:
    from kaven_schema.catalog.catalog import Catalog

_FROM_CLIENT = ("", "@updatedAt", "uuid", "cuid", "nanoid", "ulid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted: `becomes` is a rename's new field or a retype's new type; SQL and column may be left out."""

    kind: str
    field: str
    becomes: str = ""
    column: str = ""
    using: str = ""
    back: str = ""


@dataclass(frozen=True, slots=True)
class Expansion:
    """What was written, and what to type into extended before the next `kaven migrate dev`."""

    plan: Plan
    written: tuple[Migration, ...]
    edits: Edits


@dataclass(frozen=True, slots=True)
class _Design:
    plan: Plan
    edits: tuple[Edit, ...]
    scripts: tuple[tuple[str, str], ...]


def expand(project: Project, target: Target, order: Order, *, progress: Progress = silent) -> Expansion:
    """Write the first step. Nothing is written where anything stands in the way.

    Raises PlanRefused, KavenError `plan_field_unknown`, `plan_type_invalid`, `plan_field_invalid`,
    `plan_column_taken`, `plan_not_current`, `plan_sql_refused`, `plan_values_refused`, and as the engine does.
    """
    texts = Texts.of(project)
    merged = texts.compile()
    subject = find_subject(merged.catalog, order.field)
    check_no_open_plan(subject, project.output)
    path = project.output.parent / "migrations"
    with comparing(project.settings, target, (Migrations(path),), progress=progress) as comparison:
        if comparison.difference(Migrations(path), state_of(texts)).summary:
            raise _not_current()
        drawing = _Drawing(Engine(comparison, texts, path), merged.catalog, subject, order, project)
        try:
            design = _DESIGNS[order.kind](drawing)
        except PlanRefused as refused:
            raise at_subject(refused, subject, texts) from None
    if order.kind in (RETYPE, REQUIRE):
        from kaven_schema.database.expand.trying import try_plan

        try_plan(target.url, design.plan)
    return _write(project, design)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What the designs of all kinds begin with."""

    engine: Engine
    catalog: Catalog
    subject: Subject
    order: Order
    project: Project

    def plan(self) -> Plan:
        facts, entry = self.subject.facts, self.subject.entry
        name = plan_name(self.order.kind, entry.name, facts.name)
        number = 1
        while plan_path(self.project.output, name if number == 1 else f"{name}_{number}").exists():
            number += 1
        return Plan(
            name=name if number == 1 else f"{name}_{number}",
            kind=self.order.kind,
            model=entry.name,
            field=facts.name,
            schema=entry.facts.schema,
            table=entry.facts.table,
            column=facts.column,
        )

    def check(self, plan: Plan, edits: Sequence[Edit]) -> None:
        """That the schema stays valid at every step."""
        after = self.engine.texts.edited(edits)
        later = after.edited(drafts.switch_over(after.compile().catalog, plan))
        last = drafts.field_of(later.compile().catalog, plan, plan.old)
        if last:
            later.edited(drafts.remove(last, with_words=plan.kind == DROP)).compile()

    @property
    def is_loosened(self) -> bool:
        """Whether the client could not leave the column out: required, and no value from the database."""
        facts = self.subject.facts
        return facts.arity == "" and facts.default.partition("(")[0] in _FROM_CLIENT

    def two_columns(self, plan: Plan, second: Declared) -> _Design:
        plan = replace(plan, typed=str(second))
        refuse_unlike_copies(self.subject, plan)
        beside = drafts.add_beside(self.subject, plan)
        self.check(plan, beside)
        column = self.engine.column(self.subject, second)
        if plan.kind == RETYPE:
            plan = self._converting(plan, second, column)
        indexes = self._indexes(self.engine.texts.edited(beside))
        steps = [(plan.name, scripts.add_column_script(plan, column))]
        steps += [(f"{plan.name}_index", f"{index};\n") for index in indexes.creations]
        if indexes.marks:
            steps.append((f"{plan.name}_index_marks", "".join(f"{mark};\n" for mark in indexes.marks)))
        return _Design(plan, beside, tuple(steps))

    def _indexes(self, after: Texts) -> NewIndexes:
        try:
            return self.engine.indexes(after)
        except PartialIndexRefusedError as error:
            raise self.subject.refused(
                f"could not have {error.index.name} any more: {error.reason}",
                "take that declaration away first, in a migration of its own",
            ) from None

    def _converting(self, plan: Plan, second: Declared, column: scripts.NewColumn) -> Plan:
        old = self.engine.column(self.subject, Declared.of(self.subject.node).without("default"))
        kinds = (self.catalog.kind_of(self.subject.facts.type), self.catalog.kind_of(second.type))
        through_text = BlockKind.ENUM in kinds
        forth = self.order.using or identifier(plan.column)
        back = self.order.back or identifier(plan.new_column)
        return replace(
            plan,
            fill=_cast(forth, column.type, through_text=through_text and not self.order.using),
            back=_cast(back, old.type, through_text=through_text and not self.order.back),
        )


def _cast(expression: str, type: str, *, through_text: bool) -> str:
    if through_text:
        expression = f"CAST({expression} AS {'TEXT[]' if type.endswith('[]') else 'TEXT'})"
    elif not expression.startswith('"'):
        expression = f"({expression})"
    return f"CAST({expression} AS {type})"


def _rename(drawing: _Drawing) -> _Design:
    subject, order = drawing.subject, drawing.order
    refuse_own_values(subject)
    check_free_name(subject.entry, order.becomes)
    wanted = order.column or _column_like(subject, order.becomes)
    column = free_column(subject.entry, wanted, is_asked_for=bool(order.column))
    plan = replace(
        drawing.plan(),
        new_column=column,
        fill=identifier(subject.facts.column),
        back=identifier(column),
        is_required=subject.facts.arity == "",
        was_required=drawing.is_loosened,
    )
    return drawing.two_columns(plan, drafts.second_column(Declared.of(subject.node), order.becomes, column))


def _column_like(subject: Subject, name: str) -> str:
    """In the words and letters in which the old one is written."""
    import re

    def snake(text: str) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()

    return snake(name) if subject.facts.column == snake(subject.facts.name) else name


def _retype(drawing: _Drawing) -> _Design:
    subject, order = drawing.subject, drawing.order
    refuse_own_values(subject)
    old = Declared.of(subject.node)
    wanted = parse_declared(old.name, order.becomes, drawing.engine.texts.options.dialect)
    if wanted.arity == "?" or (wanted.arity == "" and old.arity == "?"):
        wanted = replace(wanted, arity="?")
    if wanted.arity == "?" and old.arity == "":
        raise subject.refused(
            "is required, and the new type is not", "leave the `?` out: to allow null is a change of its own"
        )
    if (wanted.type, wanted.arity, wanted.bare()) == (old.type, old.arity, old.bare().without("map")):
        raise subject.refused("has that type already", "name another type")
    if old.has("default") and not wanted.has("default") and wanted.type != old.type:
        raise subject.refused(
            f"has a default, which {wanted.type} needs in its own form",
            f"say it with the type: '{wanted.type} @default(…)'",
        )
    name = f"{old.name}V2"
    for new_name in (name, f"{old.name}Old"):
        check_free_name(subject.entry, new_name)
    column = free_column(
        subject.entry, order.column or f"{subject.facts.column}_v2", is_asked_for=bool(order.column)
    )
    kept = tuple(
        pair
        for pair in old.attributes
        if "." not in pair[0] and not (pair[0] == "default" and wanted.has("default"))
    )
    second = drafts.second_column(replace(wanted, attributes=(*kept, *wanted.attributes)), name, column)
    plan = replace(
        drawing.plan(),
        new_column=column,
        is_required=wanted.arity == "",
        was_required=drawing.is_loosened,
    )
    return drawing.two_columns(plan, second)


def _require(drawing: _Drawing) -> _Design:
    subject, order = drawing.subject, drawing.order
    if subject.facts.arity != "?":
        raise subject.refused(
            "is required already" if not subject.facts.arity else "is a list", "choose another"
        )
    declared = Declared.of(subject.node)
    column = drawing.engine.column(subject, declared)
    if not (order.using or column.default):
        raise subject.refused(
            "has nothing to put where there is no value", "say what rows without one get: --using \"'…'\""
        )
    fill = order.using or column.default
    plan = replace(drawing.plan(), fill=f"CAST(({fill}) AS {column.type})", is_required=True)
    drawing.check(plan, ())
    return _Design(plan, (), ((plan.name, scripts.fill_nulls_script(plan)),))


def _drop(drawing: _Drawing) -> _Design:
    plan = replace(drawing.plan(), was_required=drawing.is_loosened)
    edits = drafts.retire(drawing.subject, loosened=plan.was_required)
    after = drawing.engine.texts.edited(edits).compile()
    last = drafts.field_of(after.catalog, plan, plan.old)
    assert last is not None
    drawing.engine.texts.edited(edits).edited(drafts.remove(last, with_words=plan.kind == DROP)).compile()
    steps = ((plan.name, scripts.loosen_script(plan)),) if plan.was_required else ()
    return _Design(plan, edits, steps)


_DESIGNS = {RENAME: _rename, RETYPE: _retype, REQUIRE: _require, DROP: _drop}


def _write(project: Project, design: _Design) -> Expansion:
    written = write_steps(project, design.scripts)
    plan = design.plan.with_steps(expand=tuple(one.name for one in written))
    write_plan(project.output, plan, root=project.settings.root)
    return Expansion(plan, written, Edits(design.edits))


def write_steps(project: Project, steps: Sequence[tuple[str, str]]) -> tuple[Migration, ...]:
    """One migration for each title and script, in their order."""
    root, path = project.settings.root, project.output.parent / "migrations"
    return tuple(write_migration(read_folder(path), "dev", title, sql, root=root) for title, sql in steps)


def _not_current() -> KavenError:
    return KavenError(
        "plan_not_current",
        "the migrations do not lead to the merged schema: a plan begins where both are the same",
        help="kaven migrate dev",
        exit_code=ExitCode.PROBLEMS,
    )
