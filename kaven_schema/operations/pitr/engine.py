"""The engines as programs: found, asked for their version, run; what they refuse, in our words."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kaven_schema.database.embedded.identity import Identity
from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.pitr.setup import EngineName

_SECONDS = 600
_INSTALL = {
    EngineName.PGBACKREST: "install pgBackRest, 2.55 or newer for PostgreSQL 16 and 17: apt-get install pgbackrest",
    EngineName.BARMAN: "install barman: pipx install barman, or apt-get install barman; it needs rsync to restore",
}
_VERSION = {EngineName.PGBACKREST: ("version",), EngineName.BARMAN: ("--version",)}
# pgBackRest knows PostgreSQL by the numbers in its control file.
_UNKNOWN_POSTGRESQL = "unexpected control version"
_BUILT_FOR = re.compile(r"(\d+(?:\.\d+)+)")


@dataclass(frozen=True, slots=True)
class Program:
    """An engine's executable, whom it runs as, and with which variables beside this process's."""

    engine: EngineName
    path: Path
    identity: Identity = field(default_factory=Identity)
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | Path) -> str:
        """What it printed. Raises KavenError `archive_engine_failed`, `archive_engine_too_old`."""
        import subprocess

        command, options = self.identity.command([self.path, *arguments], _needed(self.path))
        try:
            done = subprocess.run(
                command,
                check=False,
                cwd="/",
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                **options,
            )
        except subprocess.TimeoutExpired:
            raise self._failed(arguments, f"it is not done after {_SECONDS} seconds") from None
        except OSError as error:
            raise self._failed(arguments, error.strerror or str(error)) from None
        if done.returncode:
            raise self._refused(arguments, done.stdout)
        return str(done.stdout)

    def _environment(self) -> dict[str, str]:
        """This process's; where it has variables of its own, without those that libpq and pgBackRest would heed."""
        heeded = ("PG", "BARMAN_") if self.variables else ()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(heeded)}
        return kept | dict(self.variables)

    def version(self) -> str:
        """Such as `2.55.1`; empty where it does not say."""
        found = _BUILT_FOR.search(self.run(*_VERSION[self.engine]))
        return found[1] if found else ""

    def _refused(self, arguments: tuple[str | Path, ...], said: str) -> KavenError:
        if _UNKNOWN_POSTGRESQL in said:
            return KavenError(
                "archive_engine_too_old",
                f"{self.engine.value} {self.version()} does not know this version of PostgreSQL",
                help="install a newer one: Debian 12 has 2.45 (up to PostgreSQL 15), Debian 13 has 2.55 (up to 17)",
            )
        return self._failed(arguments, "; ".join(_complaints(said)) or "it gives no reason")

    def _failed(self, arguments: tuple[str | Path, ...], reason: str) -> KavenError:
        verb = next((str(word) for word in arguments if re.fullmatch(r"[a-z][a-z-]+", str(word))), "")
        return KavenError(
            "archive_engine_failed",
            f"{self.engine.value} {verb}".strip() + f" failed: {reason}",
            help=f"mend that; then see it work: kaven backup pitr check --engine {self.engine.value}",
        )


def find_engine(engine: EngineName) -> Path:
    """Its program on PATH. Raises KavenError `archive_engine_missing`."""
    if found := shutil.which(engine.value):
        return Path(found)
    raise KavenError(
        "archive_engine_missing", f"{engine.value} is not installed on this machine", help=_INSTALL[engine]
    )


def _complaints(said: str) -> list[str]:
    """The lines that say what is wrong: errors, failed checks, hints."""
    lines = [re.sub(r"^[\d :.,-]+P\d\d\s+", "", line.strip()) for line in said.splitlines()]
    found = [line for line in lines if re.search(r"ERROR|FAILED|CRITICAL|HINT|error:", line)]
    return (found or [line for line in lines if line])[:3]


def _needed(program: Path) -> tuple[Path, ...]:
    """What has to be within reach of whoever runs it: a script's interpreter may lie elsewhere."""
    return (program, program.resolve(), *_interpreter(program))


def _interpreter(program: Path) -> Iterator[Path]:
    try:
        with program.open("rb") as file:
            head = file.readline(500)
    except OSError:
        return
    words = head[2:].decode("utf-8", "replace").split() if head.startswith(b"#!") else []
    if words and Path(words[0]).exists():
        yield Path(words[0])
        yield Path(words[0]).resolve()
