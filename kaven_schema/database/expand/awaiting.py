"""Whether extended says what the steps of open plans need there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kaven_schema.database.expand import drafts
from kaven_schema.database.expand.plan import DROP, Plan
from kaven_schema.database.expand.texts import Edits, PlanRefused, Texts
from kaven_schema.diagnostics import Diagnostic, Edit, Severity
from kaven_schema.project import Project

if TYPE_CHECKING:
    from kaven_schema.catalog.catalog import Catalog


def check_typed(project: Project, plans: Sequence[Plan]) -> None:
    """Raises PlanRefused, with what to type, where a migration to the merged schema would undo a plan's step."""
    catalog = Texts.of(project).compile().catalog
    for plan in plans:
        if plan.old and drafts.model_of(catalog, plan) and not drafts.column_of(catalog, plan, plan.old):
            raise PlanRefused(_lacks_last_step(plan))
        edits = _missing(catalog, plan)
        if edits is not None:
            raise PlanRefused(_is_open(plan), edits=Edits(edits))


def _missing(catalog: Catalog, plan: Plan) -> tuple[Edit, ...] | None:
    """What is to be typed; None where nothing is, empty where the plan's file does not say it."""
    old = drafts.field_of(catalog, plan, plan.column)
    new = drafts.field_of(catalog, plan, plan.new_column)
    if drafts.model_of(catalog, plan) is None:
        return None
    if plan.new_column and new is None:
        return drafts.add_beside(old, plan) if old and plan.typed else ()
    is_old_kept = old is not None and plan.was_required and not old.facts.arity
    if plan.kind == DROP:
        return drafts.retire(old, loosened=True) if old and is_old_kept else None
    lasting = new or old
    is_loose = lasting is not None and lasting.facts.arity == "?"
    return drafts.switch_over(catalog, plan) if plan.tighten and (is_loose or is_old_kept) else None


def _is_open(plan: Plan) -> Diagnostic:
    return Diagnostic(
        "plan_open",
        Severity.ERROR,
        f"the plan {plan.name} is open, and extended lacks what it said to type: a migration now would undo its step",
        (),
        f"type that; or, to give the plan up: kaven migrate abandon {plan.name}",
    )


def _lacks_last_step(plan: Plan) -> Diagnostic:
    left = "leave the trigger that writes it: every write of the table would fail"
    return Diagnostic(
        "plan_open",
        Severity.ERROR,
        f"extended no longer has {plan.table}.{plan.old}, and the last step of the plan {plan.name} is not written:"
        f" a migration now would drop the column and {left if plan.filled else 'leave the plan open'}",
        (),
        f"kaven migrate contract {plan.name}",
    )
