"""The SQL of a plan's migrations."""

from __future__ import annotations

from dataclasses import dataclass

from kaven_schema.database.expand.plan import REQUIRE, RETYPE, Plan

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


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


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
        _heading(plan, f"{plan.new_column} stands beside {plan.column}, and a trigger keeps both in step."),
        _patience(),
        f"ALTER TABLE {table} ADD COLUMN {name} {column.type};",
    ]
    if column.default:
        parts.append(
            f"-- Rows that exist keep null: that is how the backfill knows them.\n"
            f"ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {column.default};"
        )
    return _script(*parts, _function(plan, _both_ways(plan, column)), _trigger(plan))


def fill_nulls_script(plan: Plan) -> str:
    """Nulls that a running application still writes become the plan's value."""
    filled = identifier(plan.column)
    value = value_of_row(plan, plan.fill, "NEW")
    body = f"  NEW.{filled} := {value};\n  RETURN NEW;\n"
    return _script(
        _heading(plan, f"until {plan.column} is required, a null becomes a value."),
        _patience(),
        _function(plan, f"BEGIN\n{body}END"),
        _trigger(plan, f" WHEN (NEW.{filled} IS NULL)"),
    )


def loosen_script(plan: Plan) -> str:
    """Before a required column goes, rows may do without it."""
    return _script(
        _heading(plan, f"{plan.column} may be left out."),
        _patience(),
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
    return _script(
        _heading(plan, f"{plan.filled} takes no null from now on."),
        _patience(),
        _guard(plan),
        f"ALTER TABLE {table_of(plan)} ADD CONSTRAINT {identifier(plan.object)} {constraint};",
    )


def require_script(plan: Plan) -> str:
    """Required, without a scan under a lock: the constraint proves it."""
    table = table_of(plan)
    parts = [
        _heading(plan, f"{plan.filled} is required."),
        _patience(),
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {identifier(plan.object)};",
        f"ALTER TABLE {table} ALTER COLUMN {identifier(plan.filled)} SET NOT NULL;",
    ]
    if plan.was_required:
        parts.append(f"ALTER TABLE {table} ALTER COLUMN {identifier(plan.column)} DROP NOT NULL;")
    return _script(*parts)


def contract_script(plan: Plan) -> str:
    """What only the time in between needed goes, and the old column with it."""
    table, name = table_of(plan), identifier(plan.object)
    parts = [_heading(plan, f"{plan.old or 'what filled it'} goes."), _patience()]
    if plan.filled:
        parts += [] if plan.is_required else [_guard(plan)]
        parts += [f"DROP TRIGGER {name} ON {table};", f"DROP FUNCTION {qualified(plan, plan.object)}();"]
    if plan.is_required:
        parts.append(f"ALTER TABLE {table} DROP CONSTRAINT {name};")
    if plan.old:
        parts.append(f"ALTER TABLE {table} DROP COLUMN {identifier(plan.old)};")
    return _script(*parts)


def _guard(plan: Plan) -> str:
    """A database on which the backfill never ran stops here, with all its data."""
    message = (
        f"{plan.table}.{plan.filled} is not filled: run kaven migrate backfill {plan.name}, then deploy again"
    )
    literal = message.replace("'", "''").replace("%", "%%")
    body = f"""\
BEGIN
  IF EXISTS (SELECT FROM {table_of(plan)} WHERE {unfilled(plan)}) THEN
    RAISE EXCEPTION '{literal}';
  END IF;
END"""
    quote = dollar_quote(body)
    # Row-level security must not hide rows from this look: it fails instead.
    return f"SET LOCAL row_security = off;\n\nDO {quote}\n{body}\n{quote};"


def dollar_quote(body: str) -> str:
    tag = "$kaven$"
    while tag in body:
        tag = f"{tag[:-1]}_$"
    return tag


def _heading(plan: Plan, sentence: str) -> str:
    return f"-- Plan {plan.name}: {one_line(sentence)}"


def one_line(text: str) -> str:
    return " ".join(text.split())


def _patience() -> str:
    """Whoever waits for a table's lock keeps everybody behind him waiting: better to give up, and try again."""
    return f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s';"


def _script(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


def _indented(text: str, width: int) -> str:
    return "\n".join(" " * width + line for line in text.split("\n"))
