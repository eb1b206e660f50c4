"""The SQL of a plan's migrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaven_schema.database.expand.plan import REQUIRE, RETYPE, Plan
from kaven_schema.database.partial_indexes.declared import identifier
from kaven_schema.database.row_level_security.sight import hides_rows

if TYPE_CHECKING:
    from kaven_schema.database.expand.standing import Standing

LOCK_SECONDS = 10
CAUGHT = "data_exception OR integrity_constraint_violation OR raise_exception"


@dataclass(frozen=True, slots=True)
class NewColumn:
    """`type` and `default` are SQL, as Prisma's engine writes them; no default is ""."""

    type: str
    default: str

    @property
    def has_equality(self) -> bool:
        return self.type.removesuffix("[]").upper() not in ("JSON", "XML")


def qualified(plan: Plan, name: str) -> str:
    """A name in the plan's schema; without one it goes by the search path, as Prisma's own scripts do."""
    return f"{identifier(plan.schema)}.{identifier(name)}" if plan.schema else identifier(name)


def table_of(plan: Plan) -> str:
    return qualified(plan, plan.table)


def value_of_row(plan: Plan, expression: str, row: str) -> str:
    """An expression over the columns of a table, for one row of a function."""
    return f"(SELECT {expression} FROM (SELECT {row}.*) AS {identifier(plan.table)})"  # noqa: S608 - quoted


def unfilled(plan: Plan) -> str:
    """Whether a row lacks a value that it should have; `fill` may fail."""
    filled = identifier(plan.filled)
    if plan.is_required:
        return f"{filled} IS NULL"
    source = f"{identifier(plan.column)}" if plan.kind != RETYPE else f"({plan.fill})"
    return f"{filled} IS NULL AND {source} IS NOT NULL"


# --- expand -------------------------------------------------------------------------------------------------------


def add_column_script(plan: Plan, column: NewColumn) -> str:
    """Both columns, and what keeps them in step."""
    table, name = table_of(plan), identifier(plan.new_column)
    parts = [
        heading(plan, f"{plan.new_column} stands beside {plan.column}, and a trigger keeps both in step."),
        patience(),
        f"ALTER TABLE {table} ADD COLUMN {name} {column.type};",
    ]
    if column.default:
        parts.append(
            f"-- Rows that exist keep null: that is how the backfill knows them.\n"
            f"ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {column.default};"
        )
    return script(*parts, _function(plan, _both_ways(plan, column)), _trigger(plan))


def fill_nulls_script(plan: Plan) -> str:
    """Nulls that a running application still writes become the plan's value."""
    filled = identifier(plan.column)
    value = value_of_row(plan, plan.fill, "NEW")
    body = f"  NEW.{filled} := {value};\n  RETURN NEW;\n"
    return script(
        heading(plan, f"until {plan.column} is required, a null becomes a value."),
        patience(),
        _function(plan, f"BEGIN\n{body}END"),
        _trigger(plan, f" WHEN (NEW.{filled} IS NULL)"),
    )


def loosen_script(plan: Plan) -> str:
    """Before a required column goes, rows may do without it."""
    return script(
        heading(plan, f"{plan.column} may be left out."),
        patience(),
        f"ALTER TABLE {table_of(plan)} ALTER COLUMN {identifier(plan.column)} DROP NOT NULL;",
    )


def _both_ways(plan: Plan, column: NewColumn) -> str:
    new, old = f"NEW.{identifier(plan.new_column)}", f"NEW.{identifier(plan.column)}"
    forth, back = _forth(plan), f"{old} := {value_of_row(plan, plan.back, 'NEW')};"
    if plan.kind != RETYPE:
        back = f"{old} := {new};"

    def differs(one: str, other: str) -> str:
        cast = "" if column.has_equality else "::text"
        return f"{one}{cast} IS DISTINCT FROM {other}{cast}"

    default = f"CAST({column.default} AS {column.type})" if column.default else "NULL"
    before_new, before_old = (f"OLD.{identifier(one)}" for one in (plan.new_column, plan.column))
    return f"""\
BEGIN
  -- Whichever column was written gives the other its value; where both were, the new one.
  IF TG_OP = 'INSERT' THEN
    IF {differs(new, default)} THEN
      {back}
    ELSE
{_indented(forth, 6)}
    END IF;
  ELSIF {differs(new, before_new)} THEN
    {back}
  ELSIF {differs(old, before_old)} OR {new} IS NULL THEN
{_indented(forth, 4)}
  END IF;
  RETURN NEW;
END"""


def _forth(plan: Plan) -> str:
    new, old = f"NEW.{identifier(plan.new_column)}", f"NEW.{identifier(plan.column)}"
    if plan.kind != RETYPE:
        return f"{new} := {old};"
    return f"""\
BEGIN
  {new} := {value_of_row(plan, plan.fill, "NEW")};
EXCEPTION WHEN {CAUGHT} THEN
  {new} := NULL;  -- the backfill tells of such rows; whoever writes them is not held up
END;"""


