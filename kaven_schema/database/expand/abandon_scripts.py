"""The SQL that takes a plan back."""

from __future__ import annotations

from kaven_schema.database.expand.plan import REQUIRE, Plan
from kaven_schema.database.expand.scripts import (
    heading,
    patience,
    script,
    stop_where,
    table_of,
    without_helpers,
)
from kaven_schema.database.expand.standing import Standing
from kaven_schema.database.partial_indexes.declared import identifier


def restore_scripts(plan: Plan, standing: Standing) -> tuple[str, str]:
    """The old column required again: promised, then looked at and set."""
    table, name, column = table_of(plan), identifier(plan.object), identifier(plan.column)
    message = f"{plan.table}.{plan.column} is null in some rows: give them values, then deploy again"
    dropped = (f"ALTER TABLE {table} DROP CONSTRAINT {name};",) if standing.has_check else ()
    promise = (
        heading(plan, f"given up: {plan.column} takes no null again."),
        patience(),
        *dropped,
        stop_where(plan, f"{column} IS NULL", message),
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID;",
    )
    require = (
        heading(plan, f"given up: {plan.column} is required again."),
        patience(),
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
        f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;",
    )
    return script(*promise), script(*require)


def abandon_script(plan: Plan, standing: Standing) -> str:
    """All that the plan made goes; empty where nothing of it stands."""
    table = table_of(plan)
    parts = without_helpers(plan, standing)
    if plan.kind == REQUIRE and plan.tighten and not standing.takes_null:
        parts.append(f"ALTER TABLE {table} ALTER COLUMN {identifier(plan.column)} DROP NOT NULL;")
    if plan.new_column and standing.has_table and not standing.new_gone_in:
        parts.append(f"ALTER TABLE {table} DROP COLUMN {identifier(plan.new_column)};")
    return script(heading(plan, "given up: what it made goes."), patience(), *parts) if parts else ""
