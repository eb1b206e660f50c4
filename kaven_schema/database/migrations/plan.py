"""How a migration is run: in one transaction where PostgreSQL allows it, else in as few as it does."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kaven_schema.database.migrations.statements import Statement

_CONTROL = frozenset({"BEGIN", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "START"})
_ALONE = frozenset(
    {
        ("VACUUM",),
        ("ALTER", "SYSTEM"),
        ("CREATE", "DATABASE"),
        ("DROP", "DATABASE"),
        ("CREATE", "TABLESPACE"),
        ("DROP", "TABLESPACE"),
        ("REINDEX", "DATABASE"),
        ("REINDEX", "SCHEMA"),
        ("REINDEX", "SYSTEM"),
    }
)
_CONCURRENT = frozenset({"CREATE", "DROP", "REINDEX", "ALTER"})
_NEW_VALUE = re.compile(r"ADD\s+VALUE\s+(?:IF\s+NOT\s+EXISTS\s+)?('(?:[^']|'')*')", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """Statements that are committed together; `alone` marks one that PostgreSQL takes in no transaction."""

    statements: tuple[Statement, ...]
    alone: bool = False


def plan_steps(statements: Sequence[Statement], alone: Collection[int] = ()) -> tuple[Step, ...]:
    """The steps of a script. `alone` are the starts of statements that were refused in a transaction."""
    if any(statement.words[:1] and statement.words[0] in _CONTROL for statement in statements):
        return tuple(Step((statement,), alone=True) for statement in statements)  # the script has its own
    steps: list[Step] = []
    together: list[Statement] = []

    def close() -> None:
        if together:
            steps.append(Step(tuple(together)))
            together.clear()

    for number, statement in enumerate(statements):
        if statement.start in alone or _is_alone(statement):
            close()
            steps.append(Step((statement,), alone=True))
            continue
        together.append(statement)
        if _adds_value_for(statement, statements[number + 1 :]):
            close()
    close()
    return tuple(steps)


def _is_alone(statement: Statement) -> bool:
    words = statement.words
    return (
        words[:1] in _ALONE
        or words[:2] in _ALONE
        or (words[:1] and words[0] in _CONCURRENT and "CONCURRENTLY" in words)
        or words == ("CLUSTER",)
    )


def _adds_value_for(statement: Statement, later: Sequence[Statement]) -> bool:
    """A new value of an enum cannot be used before it is committed."""
    if statement.words[:2] != ("ALTER", "TYPE"):
        return False
    found = _NEW_VALUE.search(statement.text)
    return found is not None and any(found[1] in other.text for other in later)
