"""What `kaven db status` tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.config import Settings
from kaven_schema.database.connection import connect
from kaven_schema.database.target import Target, given_url
from kaven_schema.diagnostics import KavenError
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from kaven_schema.database.embedded.process import Running


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """`used` is None where there is neither a DATABASE_URL nor an embedded server that is up."""

    folder: Path | None
    running: Running | None
    used: Target | None
    version: str
    problem: str

    @property
    def answers(self) -> bool:
        return bool(self.version)

    def as_json(self) -> dict[str, object]:
        running, used = self.running, self.used
        return {
            "embedded": {
                "folder": str(self.folder) if self.folder else None,
                "up": running is not None,
                "process": running.pid if running else None,
                "socket": str(running.socket) if running and running.has_place else None,
                "port": running.port if running and running.listens else None,
            },
            "used": {
                "url": used.url.shown() if used else None,
                "origin": used.origin if used else None,
                "embedded": used.is_embedded if used else None,
                "answers": self.answers,
                "version": self.version or None,
                "problem": self.problem or None,
            },
        }

    def lines(self) -> list[str]:
        place = shown_path(self.folder) if self.folder else "not made yet"
        state = f"up (process {self.running.pid})" if self.running else "down"
        used = f"{self.used.url.shown()} ({self.used.origin})" if self.used else "the embedded PostgreSQL"
        answer = f"answers, PostgreSQL {self.version}" if self.version else self.problem
        return [f"embedded  {state}, {place}", f"used      {used}", f"          {answer}"]


def database_state(settings: Settings) -> DatabaseState:
    """Looks, and starts nothing. Raises KavenError only for a DATABASE_URL that is none."""
    from kaven_schema.database.embedded.binaries import embedded_available

    given = given_url(settings)
    folder = running = None
    used, problem = given, "is not up: kaven db up"
    if embedded_available():
        from kaven_schema.database.embedded import EmbeddedServer, Role

        server = EmbeddedServer(settings.root)
        folder = server.layout.folder if server.exists else None
        running = server.running()
        if running and (given is None or server.is_mine(given.url)):
            origin = given.origin if given else "the embedded PostgreSQL"
            if running.has_place:
                used = Target(server.url(Role.APP), origin, is_embedded=True)
            else:
                used, problem = None, "is starting: wait, then run the command again"
    version, problem = _asked(used) if used else ("", problem)
    return DatabaseState(folder=folder, running=running, used=used, version=version, problem=problem)


def _asked(target: Target) -> tuple[str, str]:
    try:
        with connect(target.url) as connection:
            found = connection.execute("SHOW server_version").fetchone()
    except KavenError as error:
        return "", f"{error.message}; {error.help}"
    return (str(found[0]).split()[0] if found else ""), ""
