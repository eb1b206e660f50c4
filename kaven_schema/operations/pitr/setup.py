"""What is decided about an archive before anything of it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_PLACE = re.compile(r"/[^\x00-\x1f\"'\\;#%]*")


class EngineName(StrEnum):
    """Both exist, and are kept by others: this project writes no archiving of its own."""

    PGBACKREST = "pgbackrest"
    BARMAN = "barman"


CONFIGURATION = {
    EngineName.PGBACKREST: Path("/etc/pgbackrest/pgbackrest.conf"),
    EngineName.BARMAN: Path("/etc/barman.conf"),
}
"""Where an engine looks for its configuration unless it is told otherwise."""

REPOSITORY = {
    EngineName.PGBACKREST: Path("/var/lib/pgbackrest"),
    EngineName.BARMAN: Path("/var/lib/barman"),
}
"""Where Debian's packages of the engines keep what they archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One server and the engine that archives it.

    `name` is what the engine calls the server, `host` a name or the folder of a socket, `system_user` who barman runs
    as, `password_file` libpq's (empty: the one in that user's home). `keep` counts full backups for pgBackRest, days
    for barman. `state` is where locks and logs go, None where the engine's own places are right; `programs` the
    folder of PostgreSQL's programs where barman is to find them.
    """

    engine: EngineName
    name: str
    data: Path
    host: str
    port: str
    role: str
    database: str
    repository: Path
    configuration: Path
    keep: int
    program: str
    system_user: str = "barman"
    password_file: str = ""
    state: Path | None = None
    programs: Path | None = None

    def __post_init__(self) -> None:
        """Raises KavenError `archive_setup_invalid`: an engine's file has no way to quote."""
        if not _NAME.fullmatch(self.name):
            raise _invalid(
                f"the server's name {self.name!r} is not one for an engine", "use a-z, 0-9, _ and -"
            )
        for path in (self.data, self.repository, self.configuration):
            if not _PLACE.fullmatch(str(path)):
                raise _invalid(
                    f"{str(path)!r} cannot stand in an engine's file",
                    "name an absolute path without quotes, backslash, ;, # and %",
                )
        for value in (self.host, self.port, self.role, self.database):
            if not value or not value.isprintable() or set(value) & set("'\"\\ ;#%"):
                raise _invalid(
                    f"{value!r} cannot stand in an engine's file", "name it without blanks and quotes"
                )


def _invalid(message: str, help_line: str) -> KavenError:
    return KavenError("archive_setup_invalid", message, help=help_line, exit_code=ExitCode.WRONG_USE)
