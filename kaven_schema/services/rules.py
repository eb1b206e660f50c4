"""What the services ask of the database beyond its schema, as the script of a migration.

`python -m kaven_schema.services.rules [FOLDER]` writes it into a folder of migrations, or to standard output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from kaven_schema.services.access import utc_now

_HERE = Path(__file__).parent
SCRIPTS = ("numbering/numbering.sql", "orders/history.sql", "money/amounts.sql")
"""In the order in which they are applied; each can be taken alone."""


def rules_script() -> str:
    """SQL for the owner of the tables, to be applied once, after the migration that brings services.extended.prisma."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)


def write_rules_migration(migrations: Path, *, now: datetime | None = None) -> Path:
    """The script, in a new folder of migrations' own. Raises FileExistsError for a name that is taken."""
    name = f"{(now or utc_now()).strftime('%Y%m%d%H%M%S')}_dev_services_rules"
    folder = migrations / name
    folder.mkdir(parents=True)
    script = folder / "migration.sql"
    script.write_text(rules_script(), encoding="utf-8")
    return script


def main(arguments: Sequence[str]) -> None:
    if not arguments:
        sys.stdout.write(rules_script())
        return
    try:
        script = write_rules_migration(Path(arguments[0]))
    except OSError as error:
        raise SystemExit(f"the migration cannot be written: {error}") from None
    sys.stdout.write(f"{os.fspath(script)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
