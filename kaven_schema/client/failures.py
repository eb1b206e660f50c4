"""What the exceptions of a generated client mean to a user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from kaven_schema.diagnostics import ExitCode, KavenError

_ABSENT = ("P2021", "P2022")
_TAKEN = "P2002"
_Told = Callable[[str], KavenError]


@contextmanager
def telling(package: ModuleType, *, failed: _Told, taken: _Told | None = None) -> Iterator[None]:
    """Raises KavenError `database_not_migrated`, and for anything else that the client raises what `failed`
    makes of its message; `taken` speaks of a value that must be unique.
    """
    from httpx import HTTPError

    try:
        yield
    except package.errors.PrismaError as error:
        raise _told(error, failed, taken or failed) from None
    except HTTPError as error:
        raise failed(f"the query engine does not answer ({type(error).__name__})") from None


def _told(error: Any, failed: _Told, taken: _Told) -> KavenError:
    message = _essence(str(error))
    code = getattr(error, "code", None)
    if code in _ABSENT:
        return KavenError(
            "database_not_migrated",
            f"the database is not what the schema says: {message}",
            help="bring it up to date: kaven migrate deploy",
            exit_code=ExitCode.PROBLEMS,
        )
    return taken(message) if code == _TAKEN else failed(message)


def _essence(message: str) -> str:
    """Prisma's messages begin with where in its own code they come from."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
