"""The example, merged and migrated in a database of its own, with its client beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from benchmarks.project import BenchProject, kaven_command, kaven_environment

MODELS = 13
_PROVIDER = 'provider                    = "prisma-client-py"\n'


class ClientProject(BenchProject):
    """`app/db` is the client that `kaven generate` makes; `plain/db` is as prisma-client-py writes it."""

    def __init__(self, root: Path, models: int = MODELS) -> None:
        super().__init__(root, models)
        base = self.schema.with_name("schema.base.prisma")
        text = base.read_text(encoding="utf-8")
        if _PROVIDER not in text:
            raise click.ClickException(f"{base} has no generator as the benchmark expects it")
        base.write_text(text.replace(_PROVIDER, f'{_PROVIDER}  output = "../app/db"\n'), encoding="utf-8")
        self.merge()

    def run(self, *arguments: str) -> str:
        """What `kaven` prints, without anything in the environment that leads to another database."""
        environment = {
            name: value for name, value in kaven_environment().items() if not name.endswith("DATABASE_URL")
        }
        done = subprocess.run(
            [kaven_command(), *arguments],
            cwd=self.root,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise click.ClickException(f"kaven {' '.join(arguments)} failed:\n{done.stderr}")
        return done.stdout.strip()

    def write_migration(self) -> None:
        script = self.schema.parent / "migrations" / "20250101000000_dev_all" / "migration.sql"
        script.parent.mkdir(parents=True)
        script.write_text(self.run("migrate", "diff", "--from", "empty", "--script"), encoding="utf-8")

    @contextmanager
    def database(self) -> Iterator[str]:
        """Its connection string, the application's; the tables are there."""
        try:
            self.write_migration()
            self.run("migrate", "deploy", "--embedded")
            yield self.run("db", "url", "--role", "owner")
        finally:
            self.run("db", "down")

    def generate(self, name: str, *, lean: bool) -> Path:
        """The folder to import `db` from. In a process of its own, whose memory is given back."""
        code = (
            "import sys; from pathlib import Path; from kaven_schema.client.generator import generate_clients\n"
            f"generate_clients(Path(sys.argv[1]), output=Path(sys.argv[2]), lean={lean})"
        )
        folder = self.root / name
        command = [sys.executable, "-c", code, str(self.schema), str(folder / "db")]
        subprocess.run(command, cwd=self.root, env=kaven_environment(), check=True)
        return folder
