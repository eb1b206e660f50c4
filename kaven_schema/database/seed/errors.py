"""What the client's exceptions mean to a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from kaven_schema.diagnostics import ExitCode, KavenError

_ABSENT = ("P2021", "P2022")
_TAKEN = "P2002"


@contextmanager
def telling(package: ModuleType) -> Iterator[None]:
    """Raises KavenError `database_not_migrated`, `seed_conflict`, `seed_failed` for what the client raises."""
    from httpx import HTTPError

    try:
        yield
    except package.errors.PrismaError as error:
        raise _told(error) from None
    except HTTPError as error:
        raise _failed(f"the query engine does not answer ({type(error).__name__})") from None


def _told(error: Any) -> KavenError:
    message = _essence(str(error))
    code = getattr(error, "code", None)
    if code in _ABSENT:
        return KavenError(
            "database_not_migrated",
            f"the database is not what the schema says: {message}",
            help="bring it up to date: kaven migrate deploy",
            exit_code=ExitCode.PROBLEMS,
        )
    if code == _TAKEN:
        return KavenError(
            "seed_conflict",
            f"a row that is there already has what one of the seed must have: {message}",
            help="change or remove that row, then seed again; nothing was written",
            exit_code=ExitCode.PROBLEMS,
        )
    return _failed(message)


def _failed(message: str) -> KavenError:
    return KavenError(
        "seed_failed",
        f"the database did not take the data: {message}",
        help="what was under way is undone; set right what the message names, then seed again",
        exit_code=ExitCode.PROBLEMS,
    )


def _essence(message: str) -> str:
    """Prisma's messages begin with where in its own code they come from."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
