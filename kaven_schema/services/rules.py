"""What the services ask of the database beyond its schema, as the script of a migration.

`python -m kaven_schema.services.rules [FOLDER]` writes it into a folder of migrations, or to standard output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from kaven_schema.database.migrations.folder import SCRIPT, read_folder, write_migration
from kaven_schema.diagnostics import KavenError

_HERE = Path(__file__).parent
_TITLE = "services_rules"
SCRIPTS = ("numbering/numbering.sql", "orders/history.sql", "money/amounts.sql")
"""In the order in which they are applied; each can be taken alone."""


def rules_script() -> str:
    """SQL for the owner of the tables, to be applied once, after the migration that brings services.extended.prisma."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)


def write_rules_migration(migrations: Path) -> Path:
    """The script, in a folder of its own behind all others. Raises FileExistsError where there is one, KavenError."""
    folder = read_folder(migrations)
    if there := [one.name for one in folder.migrations if one.name.endswith(f"_{_TITLE}")]:
        raise FileExistsError(f"{there[0]} is there already")
    migrations.mkdir(parents=True, exist_ok=True)
    written = write_migration(folder, "dev", _TITLE, rules_script(), root=migrations)
    return migrations / written.name / SCRIPT


def main(arguments: Sequence[str]) -> None:
    if not arguments:
        sys.stdout.write(rules_script())
        return
    try:
        script = write_rules_migration(Path(arguments[0]))
    except (OSError, KavenError) as error:
        raise SystemExit(f"the migration cannot be written: {error}") from None
    sys.stdout.write(f"{os.fspath(script)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
