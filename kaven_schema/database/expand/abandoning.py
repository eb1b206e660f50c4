"""Giving a plan up: what it made goes again, and extended has the one field that there was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.database.expand import drafts
from kaven_schema.database.expand.abandon_scripts import abandon_script, restore_scripts
from kaven_schema.database.expand.accepting import LEFT_A_TRIGGER, Acceptance, accept_breaks
from kaven_schema.database.expand.expanding import write_steps
from kaven_schema.database.expand.plan import Plan, plan_path
from kaven_schema.database.expand.standing import Standing, check_applied, find_standing
from kaven_schema.database.expand.texts import Edits, PlanRefused, Texts
from kaven_schema.database.migrations.folder import Migration, read_folder
from kaven_schema.diagnostics import Diagnostic, ExitCode, KavenError, Severity
from kaven_schema.files import shown_path
from kaven_schema.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from kaven_schema.catalog.catalog import Catalog
    from kaven_schema.database.url import DatabaseUrl


@dataclass(frozen=True, slots=True)
class Abandoned:
    """What was written, the rules that are accepted for it, and the plan's file, which is gone."""

    written: tuple[Migration, ...]
    accepted: tuple[str, ...]
    removed: Path


def abandon(
    project: Project, plan: Plan, database: Callable[[], DatabaseUrl], *, today: date, expires: date
) -> Abandoned:
    """Write the migrations that take away what the plan made, and remove its file.

    `database` is asked for only where a migration dropped the second column under its trigger. Raises PlanRefused,
    with what to type, where extended is not as it was before the plan; KavenError `plan_done`,
    `plan_column_dropped`, `output_unwritable`.
    """
    how = Acceptance(today=today, expires=expires, root=project.settings.root)
    folder = read_folder(project.output.parent / "migrations")
    standing = find_standing(folder, plan)
    _check_not_over(plan, standing)
    dropping = folder.find(standing.new_gone_in) if standing.has_trigger else None
    if dropping:
        check_applied(database(), folder, dropping.name, again=f"kaven migrate abandon {plan.name}")
    _check_schema(Texts.of(project), plan)
    written = write_steps(project, _steps(plan, standing))
    reason = f"the plan {plan.name} is given up"
    accepted = tuple(rule for one in written for rule in accept_breaks(one, how, reason=reason))
    if dropping:
        accepted += accept_breaks(dropping, how, reason=reason, meant=LEFT_A_TRIGGER)
    path = plan_path(project.output, plan.name)
    _remove(path)
    return Abandoned(written, accepted, path)


def _check_not_over(plan: Plan, standing: Standing) -> None:
    last = plan.contract[-1] if plan.contract else standing.old_gone_in if plan.old else ""
    if last:
        goes = f"drops {plan.table}.{plan.column}" if plan.old else "is its last step"
        raise KavenError(
            "plan_done",
            f"{plan.name} cannot be given up any more: {last} {goes}",
            help="kaven migrate deploy" if plan.contract else f"kaven migrate contract {plan.name}",
            exit_code=ExitCode.WRONG_USE,
        )


def _check_schema(texts: Texts, plan: Plan) -> None:
    catalog = texts.compile().catalog
    edits = drafts.give_up(catalog, plan)
    if _is_old_missing(catalog, plan):
        message = f"the merged schema does not name {plan.table}.{plan.column}, which is to stay"
        help_line = f"put the field {plan.model}.{plan.field} back, as it was before the plan"
        raise PlanRefused(Diagnostic("plan_column_missing", Severity.ERROR, message, (), help_line))
    if not edits:
        return
    texts.edited(edits).compile()
    message = f"extended is not as it was before the plan {plan.name}"
    diagnostic = Diagnostic("plan_column_named", Severity.ERROR, message, (), "type what is shown here")
    raise PlanRefused(diagnostic, edits=Edits(edits))


def _is_old_missing(catalog: Catalog, plan: Plan) -> bool:
    """A model that is gone as a whole takes its columns along."""
    return drafts.model_of(catalog, plan) is not None and not drafts.column_of(catalog, plan, plan.column)


def _steps(plan: Plan, standing: Standing) -> list[tuple[str, str]]:
    steps: list[tuple[str, str]] = []
    if plan.was_required and standing.takes_null:
        promise, require = restore_scripts(plan, standing)
        steps += [(f"{plan.name}_abandon_promise", promise), (f"{plan.name}_abandon_require", require)]
        standing = standing.with_check()
    if last := abandon_script(plan, standing):
        steps.append((f"{plan.name}_abandon", last))
    return steps


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise KavenError(
            "output_unwritable",
            f"cannot remove {shown_path(path)}: {error.strerror or error}",
            help=f"its migrations are written; remove it: rm {shown_path(path)}",
        ) from None