def _function(plan: Plan, body: str) -> str:
    quote = dollar_quote(body)
    path = (
        "" if plan.kind not in (RETYPE, REQUIRE) and "CAST(" not in body else " SET search_path FROM CURRENT"
    )
    return (
        f"CREATE FUNCTION {qualified(plan, plan.object)}() RETURNS trigger LANGUAGE plpgsql{path} AS {quote}\n"
        f"#variable_conflict use_column\n{body}\n{quote};"
    )


def _trigger(plan: Plan, condition: str = "") -> str:
    return (
        f"CREATE TRIGGER {identifier(plan.object)} BEFORE INSERT OR UPDATE ON {table_of(plan)}\n"
        f"FOR EACH ROW{condition} EXECUTE FUNCTION {qualified(plan, plan.object)}();"
    )


# --- tighten and contract -----------------------------------------------------------------------------------------


def promise_script(plan: Plan) -> str:
    """From here on no null is written; the rows that exist are looked at apart, without a lock."""
    constraint = f"CHECK ({identifier(plan.filled)} IS NOT NULL) NOT VALID"
    return script(
        heading(plan, f"{plan.filled} takes no null from now on."),
        patience(),
        _guard(plan),
        f"ALTER TABLE {table_of(plan)} ADD CONSTRAINT {identifier(plan.object)} {constraint};",
    )


def require_script(plan: Plan) -> str:
    """Required, without a scan under a lock: the constraint proves it."""
    table = table_of(plan)
    parts = [
        heading(plan, f"{plan.filled} is required."),
        patience(),
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {identifier(plan.object)};",
        f"ALTER TABLE {table} ALTER COLUMN {identifier(plan.filled)} SET NOT NULL;",
    ]
    if plan.was_required:
        parts.append(f"ALTER TABLE {table} ALTER COLUMN {identifier(plan.column)} DROP NOT NULL;")
    return script(*parts)


def contract_script(plan: Plan, standing: Standing) -> str:
    """What only the time in between needed goes, and the old column with it."""
    parts = [heading(plan, f"{plan.old or 'what filled it'} goes."), patience()]
    if plan.filled and not plan.is_required and not standing.old_gone_in:
        parts.append(_guard(plan))
    parts += without_helpers(plan, standing)
    if plan.old and not standing.old_gone_in:
        parts.append(f"ALTER TABLE {table_of(plan)} DROP COLUMN {identifier(plan.old)};")
    return script(*parts)


def without_helpers(plan: Plan, standing: Standing) -> list[str]:
    """What takes away the trigger, its function and the constraint."""
    table, name = table_of(plan), identifier(plan.object)
    drops = (
        (standing.has_trigger, f"DROP TRIGGER {name} ON {table};"),
        (standing.has_function, f"DROP FUNCTION {qualified(plan, plan.object)}();"),
        (standing.has_check, f"ALTER TABLE {table} DROP CONSTRAINT {name};"),
    )
    return [statement for is_there, statement in drops if is_there]


def _guard(plan: Plan) -> str:
    """A database on which the backfill never ran stops here, with all its data."""
    message = (
        f"{plan.table}.{plan.filled} is not filled: run kaven migrate backfill {plan.name}, then deploy again"
    )
    return stop_where(plan, unfilled(plan), message)


def stop_where(plan: Plan, condition: str, message: str) -> str:
    """A migration ends here where a row is so, and where row-level security might hide one that is."""
    hidden = f"row-level security hides rows of {plan.table} from whoever migrates: kaven migrate backfill says more"
    table = table_of(plan)
    # The first look locks the table, which keeps its policies as they are for the second.
    body = f"""\
BEGIN
  IF EXISTS (SELECT FROM {table} WHERE {condition}) THEN
    RAISE EXCEPTION {_literal(message.replace("%", "%%"))};
  END IF;
  IF {hides_rows(f"{_literal(table)}::regclass")}
  THEN
    RAISE EXCEPTION {_literal(hidden.replace("%", "%%"))};
  END IF;
END"""
    quote = dollar_quote(body)
    return f"DO {quote}\n{body}\n{quote};"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def dollar_quote(body: str) -> str:
    tag = "$kaven$"
    while tag in body:
        tag = f"{tag[:-1]}_$"
    return tag


def heading(plan: Plan, sentence: str) -> str:
    return f"-- Plan {plan.name}: {one_line(sentence)}"


def one_line(text: str) -> str:
    return " ".join(text.split())


def patience() -> str:
    """Whoever waits for a table's lock keeps everybody behind him waiting: better to give up, and try again."""
    return f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s';"


def script(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


def _indented(text: str, width: int) -> str:
    return "\n".join(" " * width + line for line in text.split("\n"))
