"""A plan's expressions, tried on the developer's database before anything is written."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect, lost
from kaven_schema.database.expand.plan import RETYPE, Plan
from kaven_schema.database.expand.rows import count_rows, find_oid, keyed_table
from kaven_schema.database.expand.scripts import table_of
from kaven_schema.database.partial_indexes.declared import identifier
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from psycopg import Connection


def try_plan(url: DatabaseUrl, plan: Plan) -> None:
    """That the expressions fit the table, and that every row has a value that can be converted.

    Raises KavenError `plan_not_current`, `plan_sql_refused`, `plan_values_refused`, `plan_key_missing`.
    """
    from psycopg import Error, OperationalError

    with connect(url) as connection:
        try:
            _try(connection, url, plan)
        except OperationalError as error:
            raise lost(url, error) from None
        except Error as error:
            raise _sql_refused(plan, error.diag.message_primary or str(error)) from None


def _try(connection: Connection, url: DatabaseUrl, plan: Plan) -> None:
    from psycopg.errors import DataError

    oid = find_oid(connection, plan)
    if oid is None:
        raise KavenError(
            "plan_not_current",
            f"{url.shown()} has no table {plan.table} yet",
            help="kaven migrate dev",
            exit_code=ExitCode.PROBLEMS,
        )
    with suppress(DataError):  # a constant that no row has to become
        _check_expressions(connection, plan)
    table = keyed_table(connection, plan, oid)
    count, keys = count_rows(connection, table, table.refused())
    if count:
        raise values_refused(plan, count, keys)


def _check_expressions(connection: Connection, plan: Plan) -> None:
    table = table_of(plan)
    connection.execute(f"SELECT {plan.fill} FROM {table} LIMIT 0".encode())  # noqa: S608 - the developer's own SQL
    if plan.kind == RETYPE:
        both = f"SELECT {plan.fill} AS {identifier(plan.new_column)}, t.* FROM {table} AS t LIMIT 0"  # noqa: S608
        query = f"SELECT {plan.back} FROM ({both}) AS {identifier(plan.table)} LIMIT 0"  # noqa: S608
        connection.execute(query.encode())


def _sql_refused(plan: Plan, reason: str) -> KavenError:
    options = "--using and --back" if plan.kind == RETYPE else "--using"
    return KavenError(
        "plan_sql_refused",
        f"PostgreSQL cannot convert {plan.model}.{plan.field} by {plan.fill}: {reason}",
        help=f"say how in SQL, with the columns of the table {plan.table}: {options}",
        exit_code=ExitCode.PROBLEMS,
    )


def values_refused(plan: Plan, count: int, keys: tuple[str, ...]) -> KavenError:
    """Rows that have a value which cannot be converted, told by the first of their keys."""
    more = " …" if count > len(keys) else ""
    return KavenError(
        "plan_values_refused",
        f"{count} row{'s' * (count != 1)} of {plan.table} cannot be converted by {plan.fill}:"
        f" {'; '.join(keys)}{more}",
        help="mend their values, or convert them otherwise: kaven migrate expand … --using SQL",
        exit_code=ExitCode.PROBLEMS,
    )
