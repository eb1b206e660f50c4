"""A script, tried in a database whose content is nobody's."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING

from kaven_schema.database.migrations.plan import plan_steps
from kaven_schema.database.migrations.statements import split_statements

if TYPE_CHECKING:
    from psycopg import Connection


class Outcome(Enum):
    """Of a script: `WORKS_WITHOUT` the indexes that stand in its way, `FAILS` for whatever other reason."""

    WORKS = auto()
    WORKS_WITHOUT = auto()
    FAILS = auto()


def run_script(connection: Connection, scripts: Sequence[str], in_the_way: Sequence[str]) -> Outcome:
    """By trying it; where it fails, again without the indexes that `in_the_way` drops.

    What else may be the reason, deploying the script tells, at its line.
    """
    outcome = Outcome.WORKS
    for step in plan_steps(split_statements(";\n".join(scripts))):
        text = ";\n".join(one.text for one in step.statements)
        if _works(connection, text):
            continue
        if outcome is Outcome.WORKS_WITHOUT or not in_the_way:
            return Outcome.FAILS
        outcome = Outcome.WORKS_WITHOUT
        if not (_works(connection, ";\n".join(in_the_way)) and _works(connection, text)):
            return Outcome.FAILS
    return outcome


def _works(connection: Connection, text: str) -> bool:
    from psycopg import DatabaseError, OperationalError

    try:
        connection.execute(text.encode())
    except OperationalError:
        raise
    except DatabaseError:
        connection.rollback()
        return False
    return True
