"""The steps after the backfill: the new column becomes required, and in the end the old one goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect, lost
from kaven_schema.database.expand import drafts, scripts
from kaven_schema.database.expand.accepting import LEFT_A_TRIGGER, Acceptance, accept_breaks
from kaven_schema.database.expand.expanding import write_steps
from kaven_schema.database.expand.plan import DROP, REQUIRE, Plan, write_plan
from kaven_schema.database.expand.recorded import way_on
from kaven_schema.database.expand.rows import find_unfilled, open_table
from kaven_schema.database.expand.standing import Standing, check_applied, find_standing
from kaven_schema.database.expand.texts import Edits, PlanRefused, Texts
from kaven_schema.database.expand.trying import values_refused
from kaven_schema.database.migrations.folder import Migration, MigrationsFolder, read_folder
from kaven_schema.database.target import Target
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import Diagnostic, ExitCode, KavenError, Severity
from kaven_schema.project import Project

if TYPE_CHECKING:
    from psycopg import Connection

    from kaven_schema.catalog.catalog import Catalog

_REQUIRED = "SELECT attnotnull FROM pg_attribute WHERE attrelid = %s AND attname = %s"


@dataclass(frozen=True, slots=True)
class Contraction:
    """What was written, the rules that are accepted for it, and what to type into extended with it."""

    plan: Plan
    written: tuple[Migration, ...]
    accepted: tuple[str, ...]
    edits: Edits

    @property
    def is_last(self) -> bool:
        return bool(self.plan.contract)


def contract(project: Project, target: Target, plan: Plan, *, today: date, expires: date) -> Contraction:
    """Write the next step of a plan whose backfill is complete.

    Raises PlanRefused where the schema is not ready, KavenError `plan_done`, `plan_incomplete`,
    `plan_not_expanded`, `plan_not_tightened`, `plan_values_refused`, `plan_column_dropped`, and as `connect` does.
    """
    if plan.contract:
        raise KavenError(
            "plan_done",
            f"every step of {plan.name} is written: {plan.contract[-1]} is the last",
            help="kaven migrate deploy",
            exit_code=ExitCode.WRONG_USE,
        )
    how = Acceptance(today=today, expires=expires, root=project.settings.root)
    folder = read_folder(project.output.parent / "migrations")
    standing = find_standing(folder, plan)
    if plan.old and standing.old_gone_in:
        if standing.has_trigger:
            again = f"kaven migrate contract {plan.name}"
            check_applied(target.url, folder, standing.old_gone_in, again=again)
        return _finish(project, plan, folder, standing, how)
    if plan.kind != DROP:
        _check_rows(target.url, plan)
    texts = Texts.of(project)
    catalog = texts.compile().catalog
    if plan.is_required and not plan.tighten:
        made = _tighten(project, texts, catalog, plan)
        # The trigger fills what may now be null: nobody reads one.
        return replace(made, accepted=accept_breaks(made.written[-1], how, reason=_reason(plan)))
    _check_schema(texts, catalog, plan)
    return _finish(project, plan, folder, standing, how)


def _finish(
    project: Project, plan: Plan, folder: MigrationsFolder, standing: Standing, how: Acceptance
) -> Contraction:
    """The last step; where a migration has dropped the column already, what that has left."""
    steps = [(f"{plan.name}_contract", scripts.contract_script(plan, standing))]
    dropping = folder.find(standing.old_gone_in) if plan.old else None
    written = () if dropping and not standing.has_helpers else write_steps(project, steps)
    accepted = tuple(rule for one in written for rule in accept_breaks(one, how, reason=_reason(plan)))
    if dropping and standing.has_trigger:
        reason = f"applied already; {written[0].name} takes the trigger away"
        accepted += accept_breaks(dropping, how, reason=reason, meant=LEFT_A_TRIGGER)
    plan = plan.with_steps(contract=tuple(one.name for one in written) or (standing.old_gone_in,))
    write_plan(project.output, plan, root=project.settings.root)
    return Contraction(plan, written, accepted, Edits(()))


def _reason(plan: Plan) -> str:
    return f"step of the plan {plan.name}, whose rows are all filled"


def _tighten(project: Project, texts: Texts, catalog: Catalog, plan: Plan) -> Contraction:
    edits = drafts.switch_over(catalog, plan)
    if edits:
        texts.edited(edits).compile()
    steps = (
        (f"{plan.name}_promise", scripts.promise_script),
        (f"{plan.name}_require", scripts.require_script),
    )
    written = write_steps(project, [(title, script(plan)) for title, script in steps])
    plan = plan.with_steps(tighten=tuple(one.name for one in written))
    write_plan(project.output, plan, root=project.settings.root)
    return Contraction(plan, written, (), Edits(edits))


def _check_rows(url: DatabaseUrl, plan: Plan) -> None:
    from psycopg import OperationalError
    from psycopg.errors import InsufficientPrivilege

    with connect(url) as connection:
        try:
            _check_filled(connection, plan)
        except OperationalError as error:
            raise lost(url, error) from None
        except InsufficientPrivilege as error:
            raise KavenError(
                "plan_incomplete",
                f"{connection.info.user} cannot see whether every row is filled: {error.diag.message_primary}",
                help=f"connect as the owner of {plan.table}",
                exit_code=ExitCode.PROBLEMS,
            ) from None


def _check_filled(connection: Connection, plan: Plan) -> None:
    table = open_table(connection, plan, hidden="plan_incomplete")
    if table is None:
        return
    left = find_unfilled(connection, table)
    if left.hopeless:
        raise values_refused(plan, left.hopeless, left.keys)
    if left.waiting:
        raise KavenError(
            "plan_incomplete",
            f"{left.waiting} row{'s' * (left.waiting != 1)} of {plan.table} have no {plan.filled} yet",
            help=f"kaven migrate backfill {plan.name}",
            exit_code=ExitCode.PROBLEMS,
        )
    found = connection.execute(_REQUIRED, [table.oid, plan.filled]).fetchone()
    if plan.tighten and found and not found[0]:
        raise KavenError(
            "plan_not_tightened",
            f"{plan.table}.{plan.filled} takes null in this database, which {plan.tighten[-1]} forbids",
            help=way_on(connection, plan.tighten),
            exit_code=ExitCode.PROBLEMS,
        )


def _check_schema(texts: Texts, catalog: Catalog, plan: Plan) -> None:
    """Raises PlanRefused, with what to type, where the schema is not as the plan leaves it."""
    again = f"kaven migrate contract {plan.name}"
    named = drafts.field_of(catalog, plan, plan.old)
    new = drafts.field_of(catalog, plan, plan.new_column)
    if plan.new_column and new is None:
        raise _refused(
            "plan_column_missing",
            f"the merged schema does not name {plan.table}.{plan.new_column}, which is to stay",
            "type what `kaven migrate expand` said",
        )
    if plan.kind == REQUIRE:
        own = drafts.field_of(catalog, plan, plan.column)
        if own and own.facts.arity:
            problem = "is optional in the merged schema"
            optional = own.refused(problem, "make it required", "plan_column_optional")
            edits = Edits(drafts.make_required(own))
            raise PlanRefused(*optional.diagnostics, edits=edits, then=f"now: {again}")
    if named is None:
        return
    name = f"{named.entry.name}.{named.facts.name}"
    if named.facts.is_ignored:
        typed = drafts.remove(named, with_words=plan.kind == DROP)
        help_line = f"once no running code needs it, remove {name}"
        then = f"now: {again}; no kaven migrate dev before that"
    else:
        typed = (
            drafts.retire(named, loosened=False) if plan.kind == DROP else drafts.switch_over(catalog, plan)
        )
        help_line = f"take {name} out of the client by @ignore, deploy the application, then remove it"
        then = f"next: kaven migrate dev; then, once no running code names {name}: {again} --write"
    texts.edited(typed).compile()
    refused = named.refused("still names the column that goes", help_line, "plan_column_named")
    raise PlanRefused(*refused.diagnostics, edits=Edits(typed), then=then)


def _refused(rule: str, message: str, help: str) -> PlanRefused:
    return PlanRefused(Diagnostic(rule, Severity.ERROR, message, (), help))
