"""kaven backup"""

from __future__ import annotations

from importlib import import_module

import click

from kaven_schema.diagnostics import KavenError

# By name: the module, what it calls the command, and what it does.
_COMMANDS = {
    "create": ("backup_create", "create", "dump the whole database into the store"),
    "list": ("backup_list", "list_", "the backups that are whole"),
    "verify": ("backup_verify", "verify", "read backups wholly, and compare every byte"),
    "restore": ("backup_restore", "restore", "restore into a new database, and swap it in"),
    "test": ("backup_proving", "test", "prove that a backup restores, on a server made for it"),
    "prune": ("backup_prune", "prune", "remove what the rules no longer keep"),
    "schedule": ("backup_schedule", "schedule", "print a crontab line, a systemd timer or a CronJob"),
    "pitr": ("backup_pitr", "command", "restore to a second: the archiving of the write-ahead log"),
}


class _LazyGroup(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[name]
        command = getattr(import_module(f"kaven_schema.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


@click.group("backup", cls=_LazyGroup, short_help="backups of the database")
def command() -> None:
    """Backups of the database that are known to restore, in a folder or in an S3 bucket.

    \b
    Example:
      kaven backup create
      kaven backup test
      kaven backup restore
    """
    _check_extra()


def _check_extra() -> None:
    """Raises KavenError `backups_extra_missing`."""
    from importlib.util import find_spec

    if missing := [name for name in ("cryptography", "psycopg") if find_spec(name) is None]:
        raise KavenError(
            "backups_extra_missing",
            f"backups need Python packages that are not installed: {', '.join(missing)}",
            help="pip install 'kaven-schema[backups]'",
        )
